"""Reads what the documentation says, and finds what it is about."""

import os
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
DOCUMENTS = ("README.md", "CONTRIBUTING.md", "benchmarks/README.md", "docs/*.md", "docs/adr/*.md")
FENCED = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
NOT_OURS = {".git", ".venv", "venv", "var", "node_modules", "__pycache__"}
WRITTEN = {
    "",
    ".c",
    ".conf",
    ".example",
    ".html",
    ".js",
    ".json",
    ".lock",
    ".py",
    ".sh",
    ".toml",
    ".yml",
}
WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
CODE = re.compile(r"`([^`]+)`")


def documents() -> dict[str, str]:
    """Return the text of each document by its path."""
    paths = sorted(path for pattern in DOCUMENTS for path in ROOT.glob(pattern))
    return {str(path.relative_to(ROOT)): path.read_text() for path in paths}


def code_in(text: str) -> list[str]:
    """Return what a document sets as code within its sentences and tables."""
    return CODE.findall(FENCED.sub("", text))


def table_in(text: str, heading: str) -> list[list[str]]:
    """Return the rows of the first table after a heading, but for that of its columns' names."""
    section = text.split(f"\n{heading}\n", 1)[1]
    lines = re.search(r"(?:^\|.*\n)+", section, re.MULTILINE)
    assert lines is not None, heading
    rows = [line.strip().strip("|").split("|") for line in lines[0].splitlines()]
    return [[cell.strip() for cell in row] for row in rows[2:]]


@cache
def paths() -> frozenset[str]:
    """Return the paths of all files and folders of the project."""
    found = set()
    for folder, folders, files in os.walk(ROOT):
        folders[:] = [name for name in folders if name not in NOT_OURS and name.strip(".") == name]
        found |= {str((Path(folder) / name).relative_to(ROOT)) for name in [*folders, *files]}
    return frozenset(found)


@cache
def words_of_code() -> frozenset[str]:
    """Return every word of the project's files, but of its documents and of what checks them."""
    files = [ROOT / path for path in paths() if "docs" not in Path(path).parts]
    texts = (path.read_text() for path in files if path.suffix in WRITTEN and path.is_file())
    return frozenset(word for text in texts for word in WORD.findall(text))
