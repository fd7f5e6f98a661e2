"""Writes the kept figures into the documents, so that those of a document are those measured.

In a document `<!-- figures: NAME N -->`, and `<!-- end of figures -->` after it, stand around the
Nth table of the report NAME, counted from 0, or around `targets`.
"""

import re
from pathlib import Path

from benchmarks.report import Report, Target, as_markdown, shown

ROOT = Path(__file__).parent.parent
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("**/*.md"))]
FIGURES = re.compile(
    r"(<!-- figures: (?P<name>\w+) (?P<part>\w+) -->\n).*?(<!-- end of figures -->)", re.DOTALL
)


def with_figures(text: str) -> str:
    """Return a document's text with the tables that it asks for, as they were kept last."""
    return FIGURES.sub(
        lambda asked: asked[1] + _part(Report.load(asked["name"]), asked["part"]) + asked[4], text
    )


def _part(report: Report, part: str) -> str:
    if part == "targets":
        return _targets(report.targets)
    return f"{as_markdown(report.tables[int(part)])}\n"


def _targets(targets: list[Target]) -> str:
    rows = (
        f"| {target.what} | {shown(target.value)} | {target.sign} {shown(target.bound)} |"
        f" {'yes' if target.met else 'no'} | {target.excuse} |\n"
        for target in targets
    )
    return "| Target | Measured | Bound | Met | |\n| --- | ---: | ---: | --- | --- |\n" + "".join(
        rows
    )


def main() -> None:
    """Bring the figures of all documents up to date."""
    for document in DOCUMENTS:
        document.write_text(with_figures(document.read_text()))


if __name__ == "__main__":
    main()
