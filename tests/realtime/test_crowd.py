import logging
from unittest import IsolatedAsyncioTestCase, mock

from autobahn.exception import Disconnected
from django.test import tag

from foundation.server.transport import Frame
from realtime.crowd import Crowd
from realtime.protocol import CloseCode, viewers_frame
from tests.realtime.fakes import QUICK, SHOW, FakeSocket, RoomTestCase, opened, until

LOGGER = "realtime.crowd"
NEWS = viewers_frame(1)


class Unreachable(FakeSocket):
    """A client that can be told nothing, not even why it is closed."""

    __slots__ = ("why",)

    def __init__(self, why: Exception) -> None:
        super().__init__()
        self.why = why

    async def tell(self, frame: Frame) -> None:
        raise self.why

    async def close(self, code: int) -> None:
        await super().close(code)
        raise self.why


@tag("once")
class CrowdTests(IsolatedAsyncioTestCase):
    async def tell(self, *whys: Exception) -> None:
        """Tell those who can't be told for these reasons, and one who can."""
        crowd = Crowd("a show")
        unreachable, other = [Unreachable(why) for why in whys], FakeSocket()
        for listener in (*unreachable, other):
            crowd._listeners[listener] = None
        await crowd.tell_all(NEWS)
        self.assertEqual({one.closed_with for one in unreachable}, {CloseCode.BROKEN})
        self.assertEqual(list(crowd._listeners), [other])
        self.assertEqual(len(other.frames), 1)

    async def test_clients_that_leave_while_they_are_told_fill_no_log(self) -> None:
        with self.assertNoLogs(LOGGER, logging.INFO):
            await self.tell(*[Disconnected(), ConnectionResetError()] * 5)

    async def test_what_nobody_expects_is_logged(self) -> None:
        with self.assertLogs(LOGGER, logging.WARNING) as logged:
            await self.tell(ValueError("no such frame"))
        self.assertEqual(
            [record.getMessage() for record in logged.records],
            [
                f"a listener of a show can't be {how}: ValueError('no such frame')"
                for how in ("sent to", "closed")
            ],
        )


class BigCrowdTests(RoomTestCase):
    async def told_while_another_comes(self) -> list[int]:
        """Return the numbers of viewers that somebody is told who is there when another comes."""
        async with opened(self.source, QUICK) as rooms:
            first = FakeSocket()
            rooms.join(SHOW, first)
            await until(lambda: first.of_type("viewers"))
            rooms.join(SHOW, FakeSocket())
            before = len(first.of_type("tick"))
            await until(lambda: len(first.of_type("tick")) > before + 1)
        return [frame["count"] for frame in first.of_type("viewers")]

    async def test_number_of_viewers_is_told_less_often_to_a_big_crowd(self) -> None:
        with mock.patch("realtime.room.TOLD_OF_VIEWERS_PER_SECOND", 0.001):
            self.assertEqual(await self.told_while_another_comes(), [1])
        self.assertEqual(await self.told_while_another_comes(), [1, 2])
