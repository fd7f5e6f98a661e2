"""Tells the live rooms of a committed change; the only place that sends to the channel layer."""

import asyncio
import json
import logging
import time
from collections.abc import Sequence
from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from redis.exceptions import RedisError

from booking import metrics
from booking.chain import Checkpoint
from foundation.outages import Outage

SEND_TIMEOUT_SECONDS = 1.0
CHANGED = "seat_map.changed"

logger = logging.getLogger(__name__)
outage = Outage(
    logger,
    gone="the channel layer is away, so maps lag by one check of the log",
    back="the channel layer is back",
)
metrics.LAYER_UP.set_function(lambda: not outage.is_on)
_server_loop: asyncio.AbstractEventLoop | None = None


def use_loop(loop: asyncio.AbstractEventLoop) -> None:
    """Publish from now on through this loop, the server's, in the process that runs it."""
    global _server_loop
    _server_loop = loop


def group_name(show_id: int) -> str:
    """Return the name of the channel-layer group that hears of this show's changes."""
    return f"show.{show_id}"


def publish(
    *,
    show_id: int,
    entry: Checkpoint,
    text: str,
    offers: Sequence[tuple[int, str]] = (),
) -> None:
    """Send a committed change of a seat map to the rooms of its show, and never raise.

    `entry` is where the log has it, and `text` what it says (`chain.entry_text`): so the rooms can
    tell whether it follows what they have. `offers` says which of the seats are offered to somebody
    on the waitlist, with the hash of their address (`selectors.waitlist`). In a server the sending
    is left to its event loop, so a booking never waits for it; elsewhere it is done here, within
    SEND_TIMEOUT_SECONDS. What is lost on the way the rooms find in the log.
    """
    message = {
        "type": CHANGED,
        "show_id": show_id,
        "version": entry.version,
        "digest": entry.digest,
        "text": text,
        "offers": json.dumps(offers, separators=(",", ":")),
        "committed_at": time.time(),
    }
    if _server_loop is not None and _server_loop.is_running():
        asyncio.run_coroutine_threadsafe(_tell(group_name(show_id), message), _server_loop)
    else:
        async_to_sync(_tell)(group_name(show_id), message)


async def _tell(group: str, change: dict[str, Any]) -> None:
    if not await _send(group, change):
        metrics.UNPUBLISHED.inc()


async def _send(group: str, message: dict[str, Any]) -> bool:
    """Return whether the channel layer has taken the message."""
    began = time.monotonic()
    try:
        layer = get_channel_layer()
        async with asyncio.timeout(SEND_TIMEOUT_SECONDS):
            await layer.group_send(group, message)
    except Exception as error:
        outage.failed(error, began=began)
        return False
    outage.worked()
    return True


async def is_heard() -> bool:
    """Return whether the channel layer takes a message, which nobody is there to hear."""
    return await _send("nobody", {"type": CHANGED})


def is_no_outage(record: logging.LogRecord) -> bool:
    """Return whether a line of the channel layer's own log says more than that it is away."""
    error = record.exc_info[1] if record.exc_info else None
    if not isinstance(error, RedisError | OSError):
        return True
    outage.failed(error, began=time.monotonic())
    return False
