from typing import Any
from unittest import mock

from django.db import OperationalError
from django.test import TestCase, override_settings
from django.utils import timezone

from booking.errors import Replaying
from booking.models import KeptMap, SeatChange, SeatMap
from booking.selectors import seat_map
from booking.selectors.seat_map import SeatStates
from booking.services.blocks import block_seats
from booking.services.earlier_maps import earlier_map
from booking.services.holds import place_hold
from booking.services.sales import book_seats
from tests import factories

VERSIONS = 8


@override_settings(SEAT_MAP_KEPT_EVERY=3)
class EarlierMapTests(TestCase):
    def setUp(self) -> None:
        self.show = factories.show()
        self.seen = [self.current()]
        user, now = factories.user(), timezone.now()
        for seat_number in range(1, VERSIONS + 1):
            if seat_number % 2:
                selection = [seat_number]
                place_hold(
                    show_id=self.show.pk, selection=selection, client="a", user=None, now=now
                )
            else:
                book_seats(show_id=self.show.pk, seat_numbers=[seat_number], user=user, now=now)
            self.seen.append(self.current())

    def current(self) -> SeatStates:
        return seat_map.states(self.show.pk)

    def replays(self, at: int) -> list[int]:
        """Return how many entries of the log each replay reads, for one earlier map."""
        read = []

        def counted(show_id: int, earlier: SeatStates, at: int) -> SeatStates:
            read.append(at - earlier.version)
            return replayed(show_id, earlier, at)

        replayed = seat_map.replayed
        with mock.patch.object(seat_map, "replayed", counted):
            self.assertEqual(earlier_map(show_id=self.show.pk, at=at), self.seen[at])
        return read

    def kept(self) -> list[int]:
        return list(KeptMap.objects.filter(show=self.show).values_list("version", flat=True))

    def test_maps_are_those_that_were_with_copies_and_without(self) -> None:
        versions = range(VERSIONS + 1)
        for _ in range(2):
            maps = [earlier_map(show_id=self.show.pk, at=at) for at in versions]
            self.assertEqual(maps, self.seen)
            self.assertTrue(any(each.held_until for each in maps))

    def test_log_is_replayed_once_and_a_part_of_it_from_then_on(self) -> None:
        self.assertEqual(self.replays(VERSIONS), [3, 3, 2])
        self.assertEqual(self.kept(), [3, 6])
        self.assertEqual(
            [self.replays(at) for at in (8, 7, 6, 4, 2, 0)], [[2], [1], [], [1], [2], []]
        )

    def test_without_copies_every_replay_would_begin_at_the_beginning(self) -> None:
        """Show that the test above sees replays that grow with the log."""
        with mock.patch.object(KeptMap.objects, "bulk_create"):
            self.assertEqual([sum(self.replays(VERSIONS)) for _ in range(2)], [VERSIONS] * 2)

    def test_asking_again_writes_nothing_and_costs_the_same_wherever(self) -> None:
        earlier_map(show_id=self.show.pk, at=VERSIONS)
        for at in (4, VERSIONS):
            with self.subTest(at), self.assertNumQueries(3):
                earlier_map(show_id=self.show.pk, at=at)

    def test_copies_that_others_kept_meanwhile_are_no_hindrance(self) -> None:
        earlier_map(show_id=self.show.pk, at=VERSIONS)
        blank = self.seen[0]
        with mock.patch.object(seat_map, "kept_map", return_value=blank):
            found = earlier_map(show_id=self.show.pk, at=VERSIONS)
        self.assertEqual((found, self.kept()), (self.seen[VERSIONS], [3, 6]))

    def test_copies_of_a_history_that_was_rewritten_are_made_again(self) -> None:
        for at in (VERSIONS, 5):
            earlier_map(show_id=self.show.pk, at=at)
        log = SeatChange.objects.filter(show=self.show, version__gt=5)
        log.delete()
        self.show.show_seats.filter(seat_number__gt=5).update(state="a", hold=None, held_until=None)
        SeatMap.objects.filter(pk=self.show.pk).update(
            version=5, digest=SeatChange.objects.get(show=self.show, version=5).digest
        )
        del self.seen[6:]
        for seat_number in (10, 9, 8):
            now, staff = timezone.now(), factories.user()
            block = {"show_id": self.show.pk, "reason": "wet", "staff": staff, "now": now}
            block_seats(seat_numbers=[seat_number], **block)
            self.seen.append(self.current())

        for at in (8, 6, 7, 3):
            self.assertEqual(earlier_map(show_id=self.show.pk, at=at), self.seen[at])
        self.assertEqual([sum(self.replays(8)), self.kept()], [2, [3, 6]])

    def test_answer_stands_though_no_copy_can_be_kept(self) -> None:
        failing: Any = mock.patch.object(
            KeptMap.objects, "bulk_create", side_effect=OperationalError("database is locked")
        )
        with failing, self.assertLogs("booking.services.earlier_maps", "WARNING"):
            found = earlier_map(show_id=self.show.pk, at=VERSIONS)
        self.assertEqual(found, self.seen[VERSIONS])

    def test_one_long_replay_at_a_time_and_short_ones_beside_it(self) -> None:
        earlier_map(show_id=self.show.pk, at=3)
        beside: list[Any] = []

        def meanwhile(show_id: int, maps: list[SeatStates]) -> None:
            with self.assertRaises(Replaying):
                earlier_map(show_id=show_id, at=VERSIONS)
            beside.append(earlier_map(show_id=show_id, at=4))

        with mock.patch("booking.services.earlier_maps._keep", meanwhile):
            earlier_map(show_id=self.show.pk, at=VERSIONS)

        self.assertEqual(beside, [self.seen[4]])
        self.assertEqual(earlier_map(show_id=self.show.pk, at=VERSIONS), self.seen[VERSIONS])

    def test_copies_are_of_their_own_show(self) -> None:
        other = factories.show()
        earlier_map(show_id=self.show.pk, at=VERSIONS)
        self.assertEqual(seat_map.kept_map(other.pk, 0), seat_map.states(other.pk))
        self.assertEqual(SeatChange.objects.filter(show=other).count(), 0)
