"""However much there is, it is read in as many queries."""

from datetime import timedelta
from functools import cache
from unittest import mock

from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client, TestCase, override_settings, tag
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from booking.admin.bookings import BookingAdmin
from booking.models import Booking, Show
from booking.services.holds import place_hold
from booking.services.paying import WhichHold
from booking.services.sales import book_seats
from booking.services.waitlist import join_waitlist
from foundation.outbox.models import Message
from payments.services.starting import start_payment
from tests import factories
from tests.payments.case import GUEST
from tests.readings import STAFF, Cinema, Reading

DAY = timedelta(days=1)


@tag("once")
@override_settings(THROTTLES=False, STAGE=True)
class GrowthTests(TestCase):
    def setUp(self) -> None:
        self.movie = factories.movie()
        self.room = factories.auditorium(plan="S" * 10)
        self.member = factories.user(email="member@example.org")
        self.staff = factories.user(is_staff=True, is_superuser=True)
        Group.objects.get_or_create(pk=1, defaults={"name": "box office"})
        self.days = 0

    def grow(self) -> Cinema:
        """Add a show to come and a past one, with all that can be of them."""
        self.days += 1
        now = timezone.now()
        show, past = (
            factories.show(of=self.movie, room=self.room, starts_at=now + self.days * DAY + later)
            for later in (timedelta(), DAY / 2)
        )
        other = factories.user()
        factories.movie()
        for each in (past, show):
            for number, user in enumerate((self.member, other, self.member), 1):
                booking = book_seats(show_id=each.pk, seat_numbers=[number], user=user, now=now)
            guest = f"guest {each.pk}"
            hold = place_hold(show_id=each.pk, selection=[9], client=guest, user=None, now=now)
            payment = start_payment(
                WhichHold(token=hold.token), way="pretend", buyer=GUEST, client=guest, now=now
            )
            join_waitlist(show_id=each.pk, seat_number=9, user=self.member, now=now)
        Message.objects.create(
            pk=self.days, kind="tests.growth", payload={}, created_at=now, due_at=now
        )
        over = now - self.days * DAY
        Show.objects.filter(pk=past.pk).update(starts_at=over, room_free_at=over)
        return Cinema(show, past, booking, hold.token, payment, self.member, self.staff)

    def counted(self, cinema: Cinema) -> dict[Reading, int]:
        """Return how many queries each reading takes; no provider is asked anew meanwhile."""
        self.enterContext(mock.patch("payments.pages.payments.ASKED_EVERY", DAY))
        client = cache(cinema.client)
        return {one: queries_of(client(one.reader), one.path) for one in cinema.readings()}

    def test_nothing_takes_more_queries_to_read_when_there_is_more(self) -> None:
        cinema = self.grow()
        little = self.counted(cinema)
        for _ in range(3):
            self.grow()
        more = self.counted(cinema)
        # What is kept in memory since the first time takes fewer.
        grown = {
            str(one): (little[one], count) for one, count in more.items() if count > little[one]
        }
        self.assertEqual(grown, {})

    def test_query_for_each_row_is_noticed(self) -> None:
        client, path = self.grow().client(STAFF), "/admin/booking/booking/"
        with mock.patch.object(BookingAdmin, "get_queryset", lambda *_: Booking.objects.all()):
            little = queries_of(client, path)
            self.grow()
            self.assertGreater(queries_of(client, path), little)


def queries_of(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        client.get(path)
    return len(queries)
