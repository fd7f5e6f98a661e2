"""Runs each attack for longer and says how a visitor fared beside it: `python -m tests.abuse`.

A visitor also comes beside a control for each attack: processes that burn the same CPU and do
nothing else. The exit status says whether a request of the visitor failed or the viewers were
miscounted; times depend on the machine, so they are only printed.

With `--soak` the attacks come again and again for so many minutes, and what is asked is whether the
site grows (`tests/abuse/soak.py`).
"""

import argparse
import os
import signal
import sys
from typing import TYPE_CHECKING

import django

from deploy.services import ENDING_SIGNALS, services
from tests.abuse.attacks import ATTACKS

if TYPE_CHECKING:
    from tests.abuse.measured import Fared, Measured

SECONDS = 20
# What a visitor may wait beside an attack, in times of the wait beside its control.
MOST_TIMES_CONTROL = 3
# The visitor and the attack: each is one address that watches the show.
MOST_VIEWERS = 2
COLUMNS = "{:<30}{:>7}{:>9}{:>7}{:>8}{:>8}{:>13}{:>13}{:>7}  {}"
HEAD = ("attack", "failed", "viewers", "cores", "p50 ms", "p99 ms")
HEAD_OF_CONTROL = ("control p50", "control p99", "p99 ×", "what the attack met")


def main() -> int:
    """Attack, print, and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.abuse", description=__doc__)
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of each attack")
    parser.add_argument("--soak", type=float, metavar="MINUTES", help="look for what grows")
    parser.add_argument("attacks", nargs="*", metavar="ATTACK", help="its name; all unless given")
    options = parser.parse_args()
    names = options.attacks or list(ATTACKS)
    if unknown := set(names) - set(ATTACKS):
        parser.error(f"there is no attack {', '.join(sorted(unknown))}; there are {list(ATTACKS)}")
    for number in ENDING_SIGNALS:
        signal.signal(number, lambda number, _frame: sys.exit(128 + number))
    with services() as given:
        os.environ.update(ENV_FILE="", DJANGO_SETTINGS_MODULE="cinema.settings")
        os.environ.update(DATABASE_URL=given.database_url, REDIS_URL=given.redis_url)
        os.environ.setdefault("LOG_LEVEL", "ERROR")
        django.setup()
        # These want Django set up.
        from tests.abuse.measured import Measured
        from tests.abuse.site import Site
        from tests.abuse.soak import Soak

        site = Site(given)
        with site.deployment:
            if options.soak:
                return 0 if Soak(site, given, names).run(options.soak) else 1
            return report(Measured(site, given), names, options.seconds)


def report(measured: "Measured", names: list[str], seconds: float) -> int:
    """Run the attacks one after the other; return 1 where one did harm."""
    quiet = measured.beside_nothing(seconds)
    print(COLUMNS.format(*HEAD, *HEAD_OF_CONTROL))
    print(line("(nothing)", quiet, quiet), flush=True)
    harmful, slow = [], []
    for name in names:
        attacked = measured.beside_attack(name, seconds=seconds)
        control = measured.beside_control(max(0.0, attacked.cores - quiet.cores), seconds)
        print(line(name, attacked, control), flush=True)
        for failure in attacked.failures[:5]:
            print(f"    {failure}")
        if attacked.failures or attacked.viewers > MOST_VIEWERS:
            harmful.append(name)
        if attacked.p99 > MOST_TIMES_CONTROL * control.p99:
            slow.append(name)
    print(f"\nA visitor's p99 is within {MOST_TIMES_CONTROL} times that beside the control", end="")
    print(f", but not beside: {', '.join(slow)}." if slow else " beside every attack.")
    print(f"Harm was done by: {', '.join(harmful)}." if harmful else "No attack did harm.")
    return 1 if harmful else 0


def line(name: str, attacked: "Fared", control: "Fared") -> str:
    """Return the line of one attack."""
    return COLUMNS.format(
        name,
        len(attacked.failures),
        attacked.viewers,
        f"{attacked.cores:.2f}",
        f"{attacked.p50:.0f}",
        f"{attacked.p99:.0f}",
        f"{control.p50:.0f}",
        f"{control.p99:.0f}",
        f"{attacked.p99 / control.p99:.1f}",
        attacked.met,
    )


if __name__ == "__main__":
    sys.exit(main())
