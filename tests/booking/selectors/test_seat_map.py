import copy

from django.test import TestCase
from django.utils import timezone

from booking.errors import ShowNotFound, VersionNotFound
from booking.selectors import seat_map
from booking.services.bookings import book_seats, cancel_booking
from booking.services.holds import place_hold
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
        self.assertEqual([seat_map.states_at(self.show.pk, at) for at in range(4)], seen)

    def test_states_takes_one_query(self) -> None:
        with self.assertNumQueries(1):
            seat_map.states(self.show.pk)

    def test_both_ways_to_read_states_give_the_same(self) -> None:
        self.book(2)
        for seat_numbers in ([4, 5], [1]):
            place_hold(
                show_id=self.show.pk, wish=seat_numbers, client="ada", user=None, now=self.now
            )
        self.assertEqual(seat_map.states(self.show.pk), seat_map._states(self.show.pk))

    def test_heads_name_version_and_layout(self) -> None:
        self.book(1)
        hall = self.show.auditorium
        self.assertEqual(
            seat_map.heads([self.show.pk, self.show.pk + 1]),
            {self.show.pk: seat_map.Head(1, hall.pk, hall.layout_hash)},
        )

    def test_available_seats_counts_what_is_free(self) -> None:
        self.book(1, 2)

        self.assertEqual(seat_map.states(self.show.pk).available_seats, 3)

    def test_versions_leaves_out_shows_that_are_gone(self) -> None:
        self.book(1)

        self.assertEqual(seat_map.versions([self.show.pk, self.show.pk + 1]), {self.show.pk: 1})

    def test_a_version_the_map_never_had(self) -> None:
        for at in (-1, 1):
            with self.subTest(at=at), self.assertRaises(VersionNotFound):
                seat_map.states_at(self.show.pk, at)

    def test_a_show_that_does_not_exist(self) -> None:
        for read in (
            seat_map.states,
            seat_map.version,
            lambda show_id: seat_map.states_at(show_id, 0),
        ):
            with self.assertRaises(ShowNotFound):
                read(self.show.pk + 1)

    def test_changes_since_are_in_order_and_bounded(self) -> None:
        for seat_number in (3, 1, 2):
            self.book(seat_number)

        changes = seat_map.changes_since(self.show.pk, since=1, limit=1)

        self.assertEqual([(c.version, c.changes) for c in changes], [(2, [[1, "b"]])])

    def test_layout_is_read_once_and_each_asker_has_an_own_one(self) -> None:
        first = seat_map.layout(self.show.auditorium)
        expected = copy.deepcopy(first)
        first["seats"][0]["label"] = "changed"

        with self.assertNumQueries(0):
            self.assertEqual(seat_map.layout(self.show.auditorium), expected)

    def test_layout_gives_every_seat_its_place(self) -> None:
        layout = seat_map.layout(self.show.auditorium)

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
