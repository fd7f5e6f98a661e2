import copy

from django.test import TestCase
from django.utils import timezone

from booking.bodies import LayoutSerializer
from booking.chain import Checkpoint
from booking.errors import LayoutChanged, ShowNotFound, VersionNotFound
from booking.models import Auditorium, SeatChange
from booking.selectors import seat_map
from booking.services.amendments import cancel_booking
from booking.services.auditoriums import change_auditorium
from booking.services.earlier_maps import earlier_map
from booking.services.holds import place_hold
from booking.services.sales import book_seats
from tests import factories


class SeatMapTests(TestCase):
    def setUp(self) -> None:
        self.show = factories.show(plan="S.S\nPWC")
        self.user = factories.user()
        self.now = timezone.now()

    def book(self, *seat_numbers: int) -> int:
        return book_seats(
            show_id=self.show.pk, seat_numbers=seat_numbers, user=self.user, now=self.now
        ).pk

    def test_states_at_every_version_are_those_the_map_had(self) -> None:
        seen = [seat_map.states(self.show.pk)]
        booking_id = self.book(1, 4)
        seen.append(seat_map.states(self.show.pk))
        self.book(2)
        seen.append(seat_map.states(self.show.pk))
        cancel_booking(booking_id=booking_id, user=self.user, now=self.now)
        seen.append(seat_map.states(self.show.pk))

        self.assertEqual([s.states for s in seen], ["aaaaa", "baaba", "bbaba", "abaaa"])
        self.assertEqual([earlier_map(show_id=self.show.pk, at=at) for at in range(4)], seen)

    def test_states_takes_one_query(self) -> None:
        with self.assertNumQueries(1):
            seat_map.states(self.show.pk)

    def test_both_ways_to_read_states_give_the_same(self) -> None:
        self.book(2)
        for seat_numbers in ([4, 5], [1]):
            place_hold(
                show_id=self.show.pk, selection=seat_numbers, client="ada", user=None, now=self.now
            )
        self.assertEqual(seat_map.states(self.show.pk), seat_map._states(self.show.pk))

    def test_heads_name_version_and_layout(self) -> None:
        self.book(1)
        hall, newest = self.show.auditorium, seat_map.checkpoint(self.show.pk)
        self.assertEqual(
            seat_map.heads([self.show.pk, self.show.pk + 1]),
            {self.show.pk: seat_map.Head(newest, hall.pk, hall.layout_hash)},
        )

    def test_available_seats_counts_what_is_free(self) -> None:
        self.book(1, 2)

        self.assertEqual(seat_map.states(self.show.pk).available_seats, 3)

    def test_checkpoints_leave_out_shows_that_are_gone(self) -> None:
        self.book(1)

        found = seat_map.checkpoints([self.show.pk, self.show.pk + 1])
        entry = SeatChange.objects.get()
        self.assertEqual(found, {self.show.pk: Checkpoint(1, entry.digest)})

    def test_a_version_the_map_never_had(self) -> None:
        for at in (-1, 1):
            with self.subTest(at=at), self.assertRaises(VersionNotFound):
                earlier_map(show_id=self.show.pk, at=at)

    def test_a_show_that_does_not_exist(self) -> None:
        for read in (
            seat_map.states,
            seat_map.checkpoint,
            lambda show_id: earlier_map(show_id=show_id, at=0),
        ):
            with self.assertRaises(ShowNotFound):
                read(self.show.pk + 1)

    def test_changes_from_a_version_on_are_in_order_and_bounded(self) -> None:
        for seat_number in (3, 1, 2):
            self.book(seat_number)

        changes = seat_map.changes_from(self.show.pk, 2, limit=1)

        self.assertEqual([(c.version, c.changes) for c in changes], [(2, [[1, "b"]])])

    def test_layout_is_read_once_and_each_asker_has_an_own_one(self) -> None:
        first = LayoutSerializer.of(self.show.auditorium)
        expected = copy.deepcopy(first)
        first["seats"][0]["label"] = "changed"

        with self.assertNumQueries(0):
            self.assertEqual(LayoutSerializer.of(self.show.auditorium), expected)

    def test_changed_layout_is_kept_under_no_hash_but_its_own(self) -> None:
        room = factories.auditorium(plan="SSS")
        stale = Auditorium.objects.get(pk=room.pk)
        first = stale.layout_hash
        change_auditorium(auditorium_id=room.pk, name="A", plan="SS", now=timezone.now())

        layout = LayoutSerializer.of(stale)  # read before the change, its seats after it

        self.assertEqual((len(layout["seats"]), layout["hash"] == first), (2, False))
        self.assertEqual(layout["hash"], Auditorium.objects.get(pk=room.pk).layout_hash)
        with self.assertRaises(LayoutChanged):
            seat_map.house_of_layout(room.pk, first)
        change_auditorium(auditorium_id=room.pk, name="A", plan="SSS", now=timezone.now())
        again = LayoutSerializer.of(Auditorium.objects.get(pk=room.pk))
        self.assertEqual((len(again["seats"]), again["hash"]), (3, first))

    def test_layout_gives_every_seat_its_place(self) -> None:
        layout = LayoutSerializer.of(self.show.auditorium)

        self.assertEqual(
            (layout["width"], layout["height"], layout["hash"]),
            (3, 2, self.show.auditorium.layout_hash),
        )
        self.assertEqual(
            layout["seats"][1],
            {
                "seat_number": 2,
                "row": "A",
                "position": 2,
                "label": "A2",
                "kind": "standard",
                "x": 2,
                "y": 0,
            },
        )
