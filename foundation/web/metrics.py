"""Tells Prometheus what this process counts, and counts every answer.

`MetricsEndpoint` stands before whatever waits for a thread or the database: a process is asked most
urgently when those are what is wrong with it.
"""

import asyncio
import hmac
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from django.conf import settings
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, Counter, Histogram, generate_latest

from foundation.metrics import REQUEST_SECONDS, REQUESTS, registry
from foundation.server.asgi_types import Application, Receive, Scope, Send
from foundation.server.observed import Exchange, answered_as

PATH, ROUTE = "/metrics", "metrics"

# To write the figures takes some milliseconds, in which the event loop has other things to do.
_thread = ThreadPoolExecutor(1, thread_name_prefix="metrics")


class MetricsEndpoint:
    """An ASGI application in front of another: to whoever lacks the token, /metrics does not exist.

    The token is METRICS_TOKEN; without that, nobody has it.
    """

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] != PATH or scope["method"] != "GET" or not _has_token(scope):
            await self._application(scope, receive, send)
            return
        answered_as(scope, ROUTE)
        loop = asyncio.get_running_loop()
        content = await loop.run_in_executor(_thread, generate_latest, registry)
        headers = [
            (b"content-type", CONTENT_TYPE_PLAIN_0_0_4.encode()),
            (b"content-length", str(len(content)).encode()),
            (b"cache-control", b"no-store"),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": content})


def _has_token(scope: Scope) -> bool:
    expected = f"Bearer {settings.METRICS_TOKEN}".encode()
    told = [value for name, value in scope["headers"] if name == b"authorization"]
    is_right = len(told) == 1 and hmac.compare_digest(told[0], expected)
    return is_right and bool(settings.METRICS_TOKEN)


def count_answer(exchange: Exchange) -> None:
    """Count an answer as it begins."""
    _requests(exchange.route, exchange.method, exchange.status).inc()
    _seconds(exchange.route).observe(exchange.seconds)


@cache
def _requests(route: str, method: str, status: int) -> Counter:
    return REQUESTS.labels(route, method, status)


@cache
def _seconds(route: str) -> Histogram:
    return REQUEST_SECONDS.labels(route)
