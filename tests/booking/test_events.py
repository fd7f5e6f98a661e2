import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from unittest import mock

from asgiref.sync import async_to_sync
from channels.layers import InMemoryChannelLayer, get_channel_layer
from django.test import SimpleTestCase, TestCase, override_settings

from booking import events
from booking.chain import Checkpoint
from booking.models import Booking
from booking.services.sales import book_seats
from foundation.outages import Outage
from tests import factories

AT = datetime(2030, 1, 1, tzinfo=UTC)
TEXT = '{"at":1893456000000,"changes":[[41,"b"]],"show":null}'


class HungLayer(InMemoryChannelLayer):
    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        await asyncio.Event().wait()


class DeadLayer(InMemoryChannelLayer):
    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        raise ConnectionRefusedError


def layer(kind: type) -> Any:
    path = f"{__name__}.{kind.__name__}" if kind.__module__ == __name__ else None
    backend = path or "channels.layers.InMemoryChannelLayer"
    return override_settings(CHANNEL_LAYERS={"default": {"BACKEND": backend}})


@contextmanager
def server_loop() -> Iterator[asyncio.AbstractEventLoop]:
    """Run an event loop in a thread, as a server does, and publish through it."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    with mock.patch.object(events, "_server_loop", loop):
        yield loop
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    for task in asyncio.all_tasks(loop):
        task.cancel()
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()


def publish() -> None:
    events.publish(show_id=7, entry=Checkpoint(18, "9f3a"), text=TEXT, offers=[(41, "whose")])


@layer(InMemoryChannelLayer)
class PublishTests(SimpleTestCase):
    MESSAGE = {
        "type": "seat_map.changed",
        "show_id": 7,
        "version": 18,
        "digest": "9f3a",
        "text": TEXT,
        "offers": '[[41,"whose"]]',
        "committed_at": mock.ANY,
    }

    async def subscribe(self) -> str:
        channel: str = await get_channel_layer().new_channel()
        await get_channel_layer().group_add(events.group_name(7), channel)
        return channel

    def test_outside_a_server_the_message_is_sent_at_once(self) -> None:
        channel = async_to_sync(self.subscribe)()
        publish()

        received = async_to_sync(get_channel_layer().receive)(channel)
        self.assertEqual(received, self.MESSAGE)

    def test_in_a_server_the_message_is_sent_by_its_loop(self) -> None:
        with server_loop() as loop:
            channel = asyncio.run_coroutine_threadsafe(self.subscribe(), loop).result(10)
            publish()
            receiving = asyncio.run_coroutine_threadsafe(get_channel_layer().receive(channel), loop)

            self.assertEqual(receiving.result(10), self.MESSAGE)


class BrokenLayerTests(TestCase):
    """Publication can neither fail nor slow a booking that is committed."""

    def setUp(self) -> None:
        outage = Outage(events.logger, gone="away", back="back")
        self.enterContext(mock.patch.object(events, "outage", outage))

    def book(self) -> None:
        show = factories.show()
        with self.captureOnCommitCallbacks(execute=True):
            book_seats(
                show_id=show.pk, seat_numbers=[1], user=factories.user(), now=AT.replace(year=2020)
            )

    def test_a_booking_survives_a_dead_channel_layer(self) -> None:
        with self.assertLogs("booking.events", "WARNING") as logs, layer(DeadLayer):
            self.book()
            with server_loop():
                self.book()
        self.assertEqual((Booking.objects.count(), len(logs.records)), (2, 1))

    def test_a_booking_in_a_server_does_not_wait_for_a_hung_channel_layer(self) -> None:
        with (
            layer(HungLayer),
            mock.patch.object(events, "SEND_TIMEOUT_SECONDS", 3600),
            server_loop(),
        ):
            self.book()

        self.assertEqual(Booking.objects.count(), 1)

    def test_a_command_waits_for_a_hung_channel_layer_only_so_long(self) -> None:
        with (
            layer(HungLayer),
            mock.patch.object(events, "SEND_TIMEOUT_SECONDS", 0.05),
            self.assertLogs("booking.events", "WARNING") as logs,
        ):
            self.book()

        self.assertEqual(Booking.objects.count(), 1)
        self.assertIn("TimeoutError", logs.output[0])

    def test_a_loop_that_has_closed_does_not_lose_the_booking(self) -> None:
        loop = asyncio.new_event_loop()
        loop.close()
        with mock.patch.object(events, "_server_loop", loop):
            self.book()

        self.assertEqual(Booking.objects.count(), 1)
