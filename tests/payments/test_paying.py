"""From a hold to sold seats by way of a provider, and what can go wrong between them."""

from decimal import Decimal
from unittest import mock

from django.core import mail
from django.test import TestCase
from django.utils import timezone

from booking.buyers import Buyer
from booking.errors import HoldExpired, HoldNotFound
from booking.models import Booking, Hold, Taking, Ticket
from booking.rules import LONGEST_HOLD_TIME, PAYING_TIME, PAYMENTS_LEFT
from booking.selectors import seat_map
from booking.services.holds import change_hold, release_hold
from booking.services.paying import WhichHold
from booking.services.sales import book_hold, book_seats
from booking.terms import TermsChanged
from cinema.erasure import erase_guest, erase_user
from cinema.tidying import tidy
from foundation.instants import milliseconds
from payments.addresses import address_of
from payments.errors import (
    NoBuyer,
    TooManyPayments,
    WayNotOffered,
)
from payments.models import Payment, Pretended
from payments.providers import Status, Unreachable, pretend
from payments.services.finishing import cancel_payment, finish
from payments.services.starting import start_payment
from tests import factories
from tests.ledger import check_books
from tests.payments.case import GUEST, Paying, later, paid_for

State = Payment.State


class PayingTests(Paying, TestCase):
    def setUp(self) -> None:
        self.set_up()

    def seen(self, payment: Payment) -> Pretended:
        return Pretended.objects.get(payment_id=payment.pk)

    def test_paid_seats_are_sold_and_the_money_is_taken(self) -> None:
        hold = self.hold(1, 2)
        payment = self.start(hold)
        self.assertEqual((payment.amount, payment.state), (Decimal("20.00"), State.STARTED))
        self.assertIn("/payments/pretend/", payment.url)
        self.use(payment)
        self.work()
        payment.refresh_from_db()
        booking = payment.booking
        assert booking is not None
        self.assertEqual((payment.state, payment.captured), (State.CAPTURED, Decimal("20.00")))
        self.assertEqual((booking.email, booking.pays_online), (GUEST.email, True))
        self.assertEqual(paid_for(booking), Decimal("20.00"))
        self.assertEqual(self.seen(payment).captured, Decimal("20.00"))
        self.assertEqual(payment.email, "")
        self.assertEqual([one.to for one in mail.outbox], [[GUEST.email]])
        check_books(self, self.show.pk)

    def test_seats_are_held_for_as_long_as_the_payment_lasts(self) -> None:
        hold = self.hold(1)
        with self.at(later(minutes=7)):
            payment = self.start(hold)
        self.assertEqual(payment.until, Hold.objects.get(pk=hold.pk).expires_at)
        self.assertGreater(payment.until, hold.expires_at)
        self.assertEqual(seat_map.states(self.show.pk).held_until, {1: milliseconds(payment.until)})
        check_books(self, self.show.pk)

    def test_payments_on_one_hold_end(self) -> None:
        hold = self.hold(1)
        bound = hold.created_at + LONGEST_HOLD_TIME + PAYING_TIME
        Hold.objects.filter(pk=hold.pk).update(expires_at=bound)
        with self.at(bound), self.assertRaises(HoldExpired):
            self.start(hold)

    def test_asked_again_it_is_the_same_payment(self) -> None:
        hold = self.hold(1)
        first, again = self.start(hold), self.start(hold)
        self.assertEqual((first.pk, first.url), (again.pk, again.url))
        self.use(first)
        self.work()
        after = self.start(hold)
        self.assertEqual((after.pk, after.state), (first.pk, State.CAPTURED))

    def test_declined_card_and_then_another(self) -> None:
        hold = self.hold(1)
        first = self.start(hold)
        self.use(first, pretend.DECLINED)
        self.work()
        first.refresh_from_db()
        self.assertEqual((first.state, first.reason), (State.FAILED, "Your card was declined."))
        self.assertEqual(mail.outbox, [])
        second = self.start(hold)
        self.assertNotEqual(first.key, second.key)
        self.use(second)
        self.work()
        self.assertEqual(Booking.objects.count(), 1)
        second.refresh_from_db()
        self.assertEqual(second.state, State.CAPTURED)

    def test_seats_lost_meanwhile_cost_nothing(self) -> None:
        payment = self.start(self.hold(1))
        moment = payment.until
        with self.at(moment):
            book_seats(show_id=self.show.pk, seat_numbers=[1], user=factories.user(), now=moment)
            self.use(payment)
            self.work()
        payment.refresh_from_db()
        self.assertEqual((payment.state, payment.booking), (State.CANCELLED, None))
        self.assertIsNotNone(payment.released_at)
        self.assertEqual((self.seen(payment).status, self.seen(payment).captured), ("cancelled", 0))
        self.assertFalse(Taking.objects.exists())
        [sent] = mail.outbox
        self.assertEqual(sent.to, [GUEST.email])
        self.assertIn("nothing was charged", sent.body.lower())
        self.assertIn("because you began to pay for tickets.", sent.body)

    def test_late_promise_for_seats_that_are_free_still_sells_them(self) -> None:
        payment = self.start(self.hold(1))
        self.use(payment, pretend.LATE)
        self.work()
        payment.refresh_from_db()
        self.assertEqual(payment.state, State.STARTED)
        self.work_at(payment.until)
        payment.refresh_from_db()
        self.assertEqual(payment.state, State.CAPTURED)

    def test_changed_show_costs_nothing(self) -> None:
        payment = self.start(self.hold(1))
        self.use(payment)
        type(self.show).objects.filter(pk=self.show.pk).update(price=Decimal("12.00"))
        self.work()
        payment.refresh_from_db()
        self.assertEqual(payment.state, State.CANCELLED)
        self.assertIn("agreed", payment.reason)
        self.assertEqual(self.seen(payment).status, Status.CANCELLED)

    def test_changed_seats_cost_nothing(self) -> None:
        hold = self.hold(1)
        payment = self.start(hold)
        change_hold(token=hold.token, selection=[2], user=None, now=timezone.now())
        self.use(payment)
        self.work()
        payment.refresh_from_db()
        self.assertEqual((payment.state, Ticket.objects.count()), (State.CANCELLED, 0))

    def test_other_seats_are_another_payment(self) -> None:
        hold = self.hold(1)
        first = self.start(hold)
        change_hold(token=hold.token, selection=[1, 2], user=None, now=timezone.now())
        second = self.start(hold)
        self.assertEqual(second.amount, Decimal("20.00"))
        self.use(first)
        self.use(second)
        self.work()
        first.refresh_from_db()
        self.assertEqual((first.state, self.seen(first).status), (State.CANCELLED, "cancelled"))
        self.assertEqual(Booking.objects.get().total, Decimal("20.00"))

    def test_lost_answer_is_looked_up_before_anything_else(self) -> None:
        hold = self.hold(1)
        start = pretend.Pretend.start

        def lose(*args: object, **kwargs: object) -> None:
            start(*args, **kwargs)  # type: ignore[arg-type]
            raise Unreachable

        with mock.patch.object(pretend.Pretend, "start", lose):
            payment = self.start(hold)
        self.assertEqual((payment.state, payment.url), (State.UNKNOWN, ""))
        with mock.patch.object(pretend.Pretend, "start", side_effect=AssertionError):
            self.assertEqual(self.start(hold).pk, payment.pk)
        self.use(payment, pretend.ANSWER_LOST)
        self.work()
        payment.refresh_from_db()
        self.assertEqual(payment.state, State.CAPTURED)
        self.assertEqual(Pretended.objects.count(), 1)

    def test_lost_answer_before_anybody_paid_begins_once_more(self) -> None:
        with mock.patch.object(pretend.Pretend, "start", side_effect=Unreachable):
            payment = self.start(self.hold(1))
        self.work()
        payment.refresh_from_db()
        self.assertEqual(payment.state, State.STARTED)
        self.assertIn("/payments/pretend/", payment.url)

    def test_provider_that_begins_nothing_is_asked_now_and_then(self) -> None:
        with mock.patch.object(pretend.Pretend, "start", side_effect=Unreachable) as start:
            payment = self.start(self.hold(1))
            self.work()
            self.assertEqual(start.call_count, 2)
            self.retry()
            self.assertEqual(start.call_count, 3)
        payment.refresh_from_db()
        self.assertEqual(payment.state, State.UNKNOWN)
        self.retry()
        payment.refresh_from_db()
        self.assertEqual(payment.state, State.STARTED)
        self.assertIn("/payments/pretend/", payment.url)

    def test_seats_booked_meanwhile_to_be_paid_at_the_box_office(self) -> None:
        user = factories.user(confirmed_email="bob@example.org")
        hold = self.hold(1, user=user)
        payment = self.start(hold, buyer=Buyer(user))
        book_hold(show_id=self.show.pk, token=hold.token, user=user, now=timezone.now())
        self.use(payment)
        self.work()
        payment.refresh_from_db()
        self.assertEqual((payment.state, self.seen(payment).status), (State.CANCELLED, "cancelled"))
        [told] = [one for one in mail.outbox if "nothing charged" in one.subject]
        self.assertIn("Your seats are booked", told.subject)
        self.assertNotIn("could not be booked", told.body)
        page = self.client.get(f"/payments/{address_of(payment)}/")
        self.assertContains(page, "to be paid at the box office. So this payment was given up")

    def test_provider_that_hangs_is_asked_again(self) -> None:
        payment = self.start(self.hold(1))
        self.use(payment, pretend.HANGS)
        with self.assertRaises(Unreachable):
            finish(payment.pk, now=timezone.now())
        payment.refresh_from_db()
        self.assertEqual(payment.state, State.UNKNOWN)
        for _ in range(pretend.HANGS_FOR):
            self.work_at(later(minutes=8))
            self.retry()
        payment.refresh_from_db()
        self.assertEqual(payment.state, State.CAPTURED)

    def test_nobody_pays_and_the_time_is_over(self) -> None:
        payment = self.start(self.hold(1))
        self.work_at(payment.until)
        payment.refresh_from_db()
        self.assertEqual((payment.state, self.seen(payment).status), (State.CANCELLED, "cancelled"))
        self.use(payment)
        self.work()
        self.assertFalse(Booking.objects.exists())

    def test_browser_is_closed_and_nobody_tells(self) -> None:
        payment = self.start(self.hold(1))
        self.use(payment, pretend.NEVER)
        self.work_at(payment.until)
        payment.refresh_from_db()
        self.assertEqual(payment.state, State.CAPTURED)

    def test_cancelled_payment_stays_so(self) -> None:
        payment = self.start(self.hold(1))
        cancel_payment(payment_id=payment.pk, now=timezone.now())
        self.use(payment)  # before the worker has told the provider
        self.work()
        payment.refresh_from_db()
        self.assertEqual((payment.state, self.seen(payment).status), (State.CANCELLED, "cancelled"))
        self.assertFalse(Booking.objects.exists())

    def test_provider_that_keeps_a_promise_is_asked_until_it_lets_go(self) -> None:
        payment = self.start(self.hold(1))
        cancel_payment(payment_id=payment.pk, now=timezone.now())
        with mock.patch.object(pretend.Pretend, "cancel", side_effect=Unreachable):
            self.work()
        payment.refresh_from_db()
        self.assertIsNone(payment.released_at)
        self.retry()
        payment.refresh_from_db()
        self.assertIsNotNone(payment.released_at)

    def test_seats_given_back_by_the_buyer_are_free(self) -> None:
        hold = self.hold(1)
        self.start(hold)
        release_hold(token=hold.token, user=None, now=timezone.now())
        self.assertEqual(seat_map.states(self.show.pk).states[0], "a")

    def test_account_pays_for_itself(self) -> None:
        user = factories.user(confirmed_email="bob@example.org")
        hold = self.hold(1, user=user)
        payment = self.start(hold, buyer=Buyer(user))
        self.use(payment)
        self.work()
        self.assertEqual(Booking.objects.get().user, user)

    def test_show_that_is_called_off_meanwhile_costs_nothing(self) -> None:
        payment = self.start(self.hold(1))
        now = timezone.now()
        type(self.show).objects.filter(pk=self.show.pk).update(cancelled_at=now)
        self.use(payment)
        self.work()
        payment.refresh_from_db()
        self.assertEqual((payment.state, self.seen(payment).status), (State.CANCELLED, "cancelled"))
        self.assertFalse(Booking.objects.exists())

    def test_account_that_is_erased_meanwhile_pays_nothing(self) -> None:
        user = factories.user(confirmed_email="bob@example.org")
        payment = self.start(self.hold(1, user=user), buyer=Buyer(user))
        erase_user(user_id=user.pk, now=timezone.now())
        self.use(payment)
        self.work()
        payment.refresh_from_db()
        self.assertEqual((payment.state, self.seen(payment).status), (State.CANCELLED, "cancelled"))
        self.assertEqual((Booking.objects.count(), mail.outbox), (0, []))

    def test_address_of_a_guest_who_booked_nothing_is_forgotten(self) -> None:
        payment = self.start(self.hold(1))
        cancel_payment(payment_id=payment.pk, now=timezone.now())
        for moment, email in ((later(hours=23), GUEST.email), (later(days=1, seconds=1), "")):
            tidy(now=moment)
            payment.refresh_from_db()
            self.assertEqual(payment.email, email)

    def test_network_address_of_who_paid_is_forgotten(self) -> None:
        payment = self.paid(1)
        for moment, client in ((later(hours=23), "address:1"), (later(days=1, seconds=1), "")):
            tidy(now=moment)
            payment.refresh_from_db()
            self.assertEqual(payment.client, client)

    def test_network_address_of_who_is_erased_is_forgotten_at_once(self) -> None:
        user = factories.user(confirmed_email="bob@example.org")
        through, under_way = self.paid(1), self.start(self.hold(2))
        accounts = self.start(self.hold(3, user=user), buyer=Buyer(user))
        erase_guest(email=GUEST.email)
        erase_user(user_id=user.pk, now=timezone.now())
        for payment in (through, under_way, accounts):
            payment.refresh_from_db()
            self.assertEqual((payment.client, payment.email), ("", ""))

    def test_show_that_nobody_sells_is_not_paid_for(self) -> None:
        """The stage's show goes with all that is booked there; no money may hang on it."""
        hold = self.hold(1)
        type(self.show).objects.filter(pk=self.show.pk).update(is_listed=False)
        with self.assertRaises(WayNotOffered):
            self.start(hold)

    def test_old_notices_go(self) -> None:
        payment = self.start(self.hold(1))
        self.use(payment)
        self.assertEqual(tidy(now=later(days=29))["notifications of payments"], 0)
        self.assertEqual(tidy(now=later(days=31))["notifications of payments"], 1)

    def test_refused_before_anybody_is_asked_to_pay(self) -> None:
        hold, now = self.hold(1), timezone.now()
        for way, buyer, token, refusal in (
            ("barter", GUEST, hold.token, WayNotOffered),
            ("counter", GUEST, hold.token, WayNotOffered),
            ("pretend", Buyer(), hold.token, NoBuyer),
            ("pretend", GUEST, "another", HoldNotFound),
        ):
            with self.subTest(refusal), self.assertRaises(refusal):
                start_payment(
                    WhichHold(token=token), way=way, buyer=buyer, client="address:1", now=now
                )
        type(self.show).objects.filter(pk=self.show.pk).update(price=Decimal("12.00"))
        with self.assertRaises(TermsChanged):
            self.start(hold)
        self.assertFalse(Payment.objects.exists() or Pretended.objects.exists())

    def test_payments_left_are_bounded(self) -> None:
        hold, now = self.hold(1), timezone.now()
        for _ in range(PAYMENTS_LEFT):
            cancel_payment(payment_id=self.start(hold).pk, now=now)
        with self.assertRaises(TooManyPayments):
            self.start(hold)
        self.assertEqual(self.start(hold, client="address:2").state, State.STARTED)
