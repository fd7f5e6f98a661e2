"""What is read in one go stays short; ESLint holds the browser's code to the same."""

import ast
from pathlib import Path

from django.test import SimpleTestCase, tag

ROOT = Path(__file__).parent.parent
PACKAGES = ("booking", "cinema", "deploy", "foundation", "payments", "realtime", "stage")
LONGEST_FILE = 300
LONGEST_FUNCTION = 50


def too_long(path: str, text: str) -> list[str]:
    """Return what is too long in a file, with its lines; a function's docstring does not count."""
    lines = {path: len(text.splitlines())} if len(text.splitlines()) > LONGEST_FILE else {}
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            docstring = ast.get_docstring(node, clean=False) or ""
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            length -= len(docstring.splitlines())
            if length > LONGEST_FUNCTION:
                lines[f"{path}: {node.name}"] = length
    return [f"{name}: {length} lines" for name, length in lines.items()]


@tag("once")
class SizeTests(SimpleTestCase):
    def test_functions_fit_on_a_screen_and_files_are_read_in_one_go(self) -> None:
        for package in PACKAGES:
            for path in sorted((ROOT / package).rglob("*.py")):
                if "migrations" not in path.parts:
                    name = str(path.relative_to(ROOT))
                    with self.subTest(name):
                        self.assertEqual(too_long(name, path.read_text()), [])

    def test_what_is_too_long_is_found(self) -> None:
        function = 'def f() -> None:\n    """Do it.\n\n    Again."""\n' + "    pass\n" * 50
        self.assertEqual(too_long("a.py", function), ["a.py: f: 51 lines"])
        self.assertEqual(too_long("a.py", "\n" * 301), ["a.py: 301 lines"])
