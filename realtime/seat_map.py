"""GET /api/shows/ID/seats/ from a room's memory, never older than the request.

Everything out of the ordinary goes on to Django's view, and what is answered here equals its
answer, header for header.
"""

import asyncio
import logging
import re
from dataclasses import replace
from weakref import WeakKeyDictionary

import orjson
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest

from booking.bodies import seat_map_body
from booking.selectors.seat_map import Head
from foundation.server.asgi_types import Application, Receive, Scope, Send
from foundation.server.observed import answered_as
from foundation.server.threads import somebody_waits
from foundation.web.throttling import ClientThrottle
from foundation.web.views import etag_of, has_current
from realtime.answers import Headers, ordinary
from realtime.answers import headers_of as headers_of_answer
from realtime.room import Room
from realtime.rooms import rooms

PATH = re.compile(r"/api/shows/([0-9]{1,18})/seats/")
ROUTE = "api/shows/<id:show_id>/seats/"
# A page may be so old: its script goes on from there.
BLINK_SECONDS = 0.1
ACCEPTED = ("", "*/*", "application/json", "application/json, text/plain, */*")

logger = logging.getLogger(__name__)


async def recent_room(show_id: int, request: ASGIRequest) -> Room | None:
    """Count a request, and return the show's room once that has what the database has.

    While requests wait for a thread, a question to the database takes longer than a BLINK: then it
    is enough that the room was so far a BLINK ago, and has what was told since. None leaves the
    answer to Django's view.
    """
    here = rooms()
    room = here.opened(show_id)
    if room is not None and somebody_waits() and room.was_verified_within(BLINK_SECONDS):
        return room if here.heads.count(ClientThrottle().counter_key(request)) else None
    found = await current_room(show_id, request)
    return found and found[0]


async def current_room(show_id: int, request: ASGIRequest) -> tuple[Room, Head] | None:
    """Count a request, and return the show's room once that has what the database has.

    None leaves the answer to Django's view.
    """
    here = rooms()
    try:
        asked_at = asyncio.get_running_loop().time()
        known_before = here.known(show_id)
        head = await here.heads.load(show_id, ClientThrottle().counter_key(request))
        if head is None:
            return None
        room = here.visit(show_id)
        if not await room.map.reaches(head.checkpoint, known_before):
            return None
        room.verified(at=asked_at)
    except Exception as error:
        # If it lasts, the view meets it too, and has the answer to it.
        logger.info("show %d is left to the view: %r", show_id, error)
        return None
    return room, head


class SeatMapEndpoint:
    """An ASGI application that answers what a room can, and passes on the rest to another."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._bodies: WeakKeyDictionary[Room, tuple[Head, bytes]] = WeakKeyDictionary()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        match = PATH.fullmatch(scope["path"])
        request = _ordinary(scope) if match else None
        found = await current_room(int(match[1]), request) if match and request else None
        if request is None or found is None:
            await self._application(scope, receive, send)
            return
        answered_as(scope, ROUTE)
        name, body = self._body(*found)
        etag = etag_of(name)
        status, body = (304, b"") if has_current(request, etag) else (200, body)
        headers = headers_of(request, status)
        headers += [(b"etag", etag.encode()), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _body(self, room: Room, head: Head) -> tuple[str, bytes]:
        timeline = room.map.timeline
        seats = timeline.current
        head = replace(head, checkpoint=seats.checkpoint)
        kept = self._bodies.get(room)
        if kept is None or kept[0] != head:
            body = seat_map_body(
                room.show_id,
                seats,
                auditorium_id=head.auditorium_id,
                layout_hash=head.layout_hash,
                terms=timeline.current_show["terms"],
            )
            kept = self._bodies[room] = (head, orjson.dumps(body))
        return head.checkpoint.name, kept[1]


def headers_of(request: HttpRequest, status: int) -> Headers:
    """Return the headers of an answer, but for those that name it and tell its length."""
    content_type = "application/json" if status == 200 else None
    return headers_of_answer(request, caching="no-cache", content_type=content_type)


def _ordinary(scope: Scope) -> ASGIRequest | None:
    request = None if scope["query_string"] else ordinary(scope)
    accepted = request is not None and request.META.get("HTTP_ACCEPT", "") in ACCEPTED
    return request if accepted else None
