"""The sockets that watch a show in one server process, and how each of them is told."""

import asyncio
import logging
from collections.abc import Collection, Iterable

from realtime import protocol
from realtime.live_map import LiveMap
from realtime.protocol import CloseCode
from realtime.sockets import Socket
from realtime.timeline import Timeline
from realtime.transport import Frame, send_at_once

# Sockets that are told before other work of the process gets its turn: some two milliseconds.
SOCKETS_AT_ONCE = 200

logger = logging.getLogger(__name__)


class Audience:
    """Sockets that are greeted first, and told of everything afterwards.

    `counted` is the number of those that count as viewers. The coroutines are for one task only.
    """

    def __init__(self, show_id: int) -> None:
        self.counted = 0
        self._show_id = show_id
        self._joiners: dict[Socket, None] = {}
        self._sockets: dict[Socket, None] = {}
        self._greetings: dict[int | None, Frame] = {}

    def __bool__(self) -> bool:
        """Return whether there is anybody."""
        return bool(self._joiners or self._sockets)

    def join(self, socket: Socket) -> None:
        """Greet the socket at the next occasion."""
        self._joiners[socket] = None
        self.counted += socket.counted

    def leave(self, socket: Socket) -> None:
        """Tell this socket nothing more."""
        if socket not in self._joiners and socket not in self._sockets:
            return
        self._joiners.pop(socket, None)
        self._sockets.pop(socket, None)
        self.counted -= socket.counted

    def forget_what_was_told(self) -> None:
        """Greet everybody anew, with the whole map."""
        self._greetings.clear()
        for socket in self._sockets:
            socket.since = None
        self._joiners.update(self._sockets)
        self._sockets.clear()

    async def greet(self, live_map: LiveMap) -> None:
        """Tell those who joined what they miss of the map, unless it has to be read anew."""
        for number, socket in enumerate(tuple(self._joiners), start=1):
            if socket not in self._joiners or live_map.timeline.version is None:
                continue
            del self._joiners[socket]
            self._sockets[socket] = None
            await self._tell([socket], self._greeting(live_map.timeline, socket.since))
            if socket.line is not None:
                timeline = live_map.timeline
                await self._tell_turns(timeline, timeline.turns, [socket])
            if number % SOCKETS_AT_ONCE == 0:
                await asyncio.sleep(0)

    async def tell_changes(self, live_map: LiveMap) -> None:
        """Tell all news in one frame, and then of the turns among them."""
        self._greetings.clear()
        news = live_map.timeline.take()
        await self.tell_all(protocol.changes_frame(news))
        turns = {seat_number for change in news for seat_number, _ in change.turns}
        await self._tell_turns(live_map.timeline, turns, self._sockets)

    async def tell_all(self, text: str) -> None:
        """Tell everybody who was greeted."""
        frame = Frame(text)
        sockets = tuple(self._sockets)
        for start in range(0, len(sockets), SOCKETS_AT_ONCE):
            await self._tell(sockets[start : start + SOCKETS_AT_ONCE], frame)
            # What the plain way was given, the loop writes after this task's turn.
            await asyncio.sleep(0)

    async def end(self, code: CloseCode) -> None:
        """Close all sockets with this code."""
        for socket in [*self._joiners, *self._sockets]:
            await self._end(socket, code)

    async def _tell_turns(
        self, timeline: Timeline, seat_numbers: Collection[int], sockets: Collection[Socket]
    ) -> None:
        """Tell of turns that still stand those who have the address of each."""
        for seat_number in [number for number in seat_numbers if number in timeline.turns]:
            line, until = timeline.turns[seat_number], timeline.held_until[seat_number]
            frame = Frame(protocol.turn_frame(seat_number, until))
            await self._tell([s for s in sockets if s.line == line], frame)

    def _greeting(self, timeline: Timeline, since: int | None) -> Frame:
        if timeline.since(since) is None:
            since = None  # a snapshot, the same one for whatever else was asked
        if since not in self._greetings:
            self._greetings[since] = Frame(_new_greeting(timeline, since))
        return self._greetings[since]

    async def _tell(self, sockets: Iterable[Socket], frame: Frame) -> None:
        """Send these a frame: most take it at once, and only the others are awaited."""
        for socket in send_at_once(frame, sockets):
            await self._tell_patiently(socket, frame)

    async def _tell_patiently(self, socket: Socket, frame: Frame) -> None:
        if socket.is_slow:
            await self._end(socket, CloseCode.TOO_SLOW)
            return
        try:
            await socket.tell(frame)
        except Exception as error:
            # One socket's trouble is not the others', and a closed socket comes back.
            logger.warning("a socket of show %d can't be told: %r", self._show_id, error)
            await self._end(socket, CloseCode.BROKEN)

    async def _end(self, socket: Socket, code: CloseCode) -> None:
        self.leave(socket)
        try:
            await socket.close(int(code))  # Autobahn takes no other type
        except Exception as error:
            logger.info("a socket of show %d can't be closed: %r", self._show_id, error)


def _new_greeting(timeline: Timeline, since: int | None) -> str:
    version = timeline.version or 0
    missing = timeline.since(since)
    if missing is None:
        return protocol.snapshot_frame(version, timeline.states, timeline.held_until)
    return protocol.changes_frame(missing) if missing else protocol.tick_frame(version)
