"""The ASGI application: HTTP on a fixed number of threads, sockets on the event loop."""

import asyncio
import os
from typing import Any

from channels.routing import ProtocolTypeRouter
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cinema.settings")
http_application = get_wsgi_application()

from django.conf import settings  # noqa: E402  (Django must be set up first)

from booking import events  # noqa: E402
from cinema.http import ThreadedHTTP  # noqa: E402
from realtime.reads import SeatMapReads  # noqa: E402
from realtime.routing import socket_application  # noqa: E402

_protocols = ProtocolTypeRouter(
    {
        "http": SeatMapReads(ThreadedHTTP(http_application, threads=settings.HTTP_THREADS)),
        "websocket": socket_application,
    }
)


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Serve one connection, and tell `booking.events` which loop this process serves on."""
    events.use_loop(asyncio.get_running_loop())
    await _protocols(scope, receive, send)
