"""The textbook with sockets, as the Channels tutorial has them, but without sessions."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.peers.textbook.settings")

from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application

http = get_asgi_application()

from django.urls import path  # noqa: E402  (Django must be set up first)

from benchmarks.peers.textbook.consumers import SeatMapConsumer  # noqa: E402

application = ProtocolTypeRouter(
    {
        "http": http,
        "websocket": URLRouter([path("ws/shows/<int:show_id>/", SeatMapConsumer.as_asgi())]),
    }
)
