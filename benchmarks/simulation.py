"""A room simulated: how late changes are when many watch one show in one process.

A room tells all news in one frame, socket after socket, and starts the next sweep no sooner than
some times the last one's cost after its start. Changes come at random times.
"""

import math
import random
from dataclasses import dataclass
from itertools import accumulate

from benchmarks.report import Table

CHANGES = 2_000
BLINK_MS = 100
RATES = [1, 5, 20, 100, 1000]
AUDIENCES = [1000, 5000, 10_000]
SEED = 1


@dataclass(frozen=True)
class SimulatedRoom:
    """A room by what it costs: milliseconds of CPU of a change, of its delivery to one socket.

    A sweep starts `spacing` times the last one's cost after that one's start.
    """

    change_ms: float
    delivery_ms: float
    spacing: float

    def p99_ms(self, *, watchers: int, rate: float) -> float:
        """Return the 99th percentile of publish-to-receipt, at so many changes a second."""
        source = random.Random(SEED)
        arrivals = list(accumulate(source.expovariate(rate / 1000) for _ in range(CHANGES)))
        sweep = watchers * self.delivery_ms
        waits = []
        done = next_start = 0.0
        told = 0
        while told < len(arrivals):
            start = max(arrivals[told], next_start)
            waiting = told
            while waiting < len(arrivals) and arrivals[waiting] <= start:
                waiting += 1
            # Taking a change in costs the same core, and delays the sweep.
            began = max(start, done) + (waiting - told) * self.change_ms
            done, next_start = began + sweep, began + self.spacing * sweep
            waits += [began - arrival for arrival in arrivals[told:waiting]]
            told = waiting
        return _percentile(waits, sweep, 0.99)

    def most_watchers(self, *, rate: float) -> int:
        """Return how many can watch one show in one process within a blink, in hundreds."""
        low, high = 0, math.ceil(BLINK_MS / self.delivery_ms / 100)
        while high - low > 1:
            middle = (low + high) // 2
            if self.p99_ms(watchers=100 * middle, rate=rate) <= BLINK_MS:
                low = middle
            else:
                high = middle
        return 100 * low

    def table(self) -> Table:
        """Return what one process carries at several rates of changes."""
        rows = {
            f"{rate:,} changes a second": {
                f"watchers within {BLINK_MS} ms": float(self.most_watchers(rate=rate)),
                **{
                    f"p99 ms at {watchers:,}": self.p99_ms(watchers=watchers, rate=rate)
                    for watchers in AUDIENCES
                },
            }
            for rate in RATES
        }
        return Table("One process, simulated", rows)


def _percentile(waits: list[float], sweep: float, share: float) -> float:
    """Return a percentile over sockets that are told evenly over a sweep after each wait."""
    low, high = 0.0, max(waits) + sweep
    while high - low > 0.01:
        middle = (low + high) / 2
        told = sum(min(1.0, max(0.0, (middle - wait) / sweep)) for wait in waits)
        low, high = (low, middle) if told >= share * len(waits) else (middle, high)
    return high
