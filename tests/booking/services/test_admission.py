"""Each ticket lets one person in, and every refusal says why."""

import uuid
from datetime import timedelta
from decimal import Decimal
from typing import Any
from unittest import mock

from django.db import IntegrityError, transaction
from django.test import TestCase
from django.utils import timezone

from booking.codes import code_of
from booking.errors import (
    AdmissionNotFound,
    AlreadyAdmitted,
    NotDue,
    OtherDay,
    OtherShow,
    SeveralTickets,
    ShowNotFound,
    ShowOver,
    TicketCancelled,
    TicketNotFound,
    Unpaid,
)
from booking.models import Admission, Show, Taking, Ticket
from booking.selectors.audit import audit
from booking.selectors.door import (
    admissions_that_cannot_be,
    door_list,
    door_list_name,
    shows_at_the_door,
)
from booking.selectors.money import account_of
from booking.services.admission import admit, undo_admission
from booking.services.amendments import cancel_booking, exchange_seats
from booking.services.sales import book_seats
from tests import factories

MINUTE = timedelta(minutes=1)


class DoorCase(TestCase):
    def setUp(self) -> None:
        self.enterContext(mock.patch("booking.events.publish"))
        self.now = timezone.now()
        self.show = factories.show(starts_at=self.now + 20 * MINUTE)
        self.ann, self.ben = factories.user(username="ann"), factories.user(username="ben")
        self.buyer = factories.user()
        self.booking = self.book(1, 2)
        self.first, self.second = Ticket.objects.filter(booking=self.booking)

    def book(self, *seat_numbers: int, show: Any = None) -> Any:
        show_id = (show or self.show).pk
        booking = book_seats(
            show_id=show_id, seat_numbers=seat_numbers, user=self.buyer, now=self.now
        )
        return factories.paid(booking)

    def admit(self, ticket: Any = None, **options: Any) -> Admission:
        options.setdefault("show_id", self.show.pk)
        options.setdefault("by", self.ann)
        if "reference" not in options:
            options.setdefault("code", (ticket or self.first).code)
        return admit(**{"now": self.now} | options)

    def state(self) -> list[bool]:
        """Return of each ticket on the list whether somebody is in."""
        return [one["admission"] is not None for one in door_list(self.show.pk).tickets]


