"""Draws figures as SVG files for the documents."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from benchmarks.report import shown

IMAGES = Path(__file__).parent.parent / "docs" / "images"
BAR = 0.8
COLOURS = ["#b7791f", "#2b6cb0", "#718096", "#9b2c2c"]
STYLE: Any = {"svg.fonttype": "none", "svg.hashsalt": "front-row", "font.family": "sans-serif"}


def bars(*, file: str, title: str, unit: str, rows: Mapping[str, Mapping[str, float]]) -> None:
    """Draw one group of horizontal bars per row and one bar per column, on a logarithmic scale."""
    columns = list(dict.fromkeys(name for row in rows.values() for name in row))
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(9, 0.6 + 0.2 * len(rows) * (len(columns) + 1)), layout="tight")
        axes = figure.add_subplot()
        width = BAR / len(columns)
        for place, column in enumerate(columns):
            kept = [(at, row[column]) for at, row in enumerate(rows.values()) if column in row]
            drawn = axes.barh(
                [at + (place - (len(columns) - 1) / 2) * width for at, _ in kept],
                [value for _, value in kept],
                height=width,
                label=column,
                color=COLOURS[place % len(COLOURS)],
            )
            axes.bar_label(drawn, fmt=shown, padding=3, fontsize=8)
        axes.set_yticks(range(len(rows)), rows)
        axes.invert_yaxis()
        axes.set_xscale("log")
        axes.margins(x=0.12)
        axes.set_xlabel(unit)
        axes.set_title(title)
        axes.legend(loc="upper right", fontsize=8)
        axes.spines[["top", "right"]].set_visible(False)
        IMAGES.mkdir(parents=True, exist_ok=True)
        figure.savefig(IMAGES / file, format="svg", metadata={"Date": None, "Creator": None})
