"""Files, links and names in the documentation are those of the project."""

import re
from itertools import chain
from pathlib import PurePosixPath

from django.apps import apps
from django.test import SimpleTestCase, tag

from tests.docs.reading import FENCED, ROOT, WORD, code_in, documents, paths, words_of_code

LINK = re.compile(r"\]\(([^)\s]+)\)")
# A path as documents write it: with a slash or an ending, and without blanks.
PATH = re.compile(
    r"(?!/)[\w.-]+(?:/[\w.-]*)*(?:/|\.(?:c|conf|css|js|json|lock|md|py|sh|svg|toml|txt|ya?ml))"
)
# Names that can't be anything but names: with an underscore, or capitals within.
NAME = re.compile(r"(?:\w+\.)*(?=\w*_|\w*[a-z][A-Z]|[A-Z]{2})[A-Za-z_]\w*(?:\(\))?")
# Names of other people's programs, which the project's own files don't use.
FOREIGN = {
    "FileDescriptor",
    "LimitNOFILE",
    "TCP_USER_TIMEOUT",
    "a2wsgi",
    "archive_command",
    "pg_basebackup",
    "prepare_threshold",
    "process_cpu_seconds_total",
    "process_max_fds",
    "process_open_fds",
    "process_resident_memory_bytes",
    "process_start_time_seconds",
    "process_virtual_memory_bytes",
    "recovery_target_time",
    "sendPreparedMessage",
}


def missing_paths(text: str) -> set[str]:
    """Return the paths in a document that the project does not have; their last parts will do."""
    ends = {
        "/".join(PurePosixPath(path).parts[n:])
        for path in paths()
        for n in range(path.count("/") + 1)
    }
    named = {code for code in code_in(text) if PATH.fullmatch(code)}
    return {path for path in named if path.rstrip("/") not in ends and not path.startswith("var/")}


def missing_names(text: str) -> set[str]:
    """Return the names in a document that no file of the project uses."""
    named = chain.from_iterable(
        WORD.findall(code) for code in code_in(text) if NAME.fullmatch(code)
    )
    tables = {model._meta.db_table for model in apps.get_models(include_auto_created=True)}
    return set(named) - words_of_code() - FOREIGN - tables


def anchors_in(text: str) -> set[str]:
    """Return the names by which one can link to a document's headings."""
    headings = re.findall(r"^#+ (.+)$", FENCED.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken_links(path: str, text: str) -> set[str]:
    """Return the links in a document that lead nowhere within the project."""
    broken = set()
    for link in LINK.findall(text):
        target, _, anchor = link.partition("#")
        if "://" in link:
            continue
        file = (ROOT / path).parent / target if target else ROOT / path
        if not file.exists() or (anchor and anchor not in anchors_in(file.read_text())):
            broken.add(link)
    return broken


@tag("once")
class NameTests(SimpleTestCase):
    def test_every_path_exists(self) -> None:
        for path, text in documents().items():
            with self.subTest(path):
                self.assertEqual(missing_paths(text), set())

    def test_every_link_leads_somewhere(self) -> None:
        for path, text in documents().items():
            with self.subTest(path):
                self.assertEqual(broken_links(path, text), set())

    def test_every_name_is_in_the_code(self) -> None:
        for path, text in documents().items():
            with self.subTest(path):
                self.assertEqual(missing_names(text), set())

    def test_every_decision_record_has_the_same_form(self) -> None:
        for path, text in documents().items():
            if path.startswith("docs/adr/"):
                with self.subTest(path):
                    number = int(PurePosixPath(path).name[:4])
                    self.assertRegex(text, rf"\A# {number}\. \S.*\n\n")
                    self.assertRegex(text, r"\n- Date: 20\d\d-\d\d-\d\d\n- Status: [A-Z]")
                    sections = re.findall(r"^## (.+)$", text, re.MULTILINE)
                    self.assertEqual(sections, ["Context", "Decision", "Consequences"])

    def test_what_is_missing_is_found(self) -> None:
        text = (
            "`booking/nothing.py` and `manage.py`, `booking/`, `shows/`, `/api/shows/`,"
            " `hold_time`, `HOLD_TIME`, `Show`, `NoShow.at_all()`, [a](nowhere.md)"
            " [b](README.md#tests) [c](README.md#nowhere) [d](https://example.org/)\n```\n`not_read`\n```\n"
        )
        self.assertEqual(missing_paths(text), {"booking/nothing.py", "shows/"})
        self.assertEqual(missing_names(text), {"NoShow", "at_all"})
        self.assertEqual(broken_links("README.md", text), {"nowhere.md", "README.md#nowhere"})
