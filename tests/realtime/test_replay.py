"""The page's store hears the frames that sockets get, and must know what a fresh page knows."""

import asyncio
import json
import os
import subprocess
import tempfile
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any
from unittest import mock

from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connections
from django.test import override_settings
from django.utils import timezone

from booking.chain import Checkpoint
from booking.models import SeatMap
from booking.selectors import seat_map
from booking.services.blocks import block_seats
from booking.services.shows import change_show
from realtime.room import Pace
from tests import factories
from tests.booking.api.case import bearer
from tests.commits import CommitTestCase
from tests.programs import required
from tests.realtime.fakes import IN_MEMORY, named
from tests.realtime.frames import checked
from tests.realtime.test_consumers import connected
from tests.rewriting import undo

REPLAY = Path(__file__).parents[1] / "js" / "replay.test.js"
# With REPLAY=tests/js/replay.json the recording stays for those who run the scripts' tests alone.
KEPT = os.environ.get("REPLAY")


class Stream:
    """All that one socket gets, until it has heard of a version."""

    def __init__(self, socket: WebsocketCommunicator) -> None:
        self._socket = socket
        self.frames: list[dict[str, Any]] = []

    async def until(self, version: int) -> None:
        """Take frames until one of them leads to this version."""
        while not any(frame.get("version") == version for frame in self.frames):
            self.frames.append(checked(await self._socket.receive_from()))

    async def until_tick(self, at: Checkpoint) -> list[dict[str, Any]]:
        """Take frames until one says that this is the newest version; return those taken."""
        frames: list[dict[str, Any]] = []
        while {"type": "tick", **named(at)} not in frames:
            frames.append(checked(await self._socket.receive_from()))
        return frames


@override_settings(CHANNEL_LAYERS=IN_MEMORY)
class ReplayTests(CommitTestCase):
    def setUp(self) -> None:
        self.show = factories.show(plan="SSSSS\nPPPPP\nWCSSS")
        self.user = factories.user()
        self.path = f"/api/shows/{self.show.pk}/"
        quick = replace(Pace(), check=0.2)
        self.enterContext(mock.patch("realtime.rooms.Pace", return_value=quick))
        executor = ThreadPoolExecutor(1)
        self.enterContext(mock.patch("realtime.source._readers", executor))
        self.addCleanup(executor.shutdown)
        self.addCleanup(lambda: executor.submit(connections.close_all).result())

    async def page(self) -> dict[str, Any]:
        """Return the data of the show's page, as its script gets it."""
        response = await self.async_client.get(f"/shows/{self.show.pk}/")
        data: dict[str, Any] = json.loads(DjangoJSONEncoder().encode(response.context["seat_map"]))
        return data

    async def ask(self, method: str, path: str, body: Any = None, user: Any = None) -> Any:
        """Ask the API, and return its answer."""
        headers = bearer(user) if user else {}
        send = getattr(self.async_client, method)
        answer = await send(path, body, content_type="application/json", headers=headers)
        self.assertLess(answer.status_code, 300, answer.content)
        return answer.json() if answer.content else None

    async def steps(self) -> AsyncIterator[None]:
        """Do one thing after the other that changes the map, each in one version."""
        buyer = await sync_to_async(factories.user)()
        booking = await self.ask("post", f"{self.path}book/", {"seat_numbers": [1, 2]}, buyer)
        yield
        hold = await self.ask("post", f"{self.path}hold/", {"seat_numbers": [6, 7]}, buyer)
        yield
        token = f"/api/holds/{hold['token']}/"
        await self.ask("put", token, {"seat_numbers": [7, 8]}, buyer)
        yield
        await sync_to_async(change_show)(
            show_id=self.show.pk, now=timezone.now(), price=Decimal("14.00")
        )
        yield
        ticket = f"/api/bookings/{booking['id']}/"
        exchange = {"give": [2], "take": [3]}
        await self.ask("post", f"{ticket}exchange/", exchange, buyer)
        yield
        await self.ask("post", f"{self.path}waitlist/", {"seat_number": 8}, self.user)
        await self.ask("delete", token, user=buyer)
        yield
        await self.ask("post", f"{self.path}hold/", {"seat_numbers": [4]})
        yield
        await self.ask("post", f"{ticket}cancel/", {}, buyer)
        yield

    async def version(self) -> int:
        """Return the version of the seat map."""
        return (await SeatMap.objects.aget(show_id=self.show.pk)).version

    @asynccontextmanager
    async def stream(self, path: str) -> AsyncIterator[Stream]:
        async with connected(path) as socket:
            yield Stream(socket)

    async def recorded(self) -> dict[str, Any]:
        """Return the page at first and at last, and what sockets got in between."""
        await sync_to_async(self.async_client.force_login)(self.user)
        first = await self.page()
        path = first["socket"]
        async with AsyncExitStack() as sockets:
            streams = [await sockets.enter_async_context(self.stream(f"{path}&since=0"))]
            await streams[0].until(0)
            async for _ in self.steps():
                await streams[0].until(await self.version())
            fresh = await self.page()
            resumed = []
            for since in self.names(first, streams[0].frames):
                back = await sockets.enter_async_context(self.stream(f"{path}&since={since}"))
                await back.until(fresh["version"])
                resumed.append({"since": since, "frames": back.frames})
            every = list(streams[0].frames)
            rewritten = [each async for each in self.rewritings(streams[0])]
        return {
            "first": first,
            "fresh": fresh,
            "every": every,
            "resumed": resumed,
            "rewritten": rewritten,
        }

    def names(self, first: dict[str, Any], frames: list[dict[str, Any]]) -> list[str]:
        """Return what clients may have: each version, in one way, some in others too."""
        heads = [first, *(frame for frame in frames if frame["type"] == "changes")]
        names = [f"{head['version']}.{head['digest']}" for head in heads]
        version = len(heads) - 1
        return [*names, "0", str(version), str(version + 1), f"{version}.{'0' * 16}"]

    async def rewritings(self, stream: Stream) -> AsyncIterator[Any]:
        """Rewrite the history under a socket in some ways; give what it got, and a fresh page."""
        last, block = await self.version(), sync_to_async(self.block)
        await block(11, 12, 13)
        await stream.until(last + 3)
        for kept, *seats in ((2,), (1, 14), (0, 15, 11, 12)):
            await sync_to_async(undo)(self.show.pk, last + kept)
            await block(*seats)
            at = await sync_to_async(seat_map.checkpoint)(self.show.pk)
            yield {"frames": await stream.until_tick(at), "fresh": await self.page()}

    def block(self, *seat_numbers: int) -> None:
        """Block seats, each in a version of its own."""
        for seat_number in seat_numbers:
            now = timezone.now()
            block_seats(
                show_id=self.show.pk,
                seat_numbers=[seat_number],
                reason="wet",
                staff=self.user,
                now=now,
            )

    async def test_store_knows_what_a_fresh_page_knows(self) -> None:
        required("node")
        replay = await asyncio.to_thread(replayed, await self.recorded())
        self.assertEqual(replay.returncode, 0, replay.stdout)


def replayed(recording: dict[str, Any]) -> "subprocess.CompletedProcess[str]":
    """Run the replay on the recording."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(KEPT or f"{folder}/replay.json")
        path.write_text(json.dumps(recording, indent=1) + "\n")
        return subprocess.run(
            [required("node"), "--test", str(REPLAY)],
            env={**os.environ, "REPLAY": str(path)},
            capture_output=True,
            text=True,
            check=False,
        )
