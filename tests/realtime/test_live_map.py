"""A crowd that waits for the same entries of the log."""

import asyncio

from django.test import SimpleTestCase, tag

from realtime.live_map import LiveMap
from realtime.protocol import Change
from tests.realtime.fakes import FakeSource

CROWD = 200
# Turns of the event loop between the first that goes on and the last.
FEW_TURNS = 5


class SlowSource(FakeSource):
    """A database that answers questions about the log when it may."""

    def __init__(self) -> None:
        super().__init__()
        self.may_answer = asyncio.Event()

    async def changes_from(self, show_id: int, version: int) -> list[Change]:
        await self.may_answer.wait()
        return await super().changes_from(show_id, version)


@tag("once")
class CrowdTests(SimpleTestCase):
    async def caught_up(self, source: SlowSource) -> LiveMap:
        """Return a map that has everything so far; from now on the log is silent."""
        live = LiveMap(1, source, patience=60, on_news=int, on_reset=int)
        source.may_answer.set()
        await live.catch_up()
        source.may_answer.clear()
        return live

    async def test_all_are_served_by_what_one_reads_and_at_once(self) -> None:
        source = SlowSource()
        live = await self.caught_up(source)
        known, reads = live.known, len(source.reads)
        source.commit((1, "b"))
        waiting = [asyncio.create_task(live.reaches(source.head, known)) for _ in range(CROWD)]
        await asyncio.sleep(0)
        source.may_answer.set()
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        turns = 0
        while not all(each.done() for each in waiting):
            await asyncio.sleep(0)
            turns += 1
        self.assertEqual([each.result() for each in waiting], [True] * CROWD)
        self.assertEqual(len(source.reads) - reads, 1)
        self.assertLess(turns, FEW_TURNS)

    async def test_who_has_enough_waits_for_nothing_newer(self) -> None:
        source = SlowSource()
        live = await self.caught_up(source)
        known = live.known
        live.hear(source.commit((1, "b")))
        enough = source.head
        source.commit((2, "b"))
        other = asyncio.create_task(live.reaches(source.head, known))
        await asyncio.sleep(0)
        self.assertTrue(await asyncio.wait_for(live.reaches(enough, known), 10))
        self.assertFalse(other.done())
        source.may_answer.set()
        self.assertTrue(await other)

    async def test_all_hear_of_a_database_that_fails_and_may_ask_again(self) -> None:
        source = SlowSource()
        live = await self.caught_up(source)
        known = live.known
        source.commit((1, "b"))
        source.failing = True
        waiting = [live.reaches(source.head, known) for _ in range(3)]
        source.may_answer.set()
        found = await asyncio.gather(*waiting, return_exceptions=True)
        self.assertEqual([isinstance(each, Exception) for each in found], [True] * 3)
        source.failing = False
        self.assertTrue(await live.reaches(source.head, known))
