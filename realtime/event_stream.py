"""What sockets are sent, as Server-Sent Events, from the same rooms and the same feed.

/api/shows/ID/events/ tells of one show, /api/shows/events/ of all. Whatever else is asked for
there, and what the database has to refuse, goes on to Django's views.
"""

import asyncio
import logging
import random
import re
from contextlib import suppress
from dataclasses import replace

from django.core.handlers.asgi import ASGIRequest
from rest_framework.exceptions import Throttled

from foundation.server import shutdown
from foundation.server.asgi_types import Application, Receive, Scope, Send
from foundation.server.observed import answered_as
from foundation.web.event_stream import CACHING, MEDIA_TYPE, beginning
from foundation.web.handlers import at_once
from foundation.web.problems import UNAVAILABLE, Problem, problem_of
from foundation.web.throttling import ClientThrottle, within_limits
from realtime.admission import admission, client_in
from realtime.answers import headers_of, ordinary
from realtime.house_feed import HouseFeed, the_house
from realtime.metrics import HOUSE_STREAMS, SHOW_STREAMS
from realtime.protocol import CloseCode
from realtime.room import Room
from realtime.rooms import rooms
from realtime.sockets import Stream, wish_in
from realtime.source import in_thread

PATH = re.compile(r"/api/shows/(?:([0-9]{1,18})/)?events/")
ROUTE, HOUSE_ROUTE = "api/shows/<id:show_id>/events/", "api/shows/events/"
# Those who are refused come back at different times, too. None is let in at another's cost.
RETRY_AFTER_SECONDS = (5, 20)
GOODBYE_SECONDS = 1.0
TOO_MANY_LIVE = problem_of(Throttled(detail="Too many live connections come from your address."))
ENDING = replace(UNAVAILABLE, detail="This server is about to end.")

logger = logging.getLogger(__name__)


class EventStreamEndpoint:
    """An ASGI application that streams from rooms, and passes on the rest to another."""

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        match = PATH.fullmatch(scope["path"])
        request = ordinary(scope) if match else None
        if not match or request is None or not request.accepts(MEDIA_TYPE):
            await self._application(scope, receive, send)
            return
        client, show_id = client_in(scope), int(match[1]) if match[1] else None
        answered_as(scope, HOUSE_ROUTE if show_id is None else ROUTE)
        if not admission.enter(client):
            await _refuse(request, send, TOO_MANY_LIVE)
            return
        try:
            if not await _may_have(show_id, request):
                await self._application(scope, receive, send)
            elif shutdown.is_under_way():
                await _refuse(request, send, ENDING)
            else:
                stream = await _begun(request, scope, send)
                await _keep(show_id, stream, receive)
        finally:
            admission.leave(client)


async def _refuse(request: ASGIRequest, send: Send, problem: Problem) -> None:
    """Answer a problem, and ask to come again: each client after another time."""
    wait = random.randint(*RETRY_AFTER_SECONDS)  # noqa: S311 (no secret)
    problem = replace(problem, headers={"Retry-After": str(wait)})
    start, body = at_once(request.path, problem, origin=request.META.get("HTTP_ORIGIN"))
    await send(start)
    await send({"type": "http.response.body", "body": body})


async def _may_have(show_id: int | None, request: ASGIRequest) -> bool:
    """Count the request, and tell whether there is such a show and nothing against it.

    If the database can't tell, the view meets the same trouble, and has the answer to it.
    """
    key = ClientThrottle().counter_key(request)
    try:
        if show_id is None:
            return all(await in_thread(within_limits)([key]))
        return await rooms().heads.load(show_id, key) is not None
    except Exception as error:
        logger.info("the stream %s is left to the view: %r", request.path, error)
        return False


async def _begun(request: ASGIRequest, scope: Scope, send: Send) -> Stream:
    """Begin the answer, and return the stream that it is from now on."""
    headers = headers_of(request, caching=CACHING, content_type=MEDIA_TYPE)
    headers.append((b"connection", b"close"))  # it ends with the stream
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": beginning(), "more_body": True})
    return Stream(send, wish_in(scope, client_in(scope)))


async def _keep(show_id: int | None, stream: Stream, receive: Receive) -> None:
    """Let the stream hear all that happens to the show, or to all shows, until one side ends it."""
    joined: Room | HouseFeed
    joined = the_house().enter(stream) if show_id is None else rooms().join(show_id, stream)
    open_now = HOUSE_STREAMS if show_id is None else SHOW_STREAMS
    open_now.inc()
    if task := asyncio.current_task():
        shutdown.close_before_end(task)
    try:
        while (await receive())["type"] != "http.disconnect":
            pass
    except asyncio.CancelledError:
        joined.leave(stream)
        await stream.close(CloseCode.GOING_AWAY)
        with suppress(TimeoutError):
            async with asyncio.timeout(GOODBYE_SECONDS):
                await stream.has_ended()
        raise
    finally:
        open_now.dec()
        joined.leave(stream)
