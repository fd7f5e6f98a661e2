"""The live seat map as the Channels tutorial teaches it: one consumer per socket, in a group."""

import json
from typing import Any

from channels.generic.websocket import AsyncWebsocketConsumer


def group_of(show_id: int) -> str:
    """Return the name of the group that hears of a show's seats."""
    return f"show_{show_id}"


class SeatMapConsumer(AsyncWebsocketConsumer):
    """Joins the group of a show, and passes on what it hears."""

    async def connect(self) -> None:
        """Join the group."""
        self.group = group_of(self.scope["url_route"]["kwargs"]["show_id"])
        await self.channel_layer.group_add(self.group, self.channel_name)
        await self.accept()

    async def disconnect(self, code: int) -> None:
        """Leave the group."""
        await self.channel_layer.group_discard(self.group, self.channel_name)

    async def seats_changed(self, event: dict[str, Any]) -> None:
        """Tell the browser."""
        await self.send(text_data=json.dumps({"type": "changes", "changes": event["changes"]}))
