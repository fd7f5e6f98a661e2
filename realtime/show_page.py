"""GET /shows/ID/ for strangers: bytes from a room's memory, never of an earlier map.

Who has a cookie of ours, and everything else out of the ordinary, gets Django's own page.
"""

import asyncio
import logging
import re
import time
from io import BytesIO

from django.contrib.auth.models import AnonymousUser
from django.core.handlers.asgi import ASGIRequest
from django.utils import timezone

from booking.chain import Checkpoint
from booking.pages.shell import Page, Shell, show_shell
from booking.selectors.seat_map import SeatStates
from foundation.request_context import nobodys
from foundation.server.asgi_types import Application, Receive, Scope, Send
from foundation.server.observed import answered_as
from foundation.web.clients import is_stranger
from foundation.web.views import etag_of, has_current
from realtime.answers import ordinary, page_headers
from realtime.seat_map import current_room
from realtime.source import in_thread

PATH = re.compile(r"/shows/([0-9]{1,18})/")
ROUTE = "shows/<id:show_id>/"
# Those of a request that its page may depend on.
OF_THE_SITE = (b"host", b"x-forwarded-proto")
# Of a header that has `gzip;q=0`, too, which nobody sends.
GZIP = re.compile(r"(?:^|[\s,])gzip(?:[\s,]|;\s*q=(?:1|0\.\d*[1-9])|$)")
# Shows whose pages wait to be rendered; the view, which has more threads, renders those beyond.
MOST_WAITING = 4

logger = logging.getLogger(__name__)


class Kept:
    """A show's page with gaps, and the last page that it was filled to."""

    def __init__(self, rendering: asyncio.Task[Shell]) -> None:
        self._rendering = rendering
        self._filled: tuple[Checkpoint, Page] | None = None

    async def page(self, states: SeatStates) -> Page:
        """Return the page of a seat map. Raises what its rendering raised."""
        shell = await asyncio.shield(self._rendering)
        if self._filled is None or self._filled[0] != states.checkpoint:
            self._filled = states.checkpoint, shell.filled(states, timezone.now())
        return self._filled[1]


class ShowPageEndpoint:
    """An ASGI application that answers what a room can, and passes on the rest to another.

    Pages are kept for the second in which they were begun: a start, and a new day, comes with a
    new second.
    """

    def __init__(self, application: Application) -> None:
        self._application = application
        self._second = 0
        self._kept: dict[tuple[int, str, str, str], Kept] = {}
        self._waiting = 0
        self._one_at_a_time = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        match = PATH.fullmatch(scope["path"])
        request = _strangers(scope) if match else None
        page = await self._page(int(match[1]), request) if match and request else None
        if request is None or page is None:
            await self._application(scope, receive, send)
            return
        answered_as(scope, ROUTE)
        status, headers, body = _answer(request, page)
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _page(self, show_id: int, request: ASGIRequest) -> Page | None:
        """Return the page as it is now; None leaves it to the view."""
        found = await current_room(show_id, request)
        if found is None:
            return None
        timeline = found[0].map.timeline
        # Both of this moment: while the page is rendered, the map may go on, and to other terms.
        states, terms = timeline.current, timeline.current_show["terms"]
        kept = self._of_this_second(show_id, terms, request)
        if kept is None:
            return None
        try:
            return await kept.page(states)
        except Exception as error:
            logger.info("the page of show %d is left to the view: %r", show_id, error)
            return None

    def _of_this_second(self, show_id: int, terms: str, request: ASGIRequest) -> Kept | None:
        second = int(time.time())
        if second != self._second:
            self._second, self._kept = second, {}
        key = (show_id, terms, str(request.scheme), request.get_host())
        if key not in self._kept and self._waiting < MOST_WAITING:
            rendering = self._render(_nameless(request), show_id)
            task = asyncio.get_running_loop().create_task(rendering, context=nobodys())
            task.add_done_callback(self._rendered)
            self._kept[key] = Kept(task)
            self._waiting += 1
        return self._kept.get(key)

    async def _render(self, request: ASGIRequest, show_id: int) -> Shell:
        async with self._one_at_a_time:
            return await in_thread(show_shell)(request, show_id)

    def _rendered(self, _: object) -> None:
        self._waiting -= 1


def _strangers(scope: Scope) -> ASGIRequest | None:
    """Return the request if it is a stranger's, for the page itself."""
    request = None if scope["query_string"] else ordinary(scope)
    return request if request is not None and is_stranger(request) else None


def _nameless(request: ASGIRequest) -> ASGIRequest:
    """Return a request for the same page by nobody."""
    headers = [(name, value) for name, value in request.scope["headers"] if name in OF_THE_SITE]
    nameless = ASGIRequest({**request.scope, "headers": headers, "client": None}, BytesIO())
    nameless.user = AnonymousUser()
    return nameless


def _answer(request: ASGIRequest, page: Page) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    etag = etag_of(page.name)
    headers = [*page_headers(request), (b"etag", b"W/" + etag.encode())]
    if has_current(request, etag):
        return 304, headers, b""
    body = page.plain
    if GZIP.search(request.META.get("HTTP_ACCEPT_ENCODING", "")):
        headers.append((b"content-encoding", b"gzip"))
        body = page.gzipped
    return 200, [*headers, (b"content-length", str(len(body)).encode())], body
