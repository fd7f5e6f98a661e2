"""A database that is away is one line when it goes and one when it is back, however many ask."""

import asyncio
from collections.abc import Callable
from typing import Any
from unittest import TestCase, mock

from django.db import OperationalError

from booking.selectors import listing, seat_map
from booking.selectors.listing import Listing
from booking.services import offers
from foundation.outages import Outage
from realtime import source
from realtime.house_feed import look_at_database
from realtime.source import Source
from tests.realtime.fakes import FakeSocket, FakeSource, RoomTestCase, opened, until

GONE = OperationalError("connection refused\n\tIs the server running?")
SAID = "away (OperationalError: connection refused Is the server running?)"


class AwaySource(FakeSource):
    """A database that is away while it is `failing`, and says so as the real one does."""

    async def _read(self, what: str) -> None:
        with source._telling(source._reading):
            self.reads.append(what)
            if self.failing:
                raise GONE


class OneLineTests(RoomTestCase):
    async def test_rooms_say_once_that_it_is_away_and_once_that_it_is_back(self) -> None:
        database, socket = AwaySource(), FakeSocket()
        outage = Outage(source.logger, gone="away", back="back")
        self.enterContext(mock.patch.object(source, "_reading", outage))
        async with opened(database) as rooms:
            rooms.join(1, socket)
            await until(lambda: socket.frames)
            with self.assertLogs("realtime", "WARNING") as logs:
                database.failing = True
                reads = len(database.reads)
                await until(lambda: len(database.reads) > reads + 4)
                database.failing = False
                await until(lambda: not outage.is_on)
        self.assertEqual([record.getMessage() for record in logs.records], [SAID, "back"])


class SourceTests(TestCase):
    def setUp(self) -> None:
        def in_no_thread(ask: Callable[..., Any], *_: Any) -> Any:
            return mock.AsyncMock(side_effect=ask)

        self.enterContext(mock.patch.object(source, "in_thread", in_no_thread))
        self.enterContext(mock.patch.object(source, "check_clock"))

    def test_what_fails_is_told_of(self) -> None:
        for module, name, ask, outage in (
            (seat_map, "states", lambda: Source().states(1), "_reading"),
            (seat_map, "checkpoints", lambda: Source().checkpoints([1]), "_reading"),
            (listing, "shows_to_come", lambda: look_at_database({}), "_reading"),
            (offers, "expire_holds", lambda: Source().expire_holds(1), "_freeing"),
        ):
            with (
                self.subTest(name),
                mock.patch.object(source, outage, Outage(source.logger, gone="away", back="back")),
                mock.patch.object(module, name, side_effect=[GONE, GONE, Listing({}, [], set())]),
                self.assertLogs(source.logger, "WARNING") as logs,
            ):
                for _ in range(2):
                    with self.assertRaises(OperationalError):
                        asyncio.run(ask())
                asyncio.run(ask())
                self.assertEqual([record.getMessage() for record in logs.records], [SAID, "back"])
