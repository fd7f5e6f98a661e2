"""Sees every HTTP request that is answered, on a thread or by the event loop itself.

A WebSocket's handshake is one as well: a GET that is answered with 101, or refused with 403. What
Daphne turns away before it is a request, such as one that is malformed or too large, isn't seen.
"""

import logging
import time
from collections.abc import Callable, Sequence
from typing import Any

from django.conf import settings

from foundation.request_context import NOTHING, Asked, asked, new_request_id, well_formed
from foundation.server.asgi_types import Application, Message, Receive, Scope, Send

# In a scope: the Exchange. No client can put it there.
EXCHANGE = "front_row.exchange"
# In an environ: the route by which Django found the view.
ROUTE = "front_row.route"
UNKNOWN = "unknown"
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
OTHER = "other"
# What programs ask for all the time, and what a page brings along, would drown the rest of a log.
QUIET_ROUTES = {"health/", "health/live", "health/ready", "metrics", "static/"}

logger = logging.getLogger(__name__)


class Exchange:
    """A request and, once there is one, the beginning of its answer.

    `route` is the template of the URL, never the path: UNKNOWN where nothing was found, or nobody
    looked. `seconds` is the time until the answer began, which is all of it but for streams;
    `waited` is how much of that the request waited for a thread.
    """

    __slots__ = ("came", "method", "request_id", "route", "seconds", "status", "waited")

    def __init__(self, scope: Scope) -> None:
        self.came = time.monotonic()
        self.request_id = _id_told_in(scope) or new_request_id()
        method = scope.get("method", "GET")  # a handshake's is not told
        self.method: str = method if method in METHODS else OTHER
        self.route = UNKNOWN
        self.waited = 0.0
        self.status = 0
        self.seconds = 0.0


Observer = Callable[[Exchange], None]


class Observed:
    """An ASGI application around another, which tells `observers` of each answer as it begins.

    It also gives each request its id: nginx's where there is one in front, or else a new one.
    """

    def __init__(self, application: Application, *, observers: Sequence[Observer]) -> None:
        self._application = application
        self._observers = observers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange = scope[EXCHANGE] = Exchange(scope)
        observed = ObservedSend(send, exchange, self._observers)
        before = asked.set(Asked(exchange.request_id, scope["path"]))
        try:
            await self._application(scope, receive, observed)
        except Exception as error:
            observed.begin(500)  # Daphne's own answer; it logs the error, but knows no request
            error.add_note(f"while request {exchange.request_id} was answered")
            raise
        finally:
            asked.reset(before)


class ObservedSend:
    """The `send` of one request; its `args` are the server's, by which a wire finds its socket."""

    __slots__ = ("_exchange", "_observers", "_send", "args")

    def __init__(self, send: Send, exchange: Exchange, observers: Sequence[Observer]) -> None:
        self.args: Any = getattr(send, "args", ())
        self._send = send
        self._exchange = exchange
        self._observers = observers

    async def __call__(self, message: Message) -> None:
        if not self._exchange.status:
            match message["type"]:
                case "http.response.start":
                    named = (b"x-request-id", self._exchange.request_id.encode())
                    message = {**message, "headers": [*message["headers"], named]}
                    self.begin(message["status"])
                case "websocket.accept":
                    self.begin(101)
                case "websocket.close":
                    self.begin(403)
        # The server may arrange for what it does later, and not for this request.
        before = asked.set(NOTHING)
        try:
            await self._send(message)
        finally:
            asked.reset(before)

    def begin(self, status: int) -> None:
        """Tell the observers of the answer, unless it has begun before."""
        exchange = self._exchange
        if exchange.status:
            return
        exchange.status = status
        exchange.seconds = time.monotonic() - exchange.came
        for observer in self._observers:
            observer(exchange)


def answered_as(scope: Scope, route: str) -> None:
    """Say which route it is that the event loop answers without Django."""
    if exchange := scope.get(EXCHANGE):
        exchange.route = route


def log_answer(exchange: Exchange) -> None:
    """Write the one line of each request."""
    level = logging.DEBUG if exchange.route in QUIET_ROUTES else logging.INFO
    if not logger.isEnabledFor(level):
        return
    took, waited = round(exchange.seconds * 1000, 1), round(exchange.waited * 1000, 1)
    logger.log(
        level,
        "%s %s %d in %s ms (%s ms waiting)",
        exchange.method,
        exchange.route,
        exchange.status,
        took,
        waited,
        extra={
            "method": exchange.method,
            "route": exchange.route,
            "status": exchange.status,
            "duration_ms": took,
            "wait_ms": waited,
        },
    )


def _id_told_in(scope: Scope) -> str | None:
    """Return the id that a proxy made, if there is one to trust."""
    if not settings.TRUSTED_PROXIES:
        return None
    told = [value for name, value in scope["headers"] if name == b"x-request-id"]
    return told[0].decode() if len(told) == 1 and well_formed(told[0]) else None
