"""Listeners of one server process that are sent the same frames."""

import asyncio
import logging
from collections.abc import Collection

from foundation.server.transport import GONE, Frame, send_at_once
from realtime import metrics
from realtime.protocol import CloseCode
from realtime.sockets import Listener

# Listeners that are sent a frame before other work gets its turn: some two milliseconds.
LISTENERS_AT_ONCE = 200

logger = logging.getLogger(__name__)


class Crowd:
    """Listeners that are greeted, then sent every frame; only one task may run the coroutines."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._joiners: dict[Listener, None] = {}
        self._listeners: dict[Listener, None] = {}

    def __len__(self) -> int:
        return len(self._joiners) + len(self._listeners)

    def join(self, listener: Listener) -> None:
        """Greet the listener at the next occasion."""
        self._joiners[listener] = None

    def leave(self, listener: Listener) -> None:
        """Tell this listener nothing more."""
        self._joiners.pop(listener, None)
        self._listeners.pop(listener, None)

    async def tell_all(self, text: str, event_id: str = "") -> None:
        """Tell everybody who was greeted."""
        await self._tell_in_shares(tuple(self._listeners), Frame(text, event_id))

    async def end(self, code: CloseCode) -> None:
        """Close all listeners with this code."""
        for listener in [*self._joiners, *self._listeners]:
            await self._end(listener, code)

    async def _tell_in_shares(self, listeners: tuple[Listener, ...], frame: Frame) -> None:
        for start in range(0, len(listeners), LISTENERS_AT_ONCE):
            await self._tell(listeners[start : start + LISTENERS_AT_ONCE], frame)
            # Lets the loop write what went the plain way.
            await asyncio.sleep(0)

    async def _tell(self, listeners: Collection[Listener], frame: Frame) -> None:
        """Send these a frame: most take it at once, and only the others are waited for."""
        metrics.FRAMES.inc(len(listeners))
        for listener in send_at_once(frame, listeners):
            await self._tell_patiently(listener, frame)

    async def _tell_patiently(self, listener: Listener, frame: Frame) -> None:
        if listener.is_slow:
            metrics.TOO_SLOW.inc()
            await self._end(listener, CloseCode.TOO_SLOW)
            return
        try:
            await listener.tell(frame)
        except Exception as error:
            # One listener's trouble must not be the others', and a closed client reconnects.
            metrics.BROKEN.inc()
            logger.log(_level(error), "a listener of %s can't be sent to: %r", self._name, error)
            await self._end(listener, CloseCode.BROKEN)

    async def _end(self, listener: Listener, code: CloseCode) -> None:
        self.leave(listener)
        try:
            await listener.close(code)
        except Exception as error:
            logger.log(_level(error), "a listener of %s can't be closed: %r", self._name, error)


def _level(error: Exception) -> int:
    """Return how loudly to log it: clients go as they like, and must not fill the log by that."""
    return logging.DEBUG if isinstance(error, GONE) else logging.WARNING
