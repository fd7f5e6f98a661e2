"""Live updates as the Channels tutorial teaches them: one consumer per socket, in one group.

`PEER_LAYER` names the layer's class, `PEER_REDIS` the server. Sessions are left out, in its favour.
"""

import json
import os
from typing import Any

import django
from channels.generic.websocket import AsyncWebsocketConsumer
from channels.routing import ProtocolTypeRouter, URLRouter
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.urls import path

GROUP = "show"

settings.configure(
    SECRET_KEY="only-for-a-benchmark",
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    CHANNEL_LAYERS={
        "default": {
            "BACKEND": os.environ["PEER_LAYER"],
            # Without the option redis-py's newest versions cut idle sockets.
            "CONFIG": {"hosts": [{"address": os.environ["PEER_REDIS"], "socket_timeout": None}]},
        }
    },
)
django.setup()
urlpatterns: list[Any] = []


class SeatMapConsumer(AsyncWebsocketConsumer):
    """Joins the group, and passes on what it hears."""

    async def connect(self) -> None:
        """Join the group."""
        await self.channel_layer.group_add(GROUP, self.channel_name)
        await self.accept()

    async def disconnect(self, code: int) -> None:
        """Leave the group."""
        await self.channel_layer.group_discard(GROUP, self.channel_name)

    async def seats_changed(self, event: dict[str, Any]) -> None:
        """Tell the browser."""
        await self.send(text_data=json.dumps(event["frame"]))


application = ProtocolTypeRouter(
    {
        "http": get_asgi_application(),
        "websocket": URLRouter([path("", SeatMapConsumer.as_asgi())]),
    }
)
