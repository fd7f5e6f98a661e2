"""Price lists, and what becomes of shows and tickets when they change."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db.models import ProtectedError
from django.test import TestCase
from django.utils import timezone

from booking.errors import InvalidPriceList, LayoutInUse, UnknownTicketType
from booking.models import PriceList, SeatChange, Show, Ticket
from booking.selectors.bookings import tickets_of
from booking.services.amendments import cancel_booking, exchange_seats
from booking.services.auditoriums import change_auditorium
from booking.services.holds import change_hold, place_hold
from booking.services.price_lists import TypeGiven, save_price_list
from booking.services.sales import book_hold, book_seats
from booking.services.shows import change_show
from booking.terms import TermsChanged, facts_of, terms_of
from tests import factories
from tests.ledger import check_books

typed = factories.type_given


def codes(facts: dict[str, Any]) -> list[str]:
    return [one["code"] for one in facts["ticket_types"]]


class PriceListCase(TestCase):
    def setUp(self) -> None:
        self.now = timezone.now()
        self.user = factories.user()
        self.list = factories.price_list()
        self.show = factories.show(plan="SSPPSS\nWC.SSS", by=self.list)

    def save(self, **changed: Any) -> PriceList:
        """Save the list with something else."""
        same = {
            "price_list_id": self.list.pk,
            "name": self.list.name,
            "vat_rate": self.list.vat_rate,
            "companions_free": self.list.companions_free,
            "types": [
                typed("child", "7.00"),
                typed("student", "8.50"),
            ],
        }
        return save_price_list(**{**same, **changed}, now=self.now)

    def terms(self) -> str:
        return terms_of(Show.objects.get(pk=self.show.pk))

    def book(self, types: dict[int, str], **options: Any) -> Any:
        return book_seats(
            show_id=self.show.pk,
            seat_numbers=sorted(types),
            types=types,
            user=self.user,
            now=self.now,
            **options,
        )


class SaveTest(PriceListCase):
    def logged(self) -> list[Any]:
        """Return what each version of facts says was and is sold, by code."""
        log = SeatChange.objects.filter(facts__isnull=False).order_by("show", "version")
        return [(one.show_id, codes(one.facts["was"]), codes(one.facts["now"])) for one in log]  # type: ignore[index]

    def test_each_show_to_come_that_uses_it_has_a_version_of_the_change(self) -> None:
        other = factories.show(by=self.list)
        past = factories.show(by=self.list, starts_at=self.now - timedelta(hours=1))
        factories.show(by=factories.price_list())
        before = past.list_facts
        self.save(types=[typed("child", "6.00"), typed("senior", "8.00")])
        was, now = ["child", "student"], ["child", "senior"]
        self.assertEqual(self.logged(), [(self.show.pk, was, now), (other.pk, was, now)])
        past.refresh_from_db()
        self.assertEqual(past.list_facts, before)
        self.show.refresh_from_db()
        self.assertEqual(self.show.list_facts, PriceList.objects.get(pk=self.list.pk).facts)
        check_books(self, self.show.pk)

    def test_each_part_of_a_list_changes_the_terms_and_its_name_does_not(self) -> None:
        changes: list[dict[str, Any]] = [
            {"vat_rate": Decimal("19.00")},
            {"companions_free": False},
            {"types": []},
            {"types": [typed("child", "7.01")]},
            {"types": [TypeGiven("child", "Kid", Decimal("7.01"), Decimal("2.00"))]},
        ]
        seen = {self.terms()}
        for count, change in enumerate(changes, start=2):
            with self.subTest(change):
                self.save(**change)
                seen.add(self.terms())
                self.assertEqual(len(seen), count)
        before = self.terms(), SeatChange.objects.count()
        self.save(**changes[-1], name="Another name")
        self.save(**changes[-1], vat_rate=Decimal("7.00"))
        self.assertEqual((self.terms(), SeatChange.objects.count()), before)

    def test_types_come_in_the_order_given_and_keep_their_rows(self) -> None:
        keys = {one.code: one.pk for one in self.list.types.all()}
        given = [typed(code, "5.00") for code in ("senior", "student", "child")]
        self.save(types=given)
        types = list(self.list.types.all())
        self.assertEqual([one.code for one in types], ["senior", "student", "child"])
        self.assertEqual(
            {one.code: one.pk for one in types[1:]},
            {
                "student": keys["student"],
                "child": keys["child"],
            },
        )

    def test_show_has_the_list_that_it_is_given_and_none_when_it_is_taken(self) -> None:
        show = factories.show()
        self.assertNotIn("ticket_types", facts_of(show))
        plain = facts_of(show)
        show = change_show(show_id=show.pk, now=self.now, price_list=self.list)
        self.assertEqual(facts_of(show)["ticket_types"][0]["code"], "child")
        show = change_show(show_id=show.pk, now=self.now, price=show.price)
        self.assertEqual(show.price_list, self.list)
        show = change_show(show_id=show.pk, now=self.now, price_list=None)
        self.assertEqual((facts_of(show), show.list_facts), (plain, None))
        self.assertEqual(SeatChange.objects.filter(show=show).count(), 2)

    def test_nonsense_is_refused(self) -> None:
        child = typed("child", "7.00")
        for wrong in (
            {"types": [child, child]},
            {"types": [typed("adult", "7.00")]},
            {"types": [typed("child", "-1.00")]},
            {"types": [typed("child", "9998.00")]},
            {"types": [typed("child", "NaN")]},
            {"vat_rate": Decimal("-1.00")},
        ):
            with self.subTest(wrong), self.assertRaises(InvalidPriceList):
                self.save(**wrong)
        self.assertEqual(SeatChange.objects.count(), 0)

    def test_list_that_a_show_uses_stays(self) -> None:
        with self.assertRaises(ProtectedError):
            self.list.delete()

    def test_kinds_of_seats_stay_as_long_as_there_are_shows(self) -> None:
        """So no show's price changes by painting a seat anew."""
        hall = self.show.auditorium
        with self.assertRaises(LayoutInUse):
            change_auditorium(
                auditorium_id=hall.pk, name=hall.name, plan="PPPPSS\nWC.SSS", now=self.now
            )


