"""Serves a WSGI application on a fixed number of threads; docs/adr/0008 says why."""

import asyncio
import io
import re
import sys
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from contextvars import copy_context
from functools import lru_cache, partial
from math import inf
from typing import Any, Protocol

from foundation.server.asgi_types import Message, Receive, Scope, Send
from foundation.server.observed import EXCHANGE, ROUTE, Exchange
from foundation.server.threads import AllWaiting, FairThreads, TooManyWaiting

Environ = dict[str, Any]
# The message that starts an answer, and its body.
Answer = tuple[Message, bytes]

# In an environ: how many seconds the request waited for a thread.
WAITED = "front_row.waited"
# In a scope: whoever asks waits for as long as it takes, so that counts for nothing. No client can
# put it there.
PATIENT = "front_row.patient"

BOUNDARY = re.compile(
    r";\s*(boundary=(\"?)[\w'()+,./:=? -]{1,70}\2)\s*(?:;|\Z)", re.ASCII | re.IGNORECASE
)


class WSGIApplication(Protocol):
    """What a WSGI server calls."""

    def __call__(self, environ: Environ, start_response: Callable[..., Any], /) -> Iterable[bytes]:
        """Return the parts of the answer's body, after telling its status and headers."""


class ThreadedHTTP:
    """An ASGI application that runs a WSGI application on `threads`.

    Answers are sent whole, so nothing may stream without end; Daphne hands over whole requests.
    `address_in` names the client, and `refused` answers a client with too many requests waiting.
    Requests that are slow by `is_slow` run on `slow_threads`, and keep nobody else waiting. Those
    that `can_wait` come after the others.
    """

    def __init__(
        self,
        application: WSGIApplication,
        *,
        threads: FairThreads,
        address_in: Callable[[Environ], str],
        refused: Callable[[Environ], Answer],
        slow_threads: FairThreads | None = None,
        is_slow: Callable[[Environ], bool] = lambda _: False,
        can_wait: Callable[[Environ], bool] = lambda _: False,
    ) -> None:
        self._application = application
        self._threads = threads
        self._address_in = address_in
        self._refused = refused
        self._slow_threads = slow_threads or threads
        self._is_slow = is_slow
        self._can_wait = can_wait

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await _body(receive)
        if body is None:
            return
        environ = _environ(scope, body)
        try:
            waiting = self._submit(environ, inf if PATIENT in scope else time.monotonic())
        except TooManyWaiting:
            start, content = self._refused(environ)
        else:
            start, content = await asyncio.wrap_future(waiting)
        if exchange := scope.get(EXCHANGE):
            _note(exchange, environ)
        await send(start)
        await send({"type": "http.response.body", "body": content})

    def _submit(self, environ: Environ, came: float) -> Future[Answer]:
        """Hand the request, which came at that time, to a thread. Raises TooManyWaiting."""
        client = self._address_in(environ)
        threads = self._slow_threads if self._is_slow(environ) else self._threads
        run = copy_context().run
        try:
            call = partial(run, self._answer, environ, came)
            return threads.submit(client, call, can_wait=self._can_wait(environ))
        except AllWaiting:
            # As if it had waited for ever: that is answered already.
            return self._threads.submit(client, partial(run, self._answer, environ, -inf))

    def _answer(self, environ: Environ, came: float) -> Answer:
        environ[WAITED] = time.monotonic() - came
        start: Message = {"type": "http.response.start"}

        def start_response(
            status: str, headers: list[tuple[str, str]], exc_info: object = None
        ) -> None:
            start["status"] = int(status[:3])
            start["headers"] = [
                (name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers
            ]

        parts = self._application(environ, start_response)
        try:
            return start, b"".join(parts)
        finally:
            getattr(parts, "close", lambda: None)()


def _note(exchange: Exchange, environ: Environ) -> None:
    """Note what the request's thread has found out."""
    exchange.route = environ.get(ROUTE, exchange.route)
    waited = environ.get(WAITED, 0.0)
    exchange.waited = waited if waited < inf else 0.0  # turned away at once


async def _body(receive: Receive) -> bytes | None:
    """Return the body of a request, or None if its client has gone."""
    parts = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


def _environ(scope: Scope, body: bytes) -> Environ:
    """Return the request as a PEP 3333 environ."""
    host, port = scope.get("server") or ("localhost", 80)
    address, _ = scope.get("client") or ("", 0)
    environ: Environ = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": scope["path"].encode().decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "SERVER_NAME": host,
        "SERVER_PORT": str(port),
        "REMOTE_ADDR": address,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in scope["headers"]:
        if (variable := _variable(name)) is not None:
            text = value.decode("latin-1")
            known = environ.get(variable)
            between = "; " if variable == "HTTP_COOKIE" else ","
            environ[variable] = text if known is None else f"{known}{between}{text}"
    if "\\" in environ.get("HTTP_COOKIE", ""):
        # None of our cookies has one. Python before 3.11.10 takes 0.6 s of CPU to unquote 8 KiB.
        environ["HTTP_COOKIE"] = environ["HTTP_COOKIE"].replace("\\", "")
    if "CONTENT_TYPE" in environ:
        environ["CONTENT_TYPE"] = _content_type(environ["CONTENT_TYPE"])
    return environ


@lru_cache(maxsize=64)
def _content_type(told: str) -> str:
    """Return a Content-Type with no parameter but a form's boundary.

    Django reads parameters before anything can refuse a request, fails on some, and decodes
    addresses by the body's charset. Here text is UTF-8.
    """
    kind = told.partition(";")[0]
    boundary = BOUNDARY.search(told)
    return f"{kind}; {boundary[1]}" if boundary else kind


@lru_cache(maxsize=256)
def _variable(name: bytes) -> str | None:
    """Return a header's variable; None for an underscore, which could pass for a hyphen."""
    if b"_" in name:
        return None
    variable = name.decode("latin-1").upper().replace("-", "_")
    return variable if variable in ("CONTENT_LENGTH", "CONTENT_TYPE") else f"HTTP_{variable}"
