"""HTTP through Django's WSGI handler, on a fixed number of threads: one trip to a thread a request.

docs/adr/0008 says why this stands here.
"""

import asyncio
import io
import sys
import time
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import lru_cache
from typing import Any, Protocol

from twisted.web import http as twisted_http

Scope = dict[str, Any]
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Environ = dict[str, Any]

# In an environ: for how many seconds the request waited for a thread.
WAITED = "front_row.waited"

if hasattr(twisted_http, "_parseContentType"):
    # For every body Twisted makes an e-mail out of its Content-Type, and new classes for that: some
    # 90 microseconds.
    twisted_http._parseContentType = lru_cache(maxsize=64)(twisted_http._parseContentType)


class WSGIApplication(Protocol):
    """What a WSGI server calls; Django's handler is one."""

    def __call__(self, environ: Environ, start_response: Callable[..., Any], /) -> Iterable[bytes]:
        """Return the parts of the answer's body, after telling its status and headers."""


class ThreadedHTTP:
    """An ASGI application that lets a WSGI application answer, on `threads` threads.

    Answers are gathered before they are sent, so nothing may stream without end; Daphne gathers
    requests before they come here.
    """

    def __init__(self, application: WSGIApplication, *, threads: int) -> None:
        self._application = application
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="http")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        body = await _body(receive)
        if body is None:
            return
        environ = _environ(scope, body)
        came = time.monotonic()
        start, content = await asyncio.get_running_loop().run_in_executor(
            self._threads, copy_context().run, self._answer, environ, came
        )
        await send(start)
        await send({"type": "http.response.body", "body": content})

    def _answer(self, environ: Environ, came: float) -> tuple[Message, bytes]:
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


async def _body(receive: Receive) -> bytes | None:
    """Return the body of a request, or None when its client has gone."""
    parts = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


def _environ(scope: Scope, body: bytes) -> Environ:
    """Return a request as PEP 3333 has it."""
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
    return environ


@lru_cache(maxsize=256)
def _variable(name: bytes) -> str | None:
    """Return the variable of a header; one with an underscore could pass for another."""
    if b"_" in name:
        return None
    variable = name.decode("latin-1").upper().replace("-", "_")
    return variable if variable in ("CONTENT_LENGTH", "CONTENT_TYPE") else f"HTTP_{variable}"
