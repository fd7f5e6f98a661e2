"""GET /api/shows/ID/seats/ from a room's memory, never older than the request.

Django's view stays the truth: whatever is out of the ordinary goes there, and it shows once what
the headers of such an answer are. A request costs a share of a trip to the database here.
"""

import logging
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any
from weakref import WeakKeyDictionary

import orjson
from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.core.handlers.asgi import ASGIRequest

from booking.api.serializers import seat_map_body
from booking.api.views.base import etag_of, has_current
from booking.selectors.seat_map import Head
from booking.throttling import ClientThrottle
from realtime.room import Room
from realtime.rooms import Rooms, rooms
from realtime.trips import SharedTrips

Scope = dict[str, Any]
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

logger = logging.getLogger(__name__)

PATH = re.compile(r"/api/shows/([0-9]{1,18})/seats/")
ACCEPTED = ("", "*/*", "application/json", "application/json, text/plain, */*")
# Those that say something of one answer alone.
OWN_HEADERS = frozenset({b"etag", b"content-length"})


@dataclass(frozen=True)
class Kind:
    """What the headers of an answer depend on besides itself."""

    status: int
    secure: bool


class SeatMapReads:
    """An ASGI application in front of another: it answers what a room can, and passes on the rest.

    What it answers equals the other's answer, header for header: of each kind of answer it sends
    the first request on, and keeps the headers that came back.
    """

    def __init__(self, application: Application) -> None:
        self._application = application
        self._headers: dict[Kind, Headers] = {}
        self._trips: WeakKeyDictionary[Rooms, SharedTrips] = WeakKeyDictionary()
        self._bodies: WeakKeyDictionary[Room, tuple[Head, bytes]] = WeakKeyDictionary()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        match = PATH.fullmatch(scope["path"])
        request = _ordinary(scope) if match else None
        if match is None or request is None:
            await self._application(scope, receive, send)
            return
        body = await self._body(int(match[1]), request)
        if body is None:
            await self._application(scope, receive, send)
            return
        head, content = body
        etag = etag_of(head.version)
        status = 304 if has_current(request, etag) else 200
        kind = Kind(status, request.is_secure())
        if kind not in self._headers:
            await self._application(scope, receive, self._learning(kind, send))
            return
        if status == 304:
            content = b""
        own = [(b"etag", etag.encode()), (b"content-length", str(len(content)).encode())]
        headers = self._headers[kind] + own
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    async def _body(self, show_id: int, request: ASGIRequest) -> tuple[Head, bytes] | None:
        """Return the seat map as it is, or None when only the view can say what to answer."""
        here = rooms()
        trips = self._trips.get(here)
        if trips is None:
            trips = self._trips[here] = SharedTrips()
        try:
            known_before = here.known_version(show_id)
            head = await trips.head(show_id, ClientThrottle().client_of(request))
            if head is None or head.version < known_before:  # the database was set back
                return None
            room = here.visit(show_id)
            if not await room.map.reaches(head.version):
                return None
        except Exception as error:
            # The view meets it too, if it lasts, and has the answer to it.
            logger.info("show %d is left to the view: %r", show_id, error)
            return None
        return self._written(room, head)

    def _written(self, room: Room, head: Head) -> tuple[Head, bytes]:
        seats = room.map.current
        head = replace(head, version=seats.version)
        written = self._bodies.get(room)
        if written is None or written[0] != head:
            body = seat_map_body(
                room.show_id, seats, auditorium_id=head.auditorium_id, layout_hash=head.layout_hash
            )
            written = self._bodies[room] = (head, orjson.dumps(body))
        return written

    def _learning(self, kind: Kind, send: Send) -> Send:
        """Return a `send` that keeps the headers of an answer of this kind."""

        async def sending(message: Message) -> None:
            if message.get("status") == kind.status:
                self._headers[kind] = [
                    header for header in message["headers"] if header[0].lower() not in OWN_HEADERS
                ]
            await send(message)

        return sending


def _ordinary(scope: Scope) -> ASGIRequest | None:
    """Return the request if it is one that the room may answer, as far as can be told from it."""
    if scope["method"] != "GET" or scope["query_string"]:
        return None
    request = ASGIRequest(scope, BytesIO())
    try:
        request.get_host()
    except DisallowedHost:
        return None
    redirected = settings.SECURE_SSL_REDIRECT and not request.is_secure()
    if redirected or request.META.get("HTTP_ACCEPT", "") not in ACCEPTED:
        return None
    return request
