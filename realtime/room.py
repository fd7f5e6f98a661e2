"""One show in one server process: its seat map in memory and the sockets that watch it."""

import asyncio
import logging
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from booking.errors import ShowNotFound
from booking.selectors.seat_map import SeatStates
from realtime import protocol
from realtime.protocol import Change, CloseCode
from realtime.sockets import Socket
from realtime.source import Source
from realtime.timeline import Timeline
from realtime.transport import Frame, send_at_once
from realtime.viewers import OtherProcesses

# Sockets that are told before other work of the process gets its turn: some two milliseconds.
SOCKETS_AT_ONCE = 200
# A change's frame starts no sooner after the last one's start than this many times what that cost.
SPACING = 1.5

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Pace:
    """The rooms' intervals, in seconds."""

    check: float = 5.0
    expiry: float = 0.25
    patience: float = 0.25
    linger: float = 5.0
    viewers: float = 1.0
    forget: float = 15.0
    layer: float = 1.0


class Room:
    """A show's seat map, and one task that tells the sockets of it.

    `local_viewers` is the number of this process's sockets that are counted as viewers.

    Everything that a socket is sent comes from `run`, one thing after the other: so each of them
    gets a greeting first and then every later change, in order and without gaps.
    """

    def __init__(self, show_id: int, source: Source, pace: Pace) -> None:
        self.show_id = show_id
        self.local_viewers = 0
        self.viewers_published = (0, float("-inf"))
        self.empty_since: float | None = None
        self._source = source
        self._pace = pace
        self._timeline = Timeline()
        self._catching_up = asyncio.Lock()
        self._gap_noticed = False
        self._freeing = False
        self._filling: asyncio.Task[None] | None = None
        self._joiners: dict[Socket, None] = {}
        self._sockets: dict[Socket, None] = {}
        self._greetings: dict[int | None, Frame] = {}
        self._others = OtherProcesses(pace.forget)
        self._viewers_told: int | None = None
        self._tick_due = False
        self._close_code: CloseCode | None = None
        self._wake = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._next_sweep = self._next_viewers = self._loop.time()

    # What happens to a room

    def join(self, socket: Socket) -> None:
        """Greet the socket as soon as there is a seat map, and keep it told from then on."""
        self._joiners[socket] = None
        self.local_viewers += socket.counted
        self._viewers_told = None
        self.empty_since = None
        self._wake.set()

    def leave(self, socket: Socket) -> None:
        """Tell this socket nothing more."""
        if socket not in self._joiners and socket not in self._sockets:
            return
        self._joiners.pop(socket, None)
        self._sockets.pop(socket, None)
        self.local_viewers -= socket.counted
        if not self._joiners and not self._sockets:
            self.empty_since = self._loop.time()
        self._wake.set()

    def visit(self) -> None:
        """Stay open for a while, though no socket may come."""
        if not self._joiners and not self._sockets:
            self.empty_since = self._loop.time()

    def hear(self, change: Change) -> None:
        """Take a change from the channel layer; a gap before it may still close by itself."""
        self._timeline.offer(change)
        self._wake.set()
        if self._timeline.has_gap and not self._gap_noticed:
            self._gap_noticed = True
            self._loop.call_later(self._pace.patience, self._fill_gap)

    def hear_viewers(self, process: str, count: int) -> None:
        """Take another process's word for how many sockets watch the show there."""
        self._others.hear(process, count, self._loop.time())
        self._wake.set()

    async def free_expired(self, now: int) -> None:
        """Free the seats whose holds have expired by now, in milliseconds since the epoch.

        Every process with a room of the show tries; the change then comes like any other. Raises
        what the database raises.
        """
        if not self._freeing and self._expires_by(now):
            self._freeing = True
            try:
                await self._source.expire_holds(self.show_id)
            finally:
                self._freeing = False

    def _expires_by(self, now: int) -> bool:
        return min(self._timeline.held_until.values(), default=now + 1) <= now

    def close(self, code: CloseCode) -> None:
        """End the room, and all its sockets with this code."""
        self._close_code = code
        self._wake.set()

    @property
    def is_closed(self) -> bool:
        return self._close_code is not None

    @property
    def known_version(self) -> int:
        """The version up to which this room has every change."""
        return self._timeline.known

    # Keeping in step with the log

    async def catch_up(self) -> None:
        """Read what is missing from the database: the seat map, or changes from the log.

        Raises what the database raises; the room then stays as it is, for another try.
        """
        async with self._catching_up:
            try:
                while self._timeline.version is None or self._timeline.has_gap:
                    await self._read_more()
                    self._wake.set()
            except ShowNotFound:
                self.close(CloseCode.NO_SUCH_SHOW)

    async def check(self, *, version: int | None, known_before: int) -> None:
        """Catch up with a version that the database gave, and tell the sockets that all is well.

        `known_before` is the room's own version from before the database was asked; when the
        database is behind that it was set back, and the map is read anew.
        """
        if version is None:
            self.close(CloseCode.NO_SUCH_SHOW)
            return
        if version < known_before:
            self._start_over()
        self._timeline.note(version)
        await self.catch_up()
        self._tick_due = True
        self._wake.set()

    async def reaches(self, version: int) -> bool:
        """Return whether the seat map is here at this version or a newer one.

        Reads what is missing from the log. A room that has no seat map yet is about to read it.
        Raises what the database raises.
        """
        if self._timeline.version is None or self.is_closed:
            return False
        self._timeline.note(version)
        if self._timeline.has_gap:
            await self.catch_up()
        return self.known_version >= version

    @property
    def current(self) -> SeatStates:
        """The newest seat map that is here, whether or not the sockets have been told of it."""
        return self._timeline.current

    async def _read_more(self) -> None:
        timeline = self._timeline
        if timeline.version is None:
            turns = await self._source.turns(self.show_id)
            states = await self._source.states(self.show_id)
            timeline.load(states.version, states.states, states.held_until, turns)
            return
        known = timeline.known
        for change in await self._source.changes_since(self.show_id, known):
            timeline.offer(change)
        if timeline.known == known:
            logger.warning("show %d has no change %d in its log", self.show_id, known + 1)
            self._start_over()

    def _start_over(self) -> None:
        """Forget the seat map, so that it is read and every socket gets it whole."""
        self._timeline = Timeline()
        self._greetings.clear()
        for socket in self._sockets:
            socket.since = None
        self._joiners.update(self._sockets)
        self._sockets.clear()

    def _fill_gap(self) -> None:
        self._gap_noticed = False
        if self._timeline.has_gap and not self.is_closed:
            self._filling = self._loop.create_task(self._try_to_catch_up())

    async def _try_to_catch_up(self) -> None:
        try:
            await self.catch_up()
        except Exception as error:
            logger.warning("show %d can't catch up for now: %r", self.show_id, error)

    # Telling the sockets

    async def run(self) -> None:
        """Tell the sockets whatever there is to tell until the room is closed."""
        try:
            while self._close_code is None:
                if self._timeline.version is not None:
                    await self._tell_what_is_due()
                await self._until_something_is_due()
        except Exception:
            logger.exception("the room of show %d broke", self.show_id)
            self._close_code = CloseCode.BROKEN
        for socket in [*self._joiners, *self._sockets]:
            await self._end(socket, self._close_code)

    async def _tell_what_is_due(self) -> None:
        now = self._loop.time()
        if self._timeline.has_news and now >= self._next_sweep:
            await self._tell_changes()
        await self._greet()
        if self._viewers_changed and now >= self._next_viewers:
            self._next_viewers = now + self._pace.viewers
            self._viewers_told = self._viewers
            await self._tell_all(protocol.viewers_frame(self._viewers_told))
        if self._tick_due and not self._timeline.has_news and self._timeline.version is not None:
            self._tick_due = False
            await self._tell_all(protocol.tick_frame(self._timeline.version))

    async def _until_something_is_due(self) -> None:
        due = []
        if self._timeline.has_news:
            due.append(self._next_sweep)
        if self._viewers_changed and self._timeline.version is not None:
            due.append(self._next_viewers)
        try:
            async with asyncio.timeout_at(min(due, default=None)):
                await self._wake.wait()
        except TimeoutError:
            pass
        self._wake.clear()

    async def _tell_changes(self) -> None:
        """Tell all news in one frame, then rest for half as long as that took.

        Under load the news of the rest go into the next frame, so telling takes at most two thirds
        of the process's time.
        """
        started = self._loop.time()
        self._greetings.clear()
        news = self._timeline.take()
        await self._tell_all(protocol.changes_frame(news))
        await self._tell_turns({seat_number for change in news for seat_number, _ in change.turns})
        self._next_sweep = started + SPACING * (self._loop.time() - started)

    async def _greet(self) -> None:
        for number, socket in enumerate(tuple(self._joiners), start=1):
            if socket not in self._joiners or self._timeline.version is None:
                continue  # it left, or the seat map has to be read anew
            del self._joiners[socket]
            self._sockets[socket] = None
            greeting = self._greeting(socket.since)
            await self._tell([socket], greeting)
            if socket.line is not None:
                await self._tell_turns(self._timeline.turns, [socket])
            if number % SOCKETS_AT_ONCE == 0:
                await asyncio.sleep(0)

    async def _tell_turns(
        self, seat_numbers: Collection[int], sockets: Iterable[Socket] | None = None
    ) -> None:
        """Tell of turns that still stand those who have the address of each, all or of these."""
        timeline = self._timeline
        for seat_number in [number for number in seat_numbers if number in timeline.turns]:
            line, until = timeline.turns[seat_number], timeline.held_until[seat_number]
            frame = Frame(protocol.turn_frame(seat_number, until))
            await self._tell([s for s in sockets or self._sockets if s.line == line], frame)

    def _greeting(self, since: int | None) -> Frame:
        if self._timeline.since(since) is None:
            since = None  # a snapshot, the same one for whatever else was asked
        if since not in self._greetings:
            self._greetings[since] = Frame(self._new_greeting(since))
        return self._greetings[since]

    def _new_greeting(self, since: int | None) -> str:
        version = self._timeline.version or 0
        missing = self._timeline.since(since)
        if missing is None:
            return protocol.snapshot_frame(
                version, self._timeline.states, self._timeline.held_until
            )
        return protocol.changes_frame(missing) if missing else protocol.tick_frame(version)

    async def _tell_all(self, text: str) -> None:
        frame = Frame(text)
        sockets = tuple(self._sockets)
        for start in range(0, len(sockets), SOCKETS_AT_ONCE):
            await self._tell(sockets[start : start + SOCKETS_AT_ONCE], frame)
            # What the plain way was given, the loop writes after this task's turn.
            await asyncio.sleep(0)

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
            logger.warning("a socket of show %d can't be told: %r", self.show_id, error)
            await self._end(socket, CloseCode.BROKEN)

    async def _end(self, socket: Socket, code: CloseCode) -> None:
        self.leave(socket)
        try:
            await socket.close(int(code))  # Autobahn takes no other type
        except Exception as error:
            logger.info("a socket of show %d can't be closed: %r", self.show_id, error)

    @property
    def _viewers(self) -> int:
        return self.local_viewers + self._others.viewers(self._loop.time())

    @property
    def _viewers_changed(self) -> bool:
        return self._viewers != self._viewers_told