class AdmissionTests(DoorCase):
    def test_ticket_lets_in_once(self) -> None:
        admission = self.admit()
        self.assertEqual(
            (admission.ticket_id, admission.admitted_at, admission.admitted_by, admission.conflict),
            (self.first.pk, self.now, self.ann, ""),
        )
        self.assertEqual(self.state(), [True, False])
        with self.assertRaises(AlreadyAdmitted) as caught:
            self.admit(by=self.ben)
        self.assertRegex(caught.exception.detail, r"ticket for A1 at [\d:]+, let in by ann\.$")
        self.assertEqual(caught.exception.members["admission"], admission.pk)
        self.admit(self.second)
        self.assertEqual(self.state(), [True, True])

    def test_reference_and_seat_let_in_as_well(self) -> None:
        plain = self.booking.reference.replace("-", " ").lower()
        self.assertEqual(self.admit(reference=plain, seat_number=2).ticket_id, self.second.pk)
        with self.assertRaises(SeveralTickets) as caught:
            self.admit(reference=self.booking.reference)
        self.assertEqual([seat.label for seat in caught.exception.members["seats"]], ["A1", "A2"])
        cancel_booking(booking_id=self.booking.pk, user=None, now=self.now, seat_numbers=[1])
        with self.assertRaises(AlreadyAdmitted):
            self.admit(reference=self.booking.reference)
        for reference, seat_number in ((self.booking.reference, 3), ("2222-2222", 1), ("", None)):
            with self.subTest(reference), self.assertRaises(TicketNotFound):
                self.admit(reference=reference, seat_number=seat_number)

    def test_same_key_gets_the_same_answer(self) -> None:
        key = uuid.uuid4()
        admission = self.admit(key=key)
        self.assertEqual(self.admit(key=key, by=self.ben).pk, admission.pk)
        self.assertEqual(self.admit(key=key, at=self.now).pk, admission.pk)
        with self.assertRaises(AlreadyAdmitted):
            self.admit(key=uuid.uuid4())
        self.assertNotEqual(self.admit(self.second, key=key).pk, admission.pk)

    def test_undone_admission_lets_in_again(self) -> None:
        admission = self.admit()
        for _ in range(2):
            undone = undo_admission(admission_id=admission.pk, by=self.ben, now=self.now)
            self.assertEqual((undone.undone_at, undone.undone_by), (self.now, self.ben))
        self.assertEqual(self.state(), [False, False])
        again = self.admit()
        undo_admission(admission_id=admission.pk, by=self.ben, now=self.now)
        self.assertEqual((self.state(), again.undone_at), ([True, False], None))
        with self.assertRaises(AdmissionNotFound):
            undo_admission(admission_id=1, by=self.ben, now=self.now)

    def test_other_shows_and_days_are_told_apart(self) -> None:
        noon = self.now.replace(hour=12, minute=0) + timedelta(days=3)
        later = factories.show(starts_at=noon)
        evening = factories.show(starts_at=noon + timedelta(hours=6))
        ticket = Ticket.objects.get(booking=self.book(1, show=evening))
        with self.assertRaises(OtherShow) as caught:
            self.admit(ticket, show_id=later.pk)
        self.assertIn(evening.auditorium.name, caught.exception.detail)
        with self.assertRaises(OtherDay):
            self.admit(show_id=later.pk)

    def test_nobody_comes_in_when_the_film_is_over(self) -> None:
        over = self.show.film_ends_at
        self.assertIsNotNone(self.admit(now=over - MINUTE))
        with self.assertRaises(ShowOver):
            self.admit(self.second, now=over)
        self.assertEqual(shows_at_the_door(over - MINUTE), [self.show])
        self.assertEqual(shows_at_the_door(over), [])

    def test_what_is_no_ticket_is_refused(self) -> None:
        for code in (code_of(7), self.first.code[:-2] + "AA", "x", self.booking.reference):
            with self.subTest(code), self.assertRaises(TicketNotFound):
                self.admit(code=code)
        Show.objects.filter(pk=self.show.pk).update(is_listed=False)
        with self.assertRaises(ShowNotFound):
            self.admit()

    def test_cancelled_ticket_lets_nobody_in_nor_does_an_exchanged_one(self) -> None:
        self.exchange(1, 5)
        cancel_booking(booking_id=self.booking.pk, user=None, now=self.now, seat_numbers=[2])
        for ticket in (self.first, self.second):
            with self.subTest(ticket), self.assertRaises(TicketCancelled):
                self.admit(ticket)
        self.assertEqual(self.admit(reference=self.booking.reference).ticket.seat_number, 5)

    def exchange(self, give: int, take: int) -> None:
        exchange_seats(
            booking_id=self.booking.pk, give=[give], take=[take], user=self.buyer, now=self.now
        )

    def test_ticket_that_let_somebody_in_is_not_given_back(self) -> None:
        admission = self.admit()
        with self.assertRaises(AlreadyAdmitted):
            cancel_booking(booking_id=self.booking.pk, user=None, now=self.now)
        with self.assertRaises(AlreadyAdmitted):
            self.exchange(1, 5)
        cancel_booking(booking_id=self.booking.pk, user=None, now=self.now, seat_numbers=[2])
        undo_admission(admission_id=admission.pk, by=self.ann, now=self.now)
        cancel_booking(booking_id=self.booking.pk, user=None, now=self.now)

    def test_staff_who_were_erased_stay_unnamed(self) -> None:
        self.admit()
        self.ann.delete()
        with self.assertRaises(AlreadyAdmitted) as caught:
            self.admit(by=self.ben)
        self.assertIn("let in by somebody who has left", caught.exception.detail)


class ToldLaterTests(DoorCase):
    """What a door without a network tells when it has one again."""

    def test_it_is_recorded_as_it_happened(self) -> None:
        came = self.now - 3 * MINUTE
        admission = self.admit(at=came)
        self.assertEqual(
            (admission.admitted_at, admission.recorded_at, admission.conflict),
            (came, self.now, ""),
        )

    def test_nothing_comes_from_the_future(self) -> None:
        self.assertEqual(self.admit(at=self.now + 180 * MINUTE).admitted_at, self.now)

    def test_second_one_by_a_ticket_is_recorded_and_does_not_count(self) -> None:
        first = self.admit(at=self.now - 2 * MINUTE, key=uuid.uuid4())
        key = uuid.uuid4()
        for _ in range(2):
            second = self.admit(at=self.now - 3 * MINUTE, key=key, by=self.ben)
        self.assertEqual((second.conflict, Admission.objects.count()), ("already_admitted", 2))
        listed = door_list(self.show.pk).tickets[0]["admission"]
        self.assertEqual((listed["id"], listed["by"]), (first.pk, "ann"))

    def test_ticket_that_was_cancelled_meanwhile_is_recorded(self) -> None:
        cancel_booking(booking_id=self.booking.pk, user=None, now=self.now)
        admission = self.admit(at=self.now - MINUTE)
        self.assertEqual(admission.conflict, "ticket_cancelled")
        self.assertEqual(audit_checks(self.show.pk), [])

    def test_ticket_of_a_show_that_is_over_by_now_is_recorded(self) -> None:
        over = self.show.film_ends_at
        self.assertEqual(self.admit(at=over - MINUTE, now=over + MINUTE).conflict, "")


