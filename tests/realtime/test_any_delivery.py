import asyncio
import logging
from typing import Any

from django.test import SimpleTestCase, override_settings, tag
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from realtime.protocol import Change
from tests.realtime.fakes import (
    IN_MEMORY,
    SHOW,
    FakeSocket,
    FakeSource,
    deliver,
    named,
    opened,
    until,
)

actions = st.one_of(
    st.tuples(st.just("commit"), st.integers(1, 10), st.sampled_from("ahbx")),
    # Which of the committed changes is delivered: any, any number of times, perhaps never; and
    # those of a history that was taken back, too.
    st.tuples(st.just("deliver"), st.integers(0, 30)),
    st.tuples(st.just("join"), st.booleans()),
    st.tuples(st.just("leave"), st.integers(0, 5)),
    st.tuples(st.just("wait"), st.integers(0, 8)),
    st.tuples(st.just("take back"), st.integers(1, 3)),
    st.tuples(st.just("fail"), st.booleans()),
)

QUIET, COMMIT, DELIVER = ("wait", 8), ("commit", 1, "b"), ("deliver", 0)


@tag("once")
class AnyDeliveryTests(SimpleTestCase):
    def setUp(self) -> None:
        # A database that fails a thousand times is a thousand warnings.
        logging.disable()
        self.addCleanup(logging.disable, logging.NOTSET)

    # A newcomer after a change; a change that is lost; one that comes early and twice.
    @example([QUIET, COMMIT, DELIVER, QUIET, ("join", False), QUIET, COMMIT])
    @example([QUIET, COMMIT, COMMIT, ("deliver", 1), QUIET, ("join", True), COMMIT])
    @example([QUIET, COMMIT, COMMIT, ("deliver", 1), DELIVER, DELIVER, ("deliver", 1), QUIET])
    # Another history with the same versions, of which only a late change tells.
    @example([COMMIT, COMMIT, QUIET, ("take back", 2), ("commit", 2, "x"), DELIVER, QUIET])
    @example([COMMIT, COMMIT, QUIET, ("take back", 1), ("commit", 2, "x"), ("join", True), QUIET])
    @settings(max_examples=60, deadline=None, phases=set(Phase) - {Phase.shrink})
    @given(st.lists(actions, min_size=5, max_size=40))
    def test_every_socket_sees_every_version_in_order_and_ends_at_the_truth(
        self, steps: list[Any]
    ) -> None:
        """The sockets themselves assert that no frame leaves a gap or comes twice."""
        with override_settings(CHANNEL_LAYERS=IN_MEMORY):
            asyncio.run(self._play(steps))

    async def _play(self, steps: list[Any]) -> None:
        source, committed = FakeSource(), list[Change]()
        async with opened(source) as rooms:
            sockets = [FakeSocket()]
            room = rooms.join(SHOW, sockets[0])
            for step in steps:
                match step:
                    case ("commit", seat_number, letter):
                        committed.append(source.commit((seat_number, letter)))
                    case ("deliver", number) if committed:
                        await deliver(committed[number % len(committed)])
                    case ("take back", count):
                        del source.log[-count:]
                    case ("join", resumes):
                        socket = self._socket(source if resumes else None)
                        sockets.append(socket)
                        rooms.join(SHOW, socket)
                    case ("leave", number) if len(sockets) > number + 1:
                        room.leave(sockets.pop())
                    case ("wait", turns):
                        for _ in range(turns):
                            await asyncio.sleep(0.001)
                    case ("fail", failing):
                        source.failing = failing
            source.failing = False
            head = named(source.head)
            await until(lambda: all(s.follower.named == head for s in sockets))
            self.assertFalse(any(socket.closed_with for socket in sockets))
            states = source.current.states
            self.assertEqual([s.follower.states for s in sockets], [states] * len(sockets))

    def _socket(self, source: FakeSource | None) -> FakeSocket:
        """Return a new client, or one that comes back with a map it got earlier."""
        socket = FakeSocket()
        if source is not None:
            socket = FakeSocket(source.head, source.current.states)
        socket.gives_way = True
        return socket
