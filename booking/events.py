"""Tells the live rooms of a committed change; the only place that sends to the channel layer."""

import asyncio
import json
import logging
from collections.abc import Sequence
from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer

from booking.chain import Checkpoint

SEND_TIMEOUT_SECONDS = 1.0
CHANGED = "seat_map.changed"

logger = logging.getLogger(__name__)
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
    }
    if _server_loop is not None and _server_loop.is_running():
        asyncio.run_coroutine_threadsafe(_send(group_name(show_id), message), _server_loop)
    else:
        async_to_sync(_send)(group_name(show_id), message)


async def _send(group: str, message: dict[str, Any]) -> None:
    try:
        layer = get_channel_layer()
        async with asyncio.timeout(SEND_TIMEOUT_SECONDS):
            await layer.group_send(group, message)
    except Exception as error:
        logger.warning("version %d of %s was not published: %r", message["version"], group, error)


async def is_heard() -> bool:
    """Return whether the channel layer takes a message, which nobody is there to hear."""
    try:
        async with asyncio.timeout(SEND_TIMEOUT_SECONDS):
            await get_channel_layer().group_send("nobody", {"type": CHANGED})
    except Exception as error:
        logger.info("the channel layer does not answer: %r", error)
        return False
    return True
