"""Whether this process can serve.

`Readiness` stands before everything else: it answers /health/ on the event loop, with its own
thread and database connection, so that visitors and it never wait for each other.
"""

import asyncio
import json
import logging
import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import NamedTuple

from django.db import Error, close_old_connections, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from foundation.db.clock import ClockIsOff, check_clock
from foundation.server.asgi_types import Application, Receive, Scope, Send
from foundation.server.observed import answered_as
from foundation.web.handlers import at_once
from foundation.web.problems import UNAVAILABLE

PATH, ROUTE = "/health/", "health/"
# An answer holds for everybody who asks within this time.
FRESH_SECONDS = 1.0
# A database that takes longer counts as none; deploy/healthcheck.py waits for four.
PATIENCE_SECONDS = 3.0
# It is asked this often even if nobody wants to know.
INTERVAL_SECONDS = 5.0

OK = {"status": "ok"}
NOT_OK = {"status": "unavailable"}
HEADERS = [
    (b"content-type", b"application/json"),
    (b"cache-control", b"max-age=0, no-cache, no-store, must-revalidate, private"),
    (b"x-content-type-options", b"nosniff"),
]

logger = logging.getLogger(__name__)

_thread = ThreadPoolExecutor(1, thread_name_prefix="health")
# By its path, which file SQLite's database was when it was first seen.
_files: dict[str, tuple[int, int]] = {}


class Trouble(NamedTuple):
    """Why this process can't serve. One that `misleads` would give wrong answers."""

    why: str
    misleads: bool


def trouble() -> Trouble | None:
    """Ask the database, and return what is wrong, if anything."""
    try:
        check_file()
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        check_clock()
    except (OSError, ClockIsOff) as error:
        return Trouble(str(error), misleads=True)
    except Error as error:
        return Trouble(f"the database does not answer: {error}", misleads=False)
    return None


def check_file() -> None:
    """Raise FileNotFoundError when SQLite's file is no longer the one that this process has open.

    It would go on writing to a file without a name, which is gone when the process ends.
    """
    name = str(connection.settings_dict["NAME"])
    if connection.vendor != "sqlite" or "memory" in name:
        return
    found = None
    with suppress(FileNotFoundError):
        status = os.stat(name)
        found = _files.setdefault(name, (status.st_dev, status.st_ino))
    if found is None or found != (status.st_dev, status.st_ino):
        raise FileNotFoundError(f"{name} was deleted or replaced under this process: restart it")


class Readiness:
    """An ASGI application in front of another, which it keeps from answering what is wrong.

    One question to the database serves all who ask meanwhile. What misleads is looked for before
    the first request, and from then on every few seconds. What the answer says `also` makes no
    difference to its status.
    """

    def __init__(
        self, application: Application, *, also: Callable[[], Mapping[str, str]] = dict
    ) -> None:
        self._application = application
        self._also = also
        self._trouble: Trouble | None = None
        self._is_known = False
        self._asked_at = float("-inf")
        self._asking: asyncio.Task[None] | None = None
        self._watching: asyncio.Task[None] | None = None
        with suppress(FileNotFoundError):  # it is about to be made
            check_file()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._watching is None:
            self._watching = asyncio.create_task(self._watch())
        if not self._is_known:
            await self._current()
        if scope["path"] == PATH and scope["method"] in ("GET", "HEAD"):
            answered_as(scope, ROUTE)
            await self._answer(scope, send, is_well=await self._current() is None)
        elif self._trouble is not None and self._trouble.misleads:
            told = {name: value.decode("latin-1") for name, value in scope["headers"]}
            is_json = told.get(b"content-type") == "application/json"
            start, content = at_once(
                scope["path"], UNAVAILABLE, is_json=is_json, origin=told.get(b"origin")
            )
            await send(start)
            await send({"type": "http.response.body", "body": content})
        else:
            await self._application(scope, receive, send)

    async def _answer(self, scope: Scope, send: Send, *, is_well: bool) -> None:
        content = json.dumps({**(OK if is_well else NOT_OK), **self._also()}).encode()
        headers = [*HEADERS, (b"content-length", str(len(content)).encode())]
        status = 200 if is_well else 503
        await send({"type": "http.response.start", "status": status, "headers": headers})
        body = content if scope["method"] == "GET" else b""
        await send({"type": "http.response.body", "body": body})

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(INTERVAL_SECONDS)
            await self._current()

    async def _current(self) -> Trouble | None:
        """Return what is wrong, as of a moment ago at most."""
        now = asyncio.get_running_loop().time()
        if self._asking is None or (self._asking.done() and now - self._asked_at > FRESH_SECONDS):
            self._asked_at = now
            self._asking = asyncio.create_task(self._ask())
        try:
            async with asyncio.timeout_at(self._asked_at + PATIENCE_SECONDS):
                await asyncio.shield(self._asking)
        except TimeoutError:
            self._note(Trouble("the database takes too long to answer", misleads=False))
        return self._trouble

    async def _ask(self) -> None:
        self._note(await asyncio.get_running_loop().run_in_executor(_thread, _ask_database))

    def _note(self, found: Trouble | None) -> None:
        """Keep what was found, and log what is new about it."""
        known, self._trouble, self._is_known = self._trouble, found, True
        if found and (known is None or known.misleads != found.misleads):
            logger.error("this process can't serve: %s", found.why)
        elif known and not found:
            logger.warning("this process can serve again")


def _ask_database() -> Trouble | None:
    """Do as `trouble`, on a thread that no request's end cleans up after."""
    close_old_connections()
    try:
        return trouble()
    finally:
        close_old_connections()


@require_safe
@never_cache
def health(request: HttpRequest) -> JsonResponse:
    """Answer for this process where it runs without an event loop."""
    return JsonResponse(NOT_OK, status=503) if trouble() else JsonResponse(OK)
