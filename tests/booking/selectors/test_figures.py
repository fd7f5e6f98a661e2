"""The figures of an evening: each ticket and each taking counts once, on its own day."""

import uuid
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from unittest import mock
from zoneinfo import ZoneInfo

from django.test import TestCase, override_settings
from django.utils import timezone

from booking.models import Booking, Show, Taking, Ticket
from booking.selectors.figures import Line, drawers, figures_of_shows, moments_of
from booking.selectors.shares import split
from booking.services.admission import admit
from booking.services.amendments import cancel_booking
from booking.services.sales import book_seats
from booking.services.takings import reverse_taking, take_money
from tests import factories

HOUSE = ZoneInfo("Europe/Berlin")
EVENING = datetime(2030, 5, 1, 20, 15, tzinfo=HOUSE)
DAY = EVENING.date()
CASH, CARD = Taking.Method.CASH, Taking.Method.CARD


class FiguresCase(TestCase):
    def setUp(self) -> None:
        self.enterContext(mock.patch("booking.events.publish"))
        self.enterContext(timezone.override(HOUSE))
        self.film, self.clerk = factories.movie(title="Salt"), factories.user(username="ann")
        self.show = self.show_at(EVENING)

    def show_at(self, starts_at: datetime, **fields: Any) -> Show:
        return factories.show(starts_at=starts_at, of=self.film, plan="SSSSPPPP", **fields)

    def book(self, *seat_numbers: int, show: Any = None) -> Booking:
        return book_seats(
            show_id=(show or self.show).pk,
            seat_numbers=seat_numbers,
            user=self.clerk,
            now=EVENING - timedelta(days=3),
        )

    def take(self, booking: Booking, amount: str, at: datetime = EVENING, **given: Any) -> Taking:
        return take_money(
            booking_id=booking.pk,
            amount=Decimal(amount),
            now=at,
            key=uuid.uuid4(),
            **{"method": CASH, "by": self.clerk} | given,
        )

    def lines(self, by: str, first: date = DAY, last: date = DAY) -> dict[str, Line]:
        return {line.name: line for line in figures_of_shows(first, last, by).rows}


class ShowsTests(FiguresCase):
    def test_each_ticket_counts_as_what_it_is(self) -> None:
        paid = self.book(1, 2, 5)
        self.take(paid, "20.00")
        self.take(paid, "13.00", method=CARD)
        cancel_booking(booking_id=paid.pk, user=None, now=EVENING - timedelta(1), seat_numbers=[2])
        self.take(paid, "-10.00", method=CARD)
        self.book(8)
        code = Ticket.objects.get(seat_number=1).code
        admit(show_id=self.show.pk, code=code, by=self.clerk, now=EVENING)

        total = self.lines("day")["Total"]

        self.assertEqual((total.sold, total.returned, total.admitted), (3, 1, 1))
        self.assertEqual(total.worth, Decimal("36.00"))
        self.assertEqual(
            total.taken, {"cash": Decimal(20), "card": Decimal(3), "online": Decimal(0)}
        )
        self.assertEqual((total.back, total.due), (Decimal(-10), Decimal(13)))

    def test_lines_are_by_show_film_day_and_type(self) -> None:
        late = self.show_at(EVENING + timedelta(hours=3))
        other = self.show_at(EVENING + timedelta(days=1))
        other_film = factories.show(starts_at=EVENING, plan="SS")
        for seat, show in ((1, self.show), (2, late), (3, other), (1, other_film)):
            self.take(self.book(seat, show=show), "10.00")
        Ticket.objects.filter(seat_number=2).update(type="child")
        for by, expected in {
            "show": {
                f"2030-05-01 20:15 Salt, {self.show.auditorium}": 1,
                f"2030-05-01 20:15 {other_film.movie}, {other_film.auditorium}": 1,
                f"2030-05-01 23:15 Salt, {late.auditorium}": 1,
                f"2030-05-02 20:15 Salt, {other.auditorium}": 1,
            },
            "film": {"Salt": 3, other_film.movie.title: 1},
            "day": {"2030-05-01": 3, "2030-05-02": 1},
            "type": {"Adult": 3, "Child": 1},
        }.items():
            with self.subTest(by):
                found = self.lines(by, last=DAY + timedelta(1))
                sold = {name: line.sold for name, line in found.items()}
                self.assertEqual(sold, expected | {"Total": 4})
                money = {name: line.total for name, line in found.items()}
                taken = {name: Decimal(10 * n) for name, n in (expected | {"Total": 4}).items()}
                self.assertEqual(money, taken)

    def test_each_type_has_paid_what_its_tickets_cost(self) -> None:
        booking = self.book(1, 2, 3)
        Ticket.objects.filter(seat_number__in=[2, 3]).update(type="child", price="7.00")
        self.take(booking, "24.00", method=CARD)
        cancel_booking(
            booking_id=booking.pk, user=None, now=EVENING - timedelta(1), seat_numbers=[3]
        )
        self.take(booking, "-7.00", method=CARD)
        part_paid = self.book(4, 5)
        Ticket.objects.filter(seat_number=5).update(type="child")
        self.take(part_paid, "11.50")

        found = self.lines("type")

        self.assertEqual(found["Adult"].taken, {"cash": 5, "card": 10, "online": 0})
        self.assertEqual(found["Child"].taken, {"cash": Decimal("6.50"), "card": 7, "online": 0})
        self.assertEqual([found[name].back for name in ("Adult", "Child")], [0, -7])
        self.assertEqual([found[name].due for name in ("Adult", "Child")], [5, Decimal("6.50")])
        self.assertEqual(found["Total"], self.lines("day")["Total"])

    def test_parts_add_up_to_the_cent(self) -> None:
        for amount, weights, parts in (
            ("10.00", "1 1 1", "3.33 3.34 3.33"),
            ("-0.01", "7 7", "0.00 -0.01"),
            ("5.00", "0 0", "5.00 0.00"),
            ("5.00", "0 3 0", "0.00 5.00 0.00"),
        ):
            with self.subTest(amount, weights=weights):
                of_each = dict(enumerate(map(Decimal, weights.split())))
                found = [part for _, part in split(Decimal(amount), of_each)]
                self.assertEqual(found, list(map(Decimal, parts.split())))

    def test_what_is_due_leaves_out_bookings_whose_takings_nobody_noted(self) -> None:
        self.book(1)
        Booking.objects.update(is_accounted=False)
        self.book(2)
        total = self.lines("day")["Total"]
        self.assertEqual((total.worth, total.due), (Decimal("20.00"), Decimal("10.00")))

    def test_shows_that_nobody_knows_are_not_counted(self) -> None:
        self.take(self.book(1), "10.00")
        Show.objects.update(is_listed=False)
        self.assertEqual(self.lines("day")["Total"], Line("Total"))
        self.assertEqual(drawers(DAY, DAY), [])

    def test_queries_are_as_many_however_much_there_is(self) -> None:
        for seat in range(1, 5):
            self.take(self.book(seat), "10.00")
            with self.subTest(seat), self.assertNumQueries(4):
                figures_of_shows(DAY, DAY, "show")
            with self.subTest(seat), self.assertNumQueries(5):
                figures_of_shows(DAY, DAY, "type")
            with self.subTest(seat), self.assertNumQueries(1):
                drawers(DAY, DAY)


