"""All rooms of one server process: each opens for its first listener, and closes after its last."""

import asyncio
import logging
import time
import uuid
from collections.abc import Coroutine, Iterable
from typing import Any
from weakref import WeakKeyDictionary

from channels.layers import get_channel_layer

from booking import events
from booking.chain import Checkpoint
from foundation.request_context import nobodys
from realtime import metrics
from realtime.head_loader import HeadLoader
from realtime.protocol import CloseCode, change_from_message
from realtime.room import Pace, Room
from realtime.sockets import Listener
from realtime.source import Source, level_of
from realtime.timeline import NOTHING

VIEWERS = "seat_map.viewers"

logger = logging.getLogger(__name__)


class Rooms:
    """The rooms of a process, its one channel of the channel layer, and their regular work."""

    def __init__(self, *, source: Source | None = None, pace: Pace | None = None) -> None:
        self.heads = HeadLoader()
        self._source = source or Source()
        self._pace = pace or Pace()
        self._process = uuid.uuid4().hex
        self._rooms: dict[int, Room] = {}
        self._layer = get_channel_layer()
        self._channel: str | None = None
        self._naming_channel = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self._started = False
        metrics.ROOMS.set_function(lambda: len(self._rooms))

    def join(self, show_id: int, listener: Listener) -> Room:
        """Let the listener into the show's room, which is opened if necessary."""
        room = self._open_room(show_id)
        room.join(listener)
        return room

    def visit(self, show_id: int) -> Room:
        """Return the show's room for a look at its seat map; it is opened if necessary."""
        room = self._open_room(show_id)
        room.visit()
        return room

    def opened(self, show_id: int) -> Room | None:
        """Return the show's room if there is one."""
        room = self._rooms.get(show_id)
        return None if room is None or room.is_closed else room

    def known(self, show_id: int) -> Checkpoint:
        """Return the version that the show's room has; NOTHING if there is no room."""
        room = self._rooms.get(show_id)
        return room.map.known if room else NOTHING

    def _open_room(self, show_id: int) -> Room:
        self._start()
        room = self.opened(show_id)
        if room is None:
            room = self._rooms[show_id] = Room(show_id, self._source, self._pace)
            self._spawn(self._keep(room))
            self._spawn(self._open(room))
        return room

    def _start(self) -> None:
        if not self._started:
            self._started = True
            self._spawn(self._repeat(self._check, self._pace.check))
            self._spawn(self._repeat(self._count, self._pace.viewers))
            self._spawn(self._repeat(self._free_expired, self._pace.expiry))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work, context=nobodys())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _repeat(self, work: Any, interval: float) -> None:
        while True:
            await asyncio.sleep(interval)
            try:
                await work()
            except Exception as error:
                logger.log(level_of(error), "the rooms go on after: %r", error)

    async def _open(self, room: Room) -> None:
        """Subscribe, then read: what happens in between arrives by the channel layer."""
        await self._subscribe([room])
        try:
            await room.map.catch_up()
        except Exception as error:
            logger.log(level_of(error), "show %d can't be read for now: %r", room.show_id, error)

    async def _keep(self, room: Room) -> None:
        await room.run()
        if self._rooms.get(room.show_id) is room:
            del self._rooms[room.show_id]
            await self._unsubscribe(room)

    async def _check(self) -> None:
        """Ask the database for the newest versions of all rooms in one query, and follow it.

        Subscribing again costs next to nothing, and repairs what a dead Redis or the in-memory
        layer's expiry undid.
        """
        rooms = list(self._rooms.values())
        if not rooms:
            return
        await self._subscribe(rooms)
        known = [room.map.known for room in rooms]
        heads = await self._source.checkpoints([room.show_id for room in rooms])
        checks = (
            room.check(head=heads.get(room.show_id), known_before=known_before)
            for room, known_before in zip(rooms, known, strict=True)
        )
        for outcome in await asyncio.gather(*checks, return_exceptions=True):
            if isinstance(outcome, Exception):
                logger.log(level_of(outcome), "a room can't catch up for now: %r", outcome)

    async def _free_expired(self) -> None:
        """Free seats whose holds have expired, so that watchers see them come back on time."""
        now = int(time.time() * 1000)
        expiries = (room.map.free_expired(now) for room in self._rooms.values())
        for outcome in await asyncio.gather(*expiries, return_exceptions=True):
            if isinstance(outcome, Exception):
                logger.log(level_of(outcome), "expired holds can't be freed for now: %r", outcome)

    async def _subscribe(self, rooms: Iterable[Room]) -> None:
        """Let the rooms hear of changes, within the pace's bound; without Redis they hear none."""
        began = time.monotonic()
        try:
            async with asyncio.timeout(self._pace.layer):
                channel = await self._own_channel()
                for room in rooms:
                    await self._layer.group_add(events.group_name(room.show_id), channel)
        except Exception as error:
            events.outage.failed(error, began=began)

    async def _own_channel(self) -> str:
        """Return the process's channel; rooms that open together wait for the same one."""
        async with self._naming_channel:
            if self._channel is None:
                self._channel = await self._layer.new_channel()
                self._spawn(self._listen(self._channel))
            return self._channel

    async def _unsubscribe(self, room: Room) -> None:
        if self._channel is None:
            return
        began = time.monotonic()
        try:
            async with asyncio.timeout(self._pace.layer):
                await self._layer.group_discard(events.group_name(room.show_id), self._channel)
        except Exception as error:
            events.outage.failed(error, began=began)

    async def _listen(self, channel: str) -> None:
        while True:
            try:
                self._hear(await self._layer.receive(channel))
            except Exception:
                logger.exception("a message was lost")
                await asyncio.sleep(self._pace.patience)

    def _hear(self, message: dict[str, Any]) -> None:
        room = self._rooms.get(message["show_id"])
        if room is None:
            return
        if message["type"] == events.CHANGED:
            room.map.hear(change_from_message(message))
        elif message["type"] == VIEWERS and message["process"] != self._process:
            room.hear_viewers(message["process"], message["count"], message["named"])

    async def _count(self) -> None:
        """Tell other processes of new viewers, and close rooms that have long been empty."""
        now = asyncio.get_running_loop().time()
        for room in self._rooms.values():
            if room.empty_since is not None and now - room.empty_since > self._pace.linger:
                room.close(CloseCode.GOING_AWAY)
        stale = now - self._pace.check
        await asyncio.gather(
            *(
                self._publish_viewers(room, now)
                for room in self._rooms.values()
                if room.viewers.changes != room.viewers_published[0]
                or room.viewers_published[1] <= stale
            )
        )

    async def _publish_viewers(self, room: Room, now: float) -> None:
        room.viewers_published = (room.viewers.changes, now)
        message = {
            "type": VIEWERS,
            "show_id": room.show_id,
            "process": self._process,
            "count": room.viewers.here,
            "named": room.viewers.named(),
        }
        began = time.monotonic()
        try:
            async with asyncio.timeout(self._pace.layer):
                await self._layer.group_send(events.group_name(room.show_id), message)
        except Exception as error:
            events.outage.failed(error, began=began)
        else:
            events.outage.worked()


_rooms_by_loop: WeakKeyDictionary[asyncio.AbstractEventLoop, Rooms] = WeakKeyDictionary()


def rooms() -> Rooms:
    """Return the rooms of the running event loop; a server process has one."""
    loop = asyncio.get_running_loop()
    if loop not in _rooms_by_loop:
        _rooms_by_loop[loop] = Rooms()
    return _rooms_by_loop[loop]
