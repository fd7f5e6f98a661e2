"""Pages for strangers: bytes from memory, with the seat map of a room.

The map is never an earlier one, but for a blink while many want seats.

Who has a cookie of ours, and everything else out of the ordinary, gets Django's own page.
"""

import asyncio
import logging
import re
import time
from collections.abc import Callable
from functools import partial
from io import BytesIO

from django.contrib.auth.models import AnonymousUser
from django.core.handlers.asgi import ASGIRequest
from django.utils import timezone

from booking.chain import Checkpoint
from booking.pages.shell import (
    Page,
    Shell,
    landing_shell,
    movie_shell,
    movies_shell,
    show_shell,
)
from booking.selectors.seat_map import SeatStates
from foundation.request_context import nobodys
from foundation.server.asgi_types import Application, Receive, Scope, Send
from foundation.server.observed import answered_as
from foundation.web.clients import is_stranger
from foundation.web.throttling import ClientThrottle, within_limits
from foundation.web.views import etag_of, has_current
from realtime.answers import ordinary, page_headers
from realtime.seat_map import recent_room
from realtime.source import in_thread

Render = Callable[[ASGIRequest], Shell]

ID = "[0-9]{1,18}"
PATH = re.compile(rf"/(?:shows/(?P<show>{ID})/|(?P<movies>movies/)|movies/(?P<movie>{ID})/)?")
ROUTES = {
    None: "",
    "show": "shows/<id:show_id>/",
    "movies": "movies/",
    "movie": "movies/<id:movie_id>/",
}
# Those of a request that its page may depend on.
OF_THE_SITE = (b"host", b"x-forwarded-proto")
# Of a header that has `gzip;q=0`, too, which nobody sends.
GZIP = re.compile(r"(?:^|[\s,])gzip(?:[\s,]|;\s*q=(?:1|0\.\d*[1-9])|$)")
# Pages that wait to be rendered; the view, which has more threads, renders those beyond.
MOST_WAITING = 4

logger = logging.getLogger(__name__)


class Kept:
    """A page with gaps, and the last page that it was filled to."""

    def __init__(self, rendering: asyncio.Task[Shell]) -> None:
        self._rendering = rendering
        self._filled: tuple[Checkpoint | None, Page] | None = None

    async def shell(self) -> Shell:
        """Return the page with its gaps. Raises what its rendering raised."""
        return await asyncio.shield(self._rendering)

    async def page(self, states: SeatStates | None = None) -> Page:
        """Return the page, with this seat map if it has one. Raises what its rendering raised."""
        shell, at = await self.shell(), states.checkpoint if states else None
        if self._filled is None or self._filled[0] != at:
            self._filled = at, shell.filled(states, timezone.now())
        return self._filled[1]


class KeptPages:
    """An ASGI application that answers what it can, and passes on the rest to another.

    Pages are kept for the second in which they were begun: a start, and a new day, comes with a
    new second.
    """

    def __init__(self, application: Application) -> None:
        self._application = application
        self._second = 0
        self._kept: dict[tuple[str, str, str, str], Kept] = {}
        self._waiting = 0
        self._one_at_a_time = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        match = PATH.fullmatch(scope["path"])
        request = _strangers(scope) if match else None
        page = await self._page(match, request) if match and request else None
        if match is None or request is None or page is None:
            await self._application(scope, receive, send)
            return
        answered_as(scope, ROUTES[match.lastgroup])
        status, headers, body = _answer(request, page)
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _page(self, match: re.Match[str], request: ASGIRequest) -> Page | None:
        """Return the page as it is now; None leaves it to the view."""
        try:
            if show_id := match["show"]:
                return await self._show(int(show_id), request)
            if movie_id := match["movie"]:
                return await self._listing(partial(movie_shell, movie_id=int(movie_id)), request)
            if match["movies"]:
                return await self._listing(movies_shell, request)
            return await self._landing(request)
        except Exception as error:
            logger.info("%s is left to the view: %r", request.path, error)
            return None

    async def _show(self, show_id: int, request: ASGIRequest) -> Page | None:
        room = await recent_room(show_id, request)
        if room is None:
            return None
        timeline = room.map.timeline
        # Both of this moment: while the page is rendered, the map may go on, and to other terms.
        states, terms = timeline.current, timeline.current_show["terms"]
        kept = self._of_this_second(partial(show_shell, show_id=show_id), request, terms)
        return await kept.page(states) if kept else None

    async def _listing(self, render: Render, request: ASGIRequest) -> Page | None:
        kept = self._of_this_second(render, request) if await _may_ask(request) else None
        return await kept.page() if kept else None

    async def _landing(self, request: ASGIRequest) -> Page | None:
        """Return the landing page, which itself says whether it has a map, and of which show."""
        kept = self._of_this_second(landing_shell, request)
        shell = await kept.shell() if kept else None
        if kept is None or shell is None:
            return None
        if shell.show_id is None:
            return await kept.page() if await _may_ask(request) else None
        room = await recent_room(shell.show_id, request)
        if room is None:
            return None
        timeline = room.map.timeline
        has_other_terms = timeline.current_show["terms"] != shell.terms
        return None if has_other_terms else await kept.page(timeline.current)

    def _of_this_second(self, render: Render, request: ASGIRequest, terms: str = "") -> Kept | None:
        second = int(time.time())
        if second != self._second:
            self._second, self._kept = second, {}
        key = (request.path, terms, str(request.scheme), request.get_host())
        if key not in self._kept and self._waiting < MOST_WAITING:
            rendering = self._render(render, _nameless(request))
            task = asyncio.get_running_loop().create_task(rendering, context=nobodys())
            task.add_done_callback(self._rendered)
            self._kept[key] = Kept(task)
            self._waiting += 1
        return self._kept.get(key)

    async def _render(self, render: Render, request: ASGIRequest) -> Shell:
        async with self._one_at_a_time:
            return await in_thread(render)(request)

    def _rendered(self, _: object) -> None:
        self._waiting -= 1


async def _may_ask(request: ASGIRequest) -> bool:
    """Count a request, and tell whether its client may ask for more."""
    return all(await in_thread(within_limits)([ClientThrottle().counter_key(request)]))


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
