"""POST /stage/acts/CUE/: plays an act that was begun, and streams what happens as lines of JSON.

Django's views begin acts, which they check like any form; they can't stream, since their answers
are sent whole (`foundation.server.wsgi_adapter`).
"""

import asyncio
import json
import logging
import re
from typing import Any

from django.conf import settings
from django.utils import timezone

from foundation.errors import Refusal
from foundation.instants import milliseconds
from foundation.server.asgi_types import Application, Receive, Scope, Send
from foundation.server.observed import answered_as
from realtime.source import in_thread
from stage.acts import ACTS, Scene, threads
from stage.door import Door
from stage.rules import LONGEST_ACT
from stage.services import Play, finish, take_up

PATH = re.compile(r"/stage/acts/([\w-]{1,100})/")
ROUTE = "stage/acts/<cue>/"
HEADERS = [
    (b"content-type", b"application/x-ndjson"),
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    # nginx passes each line on as it comes.
    (b"x-accel-buffering", b"no"),
]
Lines = asyncio.Queue[dict[str, Any] | None]

logger = logging.getLogger(__name__)


class StageEndpoint:
    """An ASGI application that plays acts, and passes on all else to another.

    Performers send their requests to `door`, the application that serves those of clients.
    """

    def __init__(self, application: Application, *, door: Application) -> None:
        self._application = application
        self._door = door
        self._under_way: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        match = PATH.fullmatch(scope["path"]) if settings.STAGE else None
        play = await _taken_up(match[1]) if match and scope["method"] == "POST" else None
        if play is None:
            await self._application(scope, receive, send)
            return
        answered_as(scope, ROUTE)
        lines: Lines = asyncio.Queue()
        # A task of its own: the act goes on, and is finished, whether or not its page stays.
        task = asyncio.create_task(_perform(play, Door(self._door, scope), lines))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        while (line := await lines.get()) is not None:
            text = json.dumps(line, separators=(",", ":")) + "\n"
            await send({"type": "http.response.body", "body": text.encode(), "more_body": True})
        await send({"type": "http.response.body"})


async def _taken_up(cue: str) -> Play | None:
    """Return the act that the cue is for; None leaves the answer to Django."""
    try:
        return await in_thread(take_up, threads)(cue=cue, now=timezone.now())
    except Refusal:
        return None


async def _perform(play: Play, door: Door, lines: Lines) -> None:
    try:
        async with asyncio.timeout(LONGEST_ACT.total_seconds()):
            await ACTS[play.act](Scene(play, door, lines.put_nowait))
        lines.put_nowait({"played": play.act})
    except Exception:
        logger.exception("the act %s broke off", play.act)
        lines.put_nowait({"broke_off": play.act})
    try:
        free_at = await in_thread(finish, threads)(play=play, now=timezone.now())
        lines.put_nowait({"free_in": milliseconds(free_at) - milliseconds(timezone.now())})
    except Exception:
        logger.exception("the act %s was not finished", play.act)
    lines.put_nowait(None)
