import json
import subprocess
from decimal import Decimal
from typing import Any
from unittest import TestCase

from hypothesis import example, given
from hypothesis import strategies as st

from foundation.canonical import canonical
from tests.programs import required

SAFE = 2**53 - 1
# Every character that any language escapes, or might, and what is more than 16 bits.
ODD = "".join(map(chr, range(0x20))) + '"\\/<>&\x7f\x80\xa0\xad\u2028\u2029\ufeff\uffff𝄞é日本語'
# Without surrogates, which no UTF-8 has.
texts = st.text(st.characters(codec="utf-8"))
values = st.recursive(
    st.none() | st.integers(-SAFE, SAFE) | texts,
    lambda inner: st.lists(inner) | st.dictionaries(st.text("azAZ_."), inner),
    max_leaves=20,
)
# Reads JSON texts, and writes each as JavaScript does, with names in order: that is RFC 8785.
SCRIPT = """
const sorted = (value) =>
  value === null || typeof value !== "object" ? value
  : Array.isArray(value) ? value.map(sorted)
  : Object.fromEntries(Object.keys(value).sort().map((name) => [name, sorted(value[name])]));
const asked = JSON.parse(require("fs").readFileSync(0, "utf8"));
console.log(JSON.stringify(asked.map((text) => JSON.stringify(sorted(JSON.parse(text))))));
"""


class CanonicalTests(TestCase):
    def test_text_is_what_javascript_writes(self) -> None:
        found: list[str] = []

        @example({"title": ODD, "at": SAFE, "b": [True, None], "B": {}, "_": [[1, "h", -2]]})
        @given(values)
        def gather(value: Any) -> None:
            found.append(canonical(value))

        gather()
        node = subprocess.run(
            [required("node"), "-e", SCRIPT],
            input=json.dumps(found),
            capture_output=True,
            check=True,
            text=True,
        )
        self.assertEqual(json.loads(node.stdout), found)

    @given(values)
    def test_text_says_the_whole_value(self, value: Any) -> None:
        self.assertEqual(json.loads(canonical(value)), value)

    def test_what_languages_write_differently_is_refused(self) -> None:
        for wrong in (1.0, 0.1, float("nan"), SAFE + 1, Decimal(1), b"a", {1: "a"}, {"é": 1}):
            for value in (wrong, [[wrong]], {"a": wrong}):
                with self.subTest(value), self.assertRaises(TypeError):
                    canonical(value)
