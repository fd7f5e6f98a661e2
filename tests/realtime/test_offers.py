from typing import Any

from tests.realtime.fakes import (
    PATIENT,
    SHOW,
    FakeSocket,
    RoomTestCase,
    deliver,
    named,
    opened,
    until,
)

UNTIL = 1790000090000
OFFER = {"type": "offer", "seat_number": 2, "until": UNTIL}
HERS, HIS = "the hash of her address", "the hash of his address"


class OfferTests(RoomTestCase):
    async def joined(self, rooms: Any, waitlist: str | None = None, **options: Any) -> FakeSocket:
        socket = FakeSocket(waitlist=waitlist, **options)
        rooms.join(SHOW, socket)
        await until(lambda: socket.frames)
        return socket

    async def test_every_socket_of_the_next_on_the_waitlist_is_told_and_no_other(self) -> None:
        async with opened(self.source, PATIENT) as rooms:
            hers = [await self.joined(rooms, HERS) for _ in range(2)]
            others = [await self.joined(rooms, HIS), await self.joined(rooms)]

            await deliver(self.source.commit((1, "a"), (2, "h", UNTIL), offers=[(2, HERS)]))
            await until(lambda: all(socket.of_type("offer") for socket in hers))

        for socket in hers:
            self.assertEqual([frame["type"] for frame in socket.frames[-2:]], ["changes", "offer"])
            self.assertEqual(socket.frames[-1], OFFER)
        for socket in others:
            self.assertEqual(socket.of_type("offer"), [])
            self.assertEqual(socket.follower.version, 1)

    async def test_offer_that_no_message_told_is_told_from_the_log(self) -> None:
        async with opened(self.source, PATIENT) as rooms:
            socket = await self.joined(rooms, HERS)
            self.source.commit((2, "h", UNTIL), offers=[(2, HERS)])
            room = rooms._rooms[SHOW]

            await room.check(head=self.source.head, known_before=self.source.at(0))
            await until(lambda: socket.of_type("offer"))

    async def test_who_joins_during_the_offer_is_told_after_the_greeting(self) -> None:
        async with opened(self.source, PATIENT) as rooms:
            first = await self.joined(rooms)
            await deliver(self.source.commit((2, "h", UNTIL), offers=[(2, HERS)]))
            await until(lambda: first.follower.version == 1)

            back = await self.joined(rooms, HERS, since=self.source.at(1))
            await until(lambda: back.of_type("offer"))
        self.assertEqual(back.frames[:2], [{"type": "tick", **named(self.source.at(1))}, OFFER])

    async def test_offer_that_began_before_the_room_opened_is_told(self) -> None:
        self.source.commit((2, "h", UNTIL), offers=[(2, HERS)])
        self.source.lines = [(2, UNTIL, HERS)]
        async with opened(self.source, PATIENT) as rooms:
            socket = await self.joined(rooms, HERS)
            await until(lambda: socket.of_type("offer"))
        self.assertEqual(socket.frames[1], OFFER)

    async def test_offer_read_at_another_moment_than_the_map_is_not_told(self) -> None:
        self.source.commit((2, "h", UNTIL))
        self.source.lines = [(2, UNTIL - 1, HERS)]
        async with opened(self.source, PATIENT) as rooms:
            await self.joined(rooms, HERS)
            self.assertEqual(rooms._rooms[SHOW].map.timeline.offers, {})

    async def test_offer_that_is_over_is_told_no_more(self) -> None:
        async with opened(self.source, PATIENT) as rooms:
            first = await self.joined(rooms, HERS)
            await deliver(self.source.commit((2, "h", UNTIL), offers=[(2, HERS)]))
            await deliver(self.source.commit((2, "b")))
            await until(lambda: first.follower.version == 2)

            back = await self.joined(rooms, HERS)
            await deliver(self.source.commit((3, "b")))
            await until(lambda: back.follower.version == 3)
        self.assertEqual(back.of_type("offer"), [])
