"""What is compared takes turns, many and short ones, and the quiet turns count.

A virtual machine loses time to its neighbours, for seconds on end and without a pattern, and what
it does meanwhile costs more, too. So every subject is measured again and again, in turn with the
others, and figures are medians over the third of its turns from which the least was stolen, and
over all that were as quiet: the same rule for all, and how much that still was stands beside them.
Who comes after whom is drawn by lot each time, since each leaves something behind for the next.
What must never happen counts in every turn.
"""

import math
import os
import random
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

from benchmarks.processes import CORES
from benchmarks.report import Figures, medians

STOLEN = "% stolen"
STEAL_FIELD = 8

Turn = tuple[float, Figures]


def in_turns(
    subjects: Mapping[str, Callable[[], Figures]], *, rounds: int, always: Collection[str] = ()
) -> dict[str, dict[str, float]]:
    """Measure each subject so many times, and return its figures; `always` are the worst of all."""
    turns: dict[str, list[Turn]] = {name: [] for name in subjects}
    for _ in range(rounds):
        for name, measure in random.sample([*subjects.items()], len(subjects)):
            turns[name].append(_turn(measure))
    return {name: figures_of(of_one, always) for name, of_one in turns.items()}


def figures_of(turns: Sequence[Turn], always: Collection[str] = ()) -> dict[str, float]:
    """Return the medians of the quiet turns, and the highest of all where it matters always."""
    most = sorted(stolen for stolen, _ in turns)[math.ceil(len(turns) / 3) - 1]
    quiet = [{**found, STOLEN: 100 * stolen} for stolen, found in turns if stolen <= most]
    figures = medians(quiet)
    return figures | {
        name: max(found[name] for _, found in turns) for name in always if name in figures
    }


def _turn(measure: Callable[[], Figures]) -> Turn:
    stolen, started = _stolen_seconds(), time.monotonic()
    figures = measure()
    took = (time.monotonic() - started) * len(CORES)
    return (_stolen_seconds() - stolen) / took, figures


def _stolen_seconds() -> float:
    """Return what the hypervisor has taken from this process's cores; nothing says so off Linux."""
    file = Path("/proc/stat")
    if not file.exists():
        return 0.0
    cores = {f"cpu{core}" for core in CORES}
    lines = (line.split() for line in file.read_text().splitlines())
    ticks = sum(int(fields[STEAL_FIELD]) for fields in lines if fields and fields[0] in cores)
    return ticks / os.sysconf("SC_CLK_TCK")
