"""Whether what was sampled after each attack, in several rounds, stays as it is or grows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

# What something is worth, by its name.
Sample = Mapping[str, float]
# The last two rounds are compared. Those before warm up: code is loaded, and caches fill. The
# largest keep 64 auditoriums each, and a round has fewer.
ROUNDS = 4
# Samples on either side of an attack that say whether what came with it stayed.
AROUND = 5


@dataclass(frozen=True)
class Course:
    """What became of something from the last round but one to the last.

    `before` and `after` are the medians of these rounds, `growth` that of the differences attack by
    attack, so that what an attack always leaves behind for a while counts for nothing. `attack` is
    the one after which most of it seems to have stayed: `step` in these rounds together. It is
    worth a look by itself: what is left for a while by the next one can pass for it.
    """

    before: float
    after: float
    growth: float
    attack: str
    step: float


def course(name: str, attacks: Sequence[str], rounds: Sequence[Sequence[Sample]]) -> Course:
    """Return what became of this; each round has a sample after each attack, in their order."""
    values = [sample[name] for samples in rounds for sample in samples]
    compared = len(values) - 2 * len(attacks)
    earlier, last = values[compared : -len(attacks)], values[-len(attacks) :]
    steps = dict.fromkeys(attacks, 0.0)
    for number in range(compared, len(values)):
        steps[attacks[number % len(attacks)]] += _stayed(values, number)
    attack = max(steps, key=lambda each: steps[each])
    return Course(
        before=median(earlier),
        after=median(last),
        growth=median(now - was for was, now in zip(earlier, last, strict=True)),
        attack=attack,
        step=steps[attack],
    )


def _stayed(values: Sequence[float], number: int) -> float:
    """Return by how much this value is above the one before it, and those after it as well."""
    earlier, later = values[max(0, number - AROUND) : number], values[number : number + AROUND]
    return min(values[number] - values[number - 1], min(later) - median(earlier))