class UnpaidTests(DoorCase):
    """Whoever has not paid does so at the door, and is in with the same step."""

    def setUp(self) -> None:
        super().setUp()
        Taking.objects.all().delete()

    def pay(self, ticket: Any = None, amount: str = "20.00", **options: Any) -> Admission:
        return self.admit(ticket, amount=Decimal(amount), method=Taking.Method.CARD, **options)

    def due(self) -> Decimal:
        return account_of(self.booking).due

    def test_unpaid_booking_lets_nobody_in_and_says_what_is_due(self) -> None:
        with self.assertRaises(Unpaid) as caught:
            self.admit()
        refusal = caught.exception
        self.assertEqual((refusal.detail, refusal.members["due"]), ("€20.00 is due.", "20.00"))
        self.assertEqual([seat.label for seat in refusal.members["seats"]], ["A1"])
        self.assertEqual(self.state(), [False, False])

    def test_money_is_taken_and_they_are_in(self) -> None:
        self.pay()
        taken = Taking.objects.get()
        self.assertEqual(
            (taken.booking, taken.amount, taken.method, taken.at, taken.by),
            (self.booking, Decimal("20.00"), "card", self.now, self.ann),
        )
        self.admit(self.second)
        self.assertEqual((self.state(), self.due()), ([True, True], 0))

    def test_same_scan_sent_again_takes_nothing_more(self) -> None:
        key = uuid.uuid4()
        for came in (None, None, self.now):
            self.pay(key=key, at=came)
        self.assertEqual((Taking.objects.count(), Admission.objects.count()), (1, 1))

    def test_only_what_is_due_by_now_is_taken(self) -> None:
        for amount in ("19.99", "20.01"):
            with self.subTest(amount), self.assertRaises(Unpaid):
                self.pay(amount=amount)
        factories.paid(self.booking)
        with self.assertRaises(NotDue):
            self.pay()
        self.assertEqual((self.state(), Taking.objects.count()), ([False, False], 1))
        self.admit()

    def test_refused_ticket_takes_no_money(self) -> None:
        cancel_booking(booking_id=self.booking.pk, user=None, now=self.now, seat_numbers=[1])
        with self.assertRaises(TicketCancelled):
            self.pay()
        self.assertEqual(Taking.objects.count(), 0)

    def test_undoing_keeps_the_money(self) -> None:
        admission = self.pay()
        undo_admission(admission_id=admission.pk, by=self.ben, now=self.now)
        self.assertEqual((self.state(), self.due()), ([False, False], 0))

    def test_what_was_paid_without_a_network_is_noted_as_it_happened(self) -> None:
        came = self.now - 3 * MINUTE
        factories.paid(self.booking)  # at the till, meanwhile
        key = uuid.uuid4()
        for _ in range(2):
            self.assertEqual(self.pay(at=came, key=key).conflict, "")
        self.assertEqual(Taking.objects.get(method="card").at, came)
        self.assertEqual((self.state(), self.due()), ([True, False], Decimal("-20.00")))

    def test_whoever_came_in_unpaid_without_a_network_is_in_and_still_owes(self) -> None:
        self.assertEqual(self.admit(at=self.now).conflict, "")
        self.assertEqual((self.state(), self.due()), ([True, False], Decimal("20.00")))

    def test_list_says_what_is_due_and_is_another_one_once_it_is_paid(self) -> None:
        self.book(5)
        before = door_list(self.show.pk)
        self.assertEqual([one["due"] for one in before.tickets], ["20.00", "20.00", "0.00"])
        factories.paid(self.booking)
        with self.assertNumQueries(7):
            after = door_list(self.show.pk)
        self.assertEqual([one["due"] for one in after.tickets], ["0.00", "0.00", "0.00"])
        self.assertNotEqual(before.name, after.name)
        with self.assertNumQueries(3):
            self.assertEqual(door_list_name(self.show.pk), after.name)


class AuditTests(DoorCase):
    def test_audit_finds_what_cannot_be(self) -> None:
        self.admit()
        self.assertEqual(audit_checks(self.show.pk), [])
        Ticket.objects.filter(pk=self.first.pk).update(cancelled_at=self.now - MINUTE)
        self.assertIn("admissions", audit_checks(self.show.pk))

    def test_tickets_of_a_show_that_was_called_off_are_no_fault(self) -> None:
        self.admit()
        Ticket.objects.filter(pk=self.first.pk).update(cancelled_at=self.now + MINUTE)
        self.assertEqual(admissions_that_cannot_be(self.show.pk), [])

    def test_database_refuses_a_second_admission(self) -> None:
        self.admit()
        moments = {"admitted_at": self.now, "recorded_at": self.now}
        with self.assertRaises(IntegrityError), transaction.atomic():
            Admission.objects.create(ticket=self.first, **moments)


def audit_checks(show_id: int) -> list[str]:
    report = audit(show_id)
    assert report is not None
    return [fault.check for fault in report.faults]