class DrawersTests(FiguresCase):
    def sums(self, first: date = DAY, last: date = DAY) -> list[tuple[Any, ...]]:
        return [(one.day, one.method, one.by, one.total) for one in drawers(first, last)]

    def test_drawer_and_card_terminal_have_what_went_through_them(self) -> None:
        booking, ben = self.book(1, 2), factories.user(username="ben")
        self.take(booking, "20.00", method=CARD)
        cancel_booking(booking_id=booking.pk, user=None, now=EVENING - timedelta(1))
        self.take(booking, "-15.00", method=CASH, by=ben)
        wrong = self.take(booking, "-5.00", method=CASH)
        reverse_taking(taking_id=wrong.pk, by=self.clerk, now=EVENING)
        self.assertEqual(
            self.sums(),
            [
                (DAY, "card", "ann", Decimal("20.00")),
                (DAY, "cash", "ann", Decimal("0.00")),
                (DAY, "cash", "ben", Decimal("-15.00")),
            ],
        )

    @override_settings(TIME_ZONE="UTC")
    def test_day_ends_at_midnight_of_the_house(self) -> None:
        booking = self.book(1, 2, 3)
        midnight = datetime(2030, 5, 2, tzinfo=HOUSE)
        self.assertEqual(midnight.astimezone(UTC).hour, 22)
        self.take(booking, "1.00", at=midnight - timedelta(microseconds=1))
        self.take(booking, "2.00", at=midnight)
        self.assertEqual(self.sums(), [(DAY, "cash", "ann", Decimal(1))])
        next_day = DAY + timedelta(1)
        self.assertEqual(self.sums(next_day, next_day), [(next_day, "cash", "ann", Decimal(2))])
        both = [(DAY, "cash", "ann", Decimal(1)), (next_day, "cash", "ann", Decimal(2))]
        self.assertEqual(self.sums(DAY, next_day), both)

    def test_days_are_as_long_as_the_clocks_make_them(self) -> None:
        for day, hours in ((date(2030, 3, 31), 23), (date(2030, 10, 27), 25), (DAY, 24)):
            with self.subTest(day):
                begins, ends = (one.astimezone(UTC) for one in moments_of(day, day))
                self.assertEqual(ends - begins, timedelta(hours=hours))
