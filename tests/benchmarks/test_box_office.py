"""The year of work that a benchmark makes up is one that services could have left."""

from unittest import skipUnless

from django.db import connection
from django.test import TestCase
from django.utils import timezone

from benchmarks.box_office import BoxOffice, Size
from booking.models import Booking, SeatChange, Show
from tests.ledger import check_books


@skipUnless(connection.vendor == "postgresql", "It is written by COPY.")
class BoxOfficeTests(TestCase):
    def test_books_agree(self) -> None:
        size = Size(3, 3, bookings=60, entries=300, users=4)
        cinema = BoxOffice(timezone.now()).fill(size)

        for show in Show.objects.all():
            with self.subTest(show):
                check_books(self, show.pk)
        past = {"show__starts_at__lt": timezone.now()}
        self.assertAlmostEqual(Booking.objects.filter(**past).count(), size.bookings, delta=3)
        self.assertAlmostEqual(SeatChange.objects.filter(**past).count(), size.entries, delta=9)
        self.assertTrue(Booking.objects.exclude(cancelled_at=None).exists())
        self.assertEqual(cinema.booking.user_id, cinema.member.pk)