class SoldTest(PriceListCase):
    def sold(self) -> list[tuple[int, str, str, str]]:
        tickets = Ticket.objects.filter(cancelled_at=None).order_by("seat_number")
        return [(t.seat_number, t.type, f"{t.price:.2f}", f"{t.vat_rate:.2f}") for t in tickets]

    def test_sold_amounts_stay_when_the_list_changes(self) -> None:
        booking = self.book({1: "child", 3: "adult", 4: "student"})
        sold = self.sold()
        self.assertEqual(
            sold,
            [
                (1, "child", "7.00", "7.00"),
                (3, "adult", "13.00", "7.00"),
                (4, "student", "10.50", "7.00"),
            ],
        )
        self.save(types=[], vat_rate=Decimal("19.00"), companions_free=False)
        change_show(show_id=self.show.pk, now=self.now, price_list=None)
        PriceList.objects.get(pk=self.list.pk).delete()
        self.assertEqual(self.sold(), sold)
        cancelled = cancel_booking(
            booking_id=booking.pk, user=self.user, now=self.now, seat_numbers=[3]
        )
        self.assertEqual(f"{sum(t.price for t in tickets_of(cancelled)):.2f}", "17.50")

    def test_removed_type_is_a_change_of_terms_and_one_that_never_was_is_invalid(
        self,
    ) -> None:
        self.save(types=[typed("student", "8.50")])
        with self.assertRaises(TermsChanged) as caught:
            self.book({1: "child"})
        self.assertEqual(caught.exception.detail, "There are no tickets for “Child” any more.")
        self.assertEqual(caught.exception.bill.total, Decimal("10.00"))
        with self.assertRaises(UnknownTicketType):
            self.book({1: "child"}, terms=self.terms())
        with self.assertRaises(UnknownTicketType):
            self.book({1: "baby"})
        self.assertEqual(Ticket.objects.count(), 0)

    def test_type_of_another_list_is_invalid(self) -> None:
        factories.show(by=factories.price_list(types=[("child", "1.00"), ("press", "0.00")]))
        with self.assertRaises(UnknownTicketType):
            self.book({1: "press"})

    def test_hold_is_booked_with_its_types_or_those_given_anew(self) -> None:
        here: dict[str, Any] = {"show_id": self.show.pk, "user": self.user, "now": self.now}
        for seats, anew in (([1, 2], None), ([5, 6], {5: "adult", 6: "student"})):
            hold = place_hold(selection=seats, client="a", types={seats[0]: "child"}, **here)
            book_hold(token=hold.token, types=anew, **here)
        self.assertEqual(
            [(seat, code) for seat, code, *_ in self.sold()],
            [(1, "child"), (2, "adult"), (5, "adult"), (6, "student")],
        )

    def test_changed_hold_keeps_the_types_of_seats_that_stay_unless_others_are_given(self) -> None:
        hold = place_hold(
            show_id=self.show.pk,
            selection=[1, 2],
            client="a",
            user=None,
            now=self.now,
            types={1: "child", 2: "student"},
        )
        change: dict[str, Any] = {"token": hold.token, "user": None, "now": self.now}
        self.assertEqual(change_hold(selection=[2, 5], **change).types, {2: "student"})
        hold = change_hold(selection=[2, 5], types={5: "child"}, **change)
        self.assertEqual(hold.types, {5: "child"})

    def test_hold_whose_type_was_removed_is_booked_as_the_new_bill_says(self) -> None:
        here: dict[str, Any] = {"show_id": self.show.pk, "user": self.user, "now": self.now}
        hold = place_hold(selection=[1, 2], client="a", types={1: "child", 2: "student"}, **here)
        self.save(types=[typed("student", "8.00")])
        with self.assertRaises(TermsChanged) as caught:
            book_hold(token=hold.token, **here)
        booking = book_hold(token=hold.token, terms=caught.exception.terms, **here)
        self.assertEqual(booking.total, caught.exception.bill.total)
        self.assertEqual(booking.total, Decimal("18.00"))

    def test_exchanged_seats_are_for_whom_they_were(self) -> None:
        booking = self.book({1: "child", 2: "adult", 5: "student"})
        change: dict[str, Any] = {"booking_id": booking.pk, "user": self.user, "now": self.now}
        exchange_seats(give=[2, 1], take=[3, 4], **change)
        self.assertEqual(
            [one[:3] for one in self.sold()],
            [(3, "adult", "13.00"), (4, "child", "9.00"), (5, "student", "8.50")],
        )
        self.save(types=[typed("student", "8.50")])
        exchange_seats(give=[4], take=[1], **change)
        self.assertEqual(self.sold()[0][:3], (1, "adult", "10.00"))

    def test_companion_taken_in_exchange_is_free_beside_the_space_that_stays(self) -> None:
        booking = self.book({1: "child", 7: "adult"})
        exchange_seats(booking_id=booking.pk, give=[1], take=[8], user=self.user, now=self.now)
        self.assertEqual(self.sold(), [(7, "adult", "10.00", "7.00"), (8, "child", "0.00", "7.00")])
