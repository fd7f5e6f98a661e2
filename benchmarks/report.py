"""What a benchmark found: tables of medians, the targets, and where both are kept."""

import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Self

RESULTS = Path(__file__).parent / "results"

Figures = Mapping[str, float]


def medians(runs: Sequence[Figures]) -> dict[str, float]:
    """Return the median of each figure over repeated runs."""
    return {name: median(run[name] for run in runs) for name in runs[0]}


@dataclass(frozen=True)
class Table:
    """One row of figures per subject; a column's name says its unit."""

    title: str
    rows: dict[str, dict[str, float]]

    @property
    def columns(self) -> list[str]:
        return list(dict.fromkeys(name for row in self.rows.values() for name in row))


@dataclass(frozen=True)
class Target:
    """A figure and the bound that it should keep; a note says why where it doesn't."""

    what: str
    value: float
    bound: float
    at_most: bool = True
    note: str = ""

    @property
    def met(self) -> bool:
        return self.value <= self.bound if self.at_most else self.value >= self.bound

    @property
    def excuse(self) -> str:
        """The note, where the target was missed."""
        return "" if self.met else self.note

    @property
    def sign(self) -> str:
        return "≤" if self.at_most else "≥"

    def __str__(self) -> str:
        verdict = "met" if self.met else "MISSED"
        note = f"  ({self.excuse})" if self.excuse else ""
        return f"{verdict:6} {self.what}: {shown(self.value)} {self.sign} {shown(self.bound)}{note}"


@dataclass
class Report:
    """All that one benchmark prints and keeps."""

    name: str
    command: str
    tables: list[Table] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)
    conditions: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.conditions.setdefault("Python", platform.python_version())
        self.conditions.setdefault("cores", str(len(os.sched_getaffinity(0))))

    def __str__(self) -> str:
        tables = "\n\n".join(map(as_text, self.tables))
        targets = "\n".join(map(str, self.targets))
        return f"{tables}\n\n{targets}\n"

    @property
    def file(self) -> Path:
        return RESULTS / f"{self.name}.json"

    def save(self) -> None:
        """Keep the report as JSON beside the benchmarks."""
        RESULTS.mkdir(exist_ok=True)
        self.file.write_text(json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n")

    @classmethod
    def load(cls, name: str) -> Self:
        """Return the report that was kept under this name."""
        kept: dict[str, Any] = json.loads((RESULTS / f"{name}.json").read_text())
        kept["tables"] = [Table(**table) for table in kept["tables"]]
        kept["targets"] = [Target(**target) for target in kept["targets"]]
        return cls(**kept)


def as_text(table: Table) -> str:
    """Return the table with aligned columns, for a terminal."""
    lines = _cells(table)
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    text = [
        "  ".join([line[0].ljust(widths[0]), *map(str.rjust, line[1:], widths[1:])])
        for line in lines
    ]
    return "\n".join([table.title, *text])


def as_markdown(table: Table) -> str:
    """Return the table as the documents show it."""
    head, *lines = _cells(table)
    ruler = ["---"] + ["---:"] * len(table.columns)
    return "\n".join(f"| {' | '.join(line)} |" for line in (head, ruler, *lines))


def shown(figure: float) -> str:
    """Return a figure as people read it, with three digits that count."""
    if figure >= 100 or figure == int(figure):
        return f"{figure:,.0f}"
    return f"{figure:.3g}"


def _cells(table: Table) -> list[list[str]]:
    columns = table.columns
    rows = [
        [subject, *(shown(row[name]) if name in row else "–" for name in columns)]
        for subject, row in table.rows.items()
    ]
    return [["", *columns], *rows]
