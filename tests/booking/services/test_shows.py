from datetime import timedelta

from django.db import IntegrityError, transaction
from django.test import TestCase
from django.utils import timezone

from booking.models import Show, ShowSeat, State
from tests import factories


class CreateShowTests(TestCase):
    def test_show_has_one_available_seat_per_physical_seat_and_version_zero(self) -> None:
        show = factories.show(plan="SS\nP.W")

        self.assertEqual(show.seat_map.version, 0)
        self.assertEqual(
            list(ShowSeat.objects.filter(show=show).values_list("seat_number", "state")),
            [(number, State.AVAILABLE) for number in (1, 2, 3, 4)],
        )

    def test_two_shows_cannot_start_at_once_in_one_auditorium(self) -> None:
        room = factories.auditorium()
        starts_at = timezone.now() + timedelta(days=1)
        factories.show(room=room, starts_at=starts_at)

        with self.assertRaises(IntegrityError), transaction.atomic():
            factories.show(room=room, starts_at=starts_at)

        self.assertEqual(Show.objects.count(), 1)
