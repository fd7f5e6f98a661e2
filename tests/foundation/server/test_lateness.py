import asyncio
import time
from unittest import TestCase

from foundation.metrics import LOOP_LATE
from foundation.server.lateness import EVERY_SECONDS, Lateness
from tests.waiting import until


def seen(end: str) -> float:
    """Return how many times the event loop was looked at, or how late it was in all."""
    samples = [sample for family in LOOP_LATE.collect() for sample in family.samples]
    return next(one.value for one in samples if one.name == f"front_row_loop_late_seconds_{end}")


async def keep_the_loop_from_turning() -> None:
    looked = seen("count")
    Lateness().watch()
    await asyncio.sleep(0)
    asyncio.get_running_loop().call_soon(time.sleep, 2 * EVERY_SECONDS)
    await asyncio.to_thread(until, lambda: seen("count") > looked)


class LatenessTests(TestCase):
    def test_loop_that_is_kept_from_turning_is_late(self) -> None:
        before = seen("sum")
        asyncio.run(keep_the_loop_from_turning())
        self.assertGreaterEqual(seen("sum") - before, EVERY_SECONDS - 0.001)
