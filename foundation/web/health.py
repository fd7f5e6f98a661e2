"""Whether this process lives, can serve, and should be sent people.

`Readiness` stands before everything else: it answers /health/… on the event loop, with its own
thread and database connection, so that visitors and it never wait for each other.
"""

import asyncio
import json
import logging
import os
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Generic, NamedTuple, TypeVar

from django.db import Error, close_old_connections, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from foundation import metrics
from foundation.db.clock import ClockIsOff, check_clock
from foundation.db.migrated import is_migrated
from foundation.outages import in_one_line
from foundation.request_context import nobodys
from foundation.server import shutdown
from foundation.server.asgi_types import Application, Receive, Scope, Send
from foundation.server.observed import answered_as
from foundation.web.handlers import at_once
from foundation.web.problems import UNAVAILABLE

T = TypeVar("T")

# By path, the route that an answer counts as.
PATH, ROUTE = "/health/", "health/"
LIVE = {"/health/live": "health/live", "/health/live/": "health/live"}
READY = {"/health/ready": "health/ready", "/health/ready/": "health/ready"}
# An answer holds for everybody who asks within this time.
FRESH_SECONDS = 1.0
# A database that takes longer counts as none; deploy/healthcheck.py waits for four.
PATIENCE_SECONDS = 3.0
# It is asked this often even if nobody wants to know.
INTERVAL_SECONDS = 5.0

OK = {"status": "ok"}
NOT_OK = {"status": "unavailable"}
DRAINING = {"status": "draining"}
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
    """Why this process can't serve, and where. One that `misleads` would give wrong answers."""

    why: str
    misleads: bool
    part: str = "database"


class Found(NamedTuple):
    """What the database says; `is_migrated` counts where there is no trouble."""

    trouble: Trouble | None
    is_migrated: bool


def trouble() -> Trouble | None:
    """Ask the database, and return what is wrong, if anything."""
    try:
        check_file()
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        check_clock()
    except ClockIsOff as error:
        return Trouble(str(error), misleads=True, part="clock")
    except OSError as error:
        return Trouble(str(error), misleads=True)
    except Error as error:
        return Trouble(f"the database does not answer: {in_one_line(error)}", misleads=False)
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


class Shared(Generic[T]):
    """A question that is asked once for all who want to know within FRESH_SECONDS."""

    def __init__(self, ask: Callable[[], Awaitable[T]]) -> None:
        self._ask = ask
        self._asked_at = float("-inf")
        self._asking: asyncio.Future[T] | None = None

    async def answer(self) -> T:
        """Return the answer as of a moment ago at most. Raises TimeoutError."""
        now = asyncio.get_running_loop().time()
        if self._asking is None or (self._asking.done() and now - self._asked_at > FRESH_SECONDS):
            self._asked_at = now
            self._asking = asyncio.ensure_future(self._ask())
        async with asyncio.timeout_at(self._asked_at + PATIENCE_SECONDS):
            return await asyncio.shield(self._asking)


async def _nothing_to_ask() -> bool:
    return True


class Readiness:
    """An ASGI application in front of another, which it keeps from answering what is wrong.

    What misleads is looked for before the first request, and from then on every few seconds. What
    /health/ says `also` makes no difference to its status, and neither does to that of
    /health/ready whether the channel layer (`is_heard`) takes messages: without it, maps only lag.
    """

    def __init__(
        self,
        application: Application,
        *,
        also: Callable[[], Mapping[str, str]] = dict,
        is_heard: Callable[[], Awaitable[bool]] = _nothing_to_ask,
    ) -> None:
        self._application = application
        self._also = also
        self._database = Shared(_ask_database)
        self._layer = Shared(is_heard)
        self._trouble: Trouble | None = None
        self._is_known = False
        self._can_serve = False
        self._watching: asyncio.Task[None] | None = None
        with suppress(FileNotFoundError):  # it is about to be made
            check_file()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path, is_read = scope["path"], scope["method"] in ("GET", "HEAD")
        if is_read and path in LIVE:
            answered_as(scope, LIVE[path])
            await _answer(scope, send, OK)
            return
        self.watch()
        if not self._is_known:
            await self._current()
        if is_read and path == PATH:
            answered_as(scope, ROUTE)
            found = await self._current()
            await _answer(scope, send, {**(NOT_OK if found.trouble else OK), **self._also()})
        elif is_read and path in READY:
            answered_as(scope, READY[path])
            await _answer(scope, send, await self._parts())
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

    async def _parts(self) -> dict[str, str]:
        """Return a word for all together, and one for each part."""
        found, is_heard = await asyncio.gather(self._current(), self._hears())
        parts = {"database": "ok", "clock": "ok", "migrations": "ok"}
        if found.trouble:
            parts = dict.fromkeys(parts, "unknown") | {found.trouble.part: "failing"}
        elif not found.is_migrated:
            parts["migrations"] = "missing"
        whole = OK if set(parts.values()) == {"ok"} else NOT_OK
        layer = {"channel_layer": "ok" if is_heard else "degraded"}
        return (DRAINING if shutdown.is_under_way() else whole) | parts | layer

    async def _hears(self) -> bool:
        try:
            return await self._layer.answer()
        except TimeoutError:
            return False

    def watch(self) -> None:
        """Look now and every few seconds, whether or not anybody asks; needs a running loop."""
        if self._watching is None:
            metrics.READY.set_function(lambda: self._can_serve and not shutdown.is_under_way())
            self._watching = asyncio.create_task(self._watch(), context=nobodys())

    async def _watch(self) -> None:
        while True:
            await self._current()
            await asyncio.sleep(INTERVAL_SECONDS)

    async def _current(self) -> Found:
        """Return what the database says, as of a moment ago at most, and keep it."""
        try:
            found = await self._database.answer()
        except TimeoutError:
            late = Trouble("the database takes too long to answer", misleads=False)
            found = Found(late, is_migrated=False)
        self._can_serve = found.trouble is None and found.is_migrated
        self._note(found.trouble)
        return found

    def _note(self, found: Trouble | None) -> None:
        """Keep what was found, and log what is new about it."""
        known, self._trouble, self._is_known = self._trouble, found, True
        if found and (known is None or known.misleads != found.misleads):
            logger.error("this process can't serve: %s", found.why)
        elif known and not found:
            logger.warning("this process can serve again")


async def _answer(scope: Scope, send: Send, said: Mapping[str, str]) -> None:
    content = json.dumps(said).encode()
    headers = [*HEADERS, (b"content-length", str(len(content)).encode())]
    status = 200 if said["status"] == OK["status"] else 503
    await send({"type": "http.response.start", "status": status, "headers": headers})
    body = content if scope["method"] == "GET" else b""
    await send({"type": "http.response.body", "body": body})


async def _ask_database() -> Found:
    return await asyncio.get_running_loop().run_in_executor(_thread, _found)


def _found() -> Found:
    """Ask the database, on a thread that no request's end cleans up after."""
    close_old_connections()
    try:
        found = trouble()
        return Found(found, is_migrated=found is None and is_migrated())
    finally:
        close_old_connections()


@require_safe
@never_cache
def health(request: HttpRequest) -> JsonResponse:
    """Answer for this process where it runs without an event loop."""
    return JsonResponse(NOT_OK, status=503) if trouble() else JsonResponse(OK)
