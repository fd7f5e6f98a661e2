"""Attacks one site for long and says whether it stays as it is: memory, files, connections, rows.

Every attack comes in each of several rounds, a few at once, beside a visitor and ordinary buyers.
Then, once it has been quiet for a moment, a sample is taken. At the end all that was left in the
database has to be what `manage.py tidy` removes when its time is over, and the audit must find
nothing.
"""

import subprocess
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import timedelta

from django.utils import timezone

from booking.models import Show
from cinema.tidying import tidy
from deploy.services import Services
from tests import factories
from tests.abuse.buyers import Buyers
from tests.abuse.flat import ROUNDS, Sample, course
from tests.abuse.measured import LOCKS, Measured
from tests.abuse.person import HALL
from tests.abuse.sample import SLACK, Sampler
from tests.abuse.site import Site
from tests.cinema.test_tidying import counts

# So that each comes for some ten seconds in each round of twenty minutes.
AT_ONCE = 3
QUIET_SECONDS = 3
# What it takes to prepare attacks and to see their end.
AROUND_SECONDS = 5
SHORTEST_SECONDS = 2
# By then everything is over that is not kept for good.
LATER = timedelta(days=60)
# The stage has its one row.
ROWS_LEFT = Counter(stage_stage=1)

ROW = "{:>6}{:>8}" + "{:>10}" * (len(SLACK) + 1) + "{:>9}"
VERDICT = "{:<20}{:>10}{:>10}{:>10}{:>8}  {}"


class Soak:
    """One site, and what was seen of it."""

    def __init__(self, site: Site, given: Services, attacks: Sequence[str]) -> None:
        self._site = site
        self._groups = [attacks[n : n + AT_ONCE] for n in range(0, len(attacks), AT_ONCE)]
        self._measured = Measured(site, given)
        self._sampler = Sampler(site, given)
        self._bought = 0
        self._failures: list[str] = []
        self._rounds: list[list[Sample]] = [[] for _ in range(ROUNDS)]

    def run(self, minutes: float) -> bool:
        """Attack for so long, print what is seen, and return whether all stayed as it should."""
        print(ROW.format("minute", "groups", *_short(SLACK), "rows", "failures"))
        started = time.monotonic()
        self._attack_all(started, started + minutes * 60)
        print(f"\nBuyers bought {self._bought} times. Failures: {len(self._failures)}.")
        flat = self._is_flat()
        return self._is_clean() and flat and not self._failures

    def _attack_all(self, started: float, deadline: float) -> None:
        left, printed = ROUNDS * len(self._groups), 0
        for samples in self._rounds:
            for names in self._groups:
                seconds = (deadline - time.monotonic()) / left - AROUND_SECONDS - QUIET_SECONDS
                self._attack(names, max(SHORTEST_SECONDS, seconds))
                time.sleep(QUIET_SECONDS)
                samples.append(self._sampler.sample())
                left -= 1
                if printed <= (minute := int(time.monotonic() - started) // 60) or not left:
                    self._print_row(minute, samples[-1])
                    printed = minute + 1

    def _attack(self, names: Sequence[str], seconds: float) -> None:
        show, port = factories.show(plan=HALL), self._site.deployment.nginx.port
        may_wait = not LOCKS.isdisjoint(names)
        with Buyers(port=port, show_id=show.pk, may_wait=may_wait) as buyers:
            fared = self._measured.beside_attack(*names, seconds=seconds)
        # The landing page lists every show on sale: made by each attack, they would make it grow.
        Show.objects.update(is_listed=False)
        self._bought += buyers.bought
        for failure in fared.failures + buyers.failures:
            print(f"    beside {', '.join(names)}: {failure}", flush=True)
            self._failures.append(failure)

    def _print_row(self, minute: int, sample: Sample) -> None:
        done = sum(map(len, self._rounds))
        values = [f"{sample[each]:.0f}" for each in SLACK]
        rows = sum(counts().values())
        print(ROW.format(minute, done, *values, rows, len(self._failures)), flush=True)

    def _is_flat(self) -> bool:
        compared = (f"round {ROUNDS - 1}", f"round {ROUNDS}")
        print("\n" + VERDICT.format("", *compared, "growth", "slack", ""))
        grows = []
        for name, slack in SLACK.items():
            seen = course(name, [", ".join(each) for each in self._groups], self._rounds)
            said = "flat"
            if seen.growth > slack:
                grows.append(name)
                said = f"GROWS, most after {seen.attack}: {seen.step:+.1f}"
            values = (f"{value:.1f}" for value in (seen.before, seen.after, seen.growth))
            print(VERDICT.format(name, *values, slack, said))
        return not grows

    def _is_clean(self) -> bool:
        """Tidy up and audit; return whether nothing was left over and nothing was wrong."""
        manage = self._site.deployment.manage
        print("\nRows that are not kept for good:", _said(counts()), flush=True)
        manage("tidy")
        tidy(now=timezone.now() + LATER)
        left = Counter(counts()) - ROWS_LEFT
        print(f"Those that are left {LATER.days} days later:", _said(left), flush=True)
        try:
            manage("auditshows")
        except subprocess.CalledProcessError:
            return False
        return not left


def _short(names: Iterable[str]) -> list[str]:
    return [name.replace("Daphne ", "D").replace("PostgreSQL", "PG")[:9] for name in names]


def _said(rows: dict[str, int]) -> str:
    return ", ".join(f"{count} {table}" for table, count in sorted(rows.items()) if count) or "none"
