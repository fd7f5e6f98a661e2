"""How a visitor fares beside an attack, and beside its control."""

import os
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import count

from benchmarks.processes import listening, usage
from deploy.services import Services
from tests.abuse.control import burn_elsewhere
from tests.abuse.innocent import Innocent
from tests.abuse.site import Site

LONG_LOG = 40_000
# What some attacks want of the stage.
PREPARED = {"earlier_maps": {"log": LONG_LOG}, "many_show_pages": {"show_count": 90}}
# Where somebody else keeps locks, a visitor may be asked to come again.
LOCKS = {"locked_seat", "locked_row", "locked_table"}


@dataclass(frozen=True)
class Fared:
    """How a visitor fared; times are in milliseconds.

    `cores` is what the site and the attack took in all, in CPU-seconds a second; `met` is what the
    attack met.
    """

    failures: list[str]
    viewers: int
    p50: float
    p99: float
    cores: float
    met: str = ""


class Measured:
    """Lets visitors come to a site, each with an account, an address and a show of their own."""

    def __init__(self, site: Site, given: Services) -> None:
        self._site = site
        self._numbers = count(1)
        deployment = site.deployment
        processes = [deployment.nginx.process, *(each.process for each in deployment.daphnes)]
        behind = [listening(given.database_url), listening(given.redis_url)]
        self._pids = [*(process.pid for process in processes if process), *behind]

    def beside_nothing(self, seconds: float) -> Fared:
        """Return how a visitor fares when nothing else happens."""
        return self._beside(lambda: time.sleep(seconds), seconds)

    def beside_control(self, cores: float, seconds: float) -> Fared:
        """Return how a visitor fares when other processes take so many cores."""
        return self._beside(lambda: burn_elsewhere(cores, seconds), seconds)

    def beside_attack(self, *names: str, seconds: float) -> Fared:
        """Return how a visitor fares beside an attack, or several at once."""
        prepared = {what: much for name in names for what, much in PREPARED.get(name, {}).items()}
        stage = self._site.stage(**prepared)
        before, started = self._cpu(), time.monotonic()
        met, innocent = self._site.attacked(
            *names, stage=stage, seconds=seconds, may_wait=not LOCKS.isdisjoint(names)
        )
        cores = (self._cpu() - before) / (time.monotonic() - started)
        times = sum(met.values(), Counter()).most_common()
        return replace(fared(innocent, cores), met=", ".join(f"{n} × {what}" for what, n in times))

    def _beside(self, happen: Callable[[], object], seconds: float) -> Fared:
        stage = self._site.stage()
        before, started = self._cpu(), time.monotonic()
        with self._site.innocent(stage, address=f"127.4.0.{next(self._numbers)}") as innocent:
            happen()
        return fared(innocent, (self._cpu() - before) / (time.monotonic() - started))

    def _cpu(self) -> float:
        """Return the CPU-seconds that the site and all attacks so far have taken."""
        ended = os.times()
        return usage(*self._pids).cpu_seconds + ended.children_user + ended.children_system


def fared(innocent: Innocent, cores: float) -> Fared:
    """Return how a visitor fared who has left."""
    waits = sorted(innocent.seconds) or [float("nan")]
    return Fared(
        failures=innocent.failures,
        viewers=max(innocent.viewers, default=0),
        p50=waits[len(waits) // 2] * 1000,
        p99=waits[int(len(waits) * 0.99)] * 1000,
        cores=cores,
    )
