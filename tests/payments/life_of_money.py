"""The life of the money of a show, in every order of steps that Hypothesis thinks of.

People hold seats and pay with every card there is, answers get lost, notices come or don't, tickets
are given back, the show is called off, and at any point whatever runs may be killed. At every rest,
when a worker has done all that is due and the time to do it is over, the money must be where the
tickets are.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial, wraps
from itertools import count
from types import SimpleNamespace
from typing import Any, TypeVar
from unittest import TestCase, mock

from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from booking.buyers import Buyer
from booking.models import Booking, Hold, Show, Taking, Ticket
from booking.services.amendments import cancel_booking
from booking.services.calling_off import END_HOLDS, cancel_show
from booking.services.holds import change_hold, place_hold
from booking.services.offers import expire_holds
from booking.services.paying import WhichHold
from booking.services.sales import book_seats
from foundation import ids
from foundation.db import transactions
from foundation.errors import Refusal
from foundation.outbox import worker
from foundation.outbox.models import Message
from payments.models import Notice, Payment, Pretended, Refund
from payments.providers import Dispute, Status, pretend
from payments.selectors.audit import faults
from payments.services.finishing import cancel_payment
from payments.services.notices import receive
from payments.services.refunding import ask_again
from payments.services.starting import start_payment
from tests import factories
from tests.ledger import check_books, sold_seats
from tests.payments.chance import SEATS, Chance, Killed, Perils, chances, taken_back

T = TypeVar("T")

ASKED = ("start", "look_up", "capture", "cancel", "refund", "look_up_refund")
OVER = (Payment.State.CAPTURED, Payment.State.CANCELLED, Payment.State.FAILED)
# More than any message needs from now until it is done or has failed for good.
LOOKS = 300

# What happens, and how often beside the rest of it.
HAPPENING = [
    *["hold_and_pay", "work"] * 5,
    *["cancel", "notify"] * 3,
    *["pay_once_more", "change_seats", "rival_books", "wait"] * 2,
    *["give_up", "ask_for_refund_again", "expire", "rest", "call_off", "wait_for_the_evening"],
]


class LifeOfMoney(RuleBasedStateMachine):
    test: TestCase

    def __init__(self) -> None:
        super().__init__()
        self.perils = Perils()
        self.now = datetime(2030, 5, 1, 12, tzinfo=timezone.get_current_timezone())
        self.patches = ExitStack()
        self.patches.enter_context(taken_back())
        self.put_in_the_way()
        self.show = factories.show(plan="S" * SEATS, starts_at=self.now + timedelta(days=9))
        self.user = factories.user(confirmed_email="ada@example.org")
        self.rival = factories.user()
        self.holds: list[Hold] = []
        self.notices: list[tuple[bytes, dict[str, str]]] = []
        self.delivered: set[bytes] = set()
        self.letters: list[tuple[str, dict[str, Any]]] = []

    def put_in_the_way(self) -> None:
        """Stand between the product and its clock, its transactions, its provider and its mail."""
        patch = self.patches.enter_context
        patch(mock.patch.object(timezone, "now", lambda: self.now))
        # Random ids would let rows of one moment come in another order when a life is lived again.
        serial = count(10**6)
        patch(mock.patch.object(ids, "secrets", SimpleNamespace(randbelow=lambda _: next(serial))))
        begin = transactions._Operation

        def begun() -> Any:
            self.perils.step()
            return begin()

        patch(mock.patch.object(transactions, "_Operation", begun))
        for name in ASKED:
            asked = getattr(pretend.Pretend, name)
            patch(mock.patch.object(pretend.Pretend, name, self.losing(asked)))
        letters = {kind: self.note_letter for kind in worker._handlers if kind.startswith("mail.")}
        patch(mock.patch.dict(worker._handlers, letters))

    def losing(self, ask: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(ask)
        def asked(*args: Any, **kwargs: Any) -> Any:
            # Nobody's rows are locked while somebody elsewhere takes their time.
            self.test.assertIsNone(transactions._under_way.get())
            answer = ask(*args, **kwargs)
            self.perils.answer()
            return answer

        return asked

    def note_letter(self, message: Message) -> None:
        self.letters.append((message.kind, message.payload))

    @contextmanager
    def in_peril(self, chance: Chance | None = None) -> Iterator[None]:
        """Let an operation be refused, killed, or lose an answer, as it comes."""
        if chance is not None:
            self.perils = Perils(chance.dies_after, chance.loses_after)
        try:
            yield
        except (Refusal, Killed):
            pass
        finally:
            self.perils = Perils()

    @initialize(chance=chances)
    def begin(self, chance: Chance) -> None:
        self.hold_and_pay(chance)

    @rule(what=st.sampled_from(HAPPENING), chance=chances)
    def happen(self, what: str, chance: Chance) -> None:
        getattr(self, what)(chance)

    # What buyers do

    def hold_and_pay(self, chance: Chance) -> None:
        user, client = (self.user if chance.is_heads else None), f"address:{len(self.holds)}"
        with self.in_peril():
            hold = place_hold(
                show_id=self.show.pk,
                selection=chance.seats,
                client=client,
                user=user,
                now=self.now,
            )
            self.holds.append(hold)
            self.now += timedelta(minutes=chance.minutes)
            self.pay(hold, chance)

    def pay_once_more(self, chance: Chance) -> None:
        """Pay for a hold in a second tab, or after a decline, or on the page of before."""
        if hold := self.one_of(self.holds, chance):
            self.pay(hold, chance)

    def pay(self, hold: Hold, chance: Chance) -> None:
        """Begin to pay, and use the card if there is one; notices of that come later, or never."""
        user = self.user if hold.user_id else None
        buyer = Buyer(user, "" if user else "guest@example.org")
        with self.in_peril(chance):
            start_payment(
                WhichHold(token=hold.token),
                way="pretend",
                buyer=buyer,
                client=hold.client,
                now=self.now,
            )
        for payment in Payment.objects.filter(hold_id=hold.pk):
            if payment.is_under_way:
                kept_until = Hold.objects.get(pk=hold.pk).expires_at
                self.test.assertGreaterEqual(kept_until, payment.until)
            there = Pretended.objects.filter(payment_id=payment.pk, status=Status.OPEN).first()
            if there is not None and chance.card is not None:
                there = pretend.pay(pretended_id=there.pk, card=chance.card)
                self.notices += pretend.notifications(there)

    def notify(self, chance: Chance) -> None:
        """Deliver a notice, one of the newest or an old one, which may have come before."""
        if notice := self.one_of(self.notices, chance):
            headers = {pretend.HEADER: pretend.header_of(notice[0])}
            for _ in range(2 if chance.is_all else 1):
                with self.in_peril(chance):
                    receive(way="pretend", body=notice[0], headers=headers, now=self.now)
                    self.delivered.add(notice[0])

    def change_seats(self, chance: Chance) -> None:
        if hold := self.one_of(self.holds, chance):
            user = self.user if hold.user_id else None
            with self.in_peril():
                change_hold(token=hold.token, selection=chance.seats, user=user, now=self.now)

    def give_up(self, chance: Chance) -> None:
        if hold := self.one_of(self.holds, chance):
            for payment in Payment.objects.filter(hold_id=hold.pk):
                with self.in_peril(chance):
                    cancel_payment(payment_id=payment.pk, now=self.now)

    def cancel(self, chance: Chance) -> None:
        """Give back tickets: by staff, or where it has an account, by the buyer."""
        live = [booking for booking in self.bookings() if booking.cancelled_at is None]
        if booking := self.one_of(live, chance):
            tickets = booking.tickets.filter(cancelled_at=None)
            first = list(tickets.values_list("seat_number", flat=True))[:1]
            with self.in_peril(chance):
                cancel_booking(
                    booking_id=booking.pk,
                    user=booking.user if chance.is_heads else None,
                    now=self.now,
                    seat_numbers=None if chance.is_all else first,
                )

    # What others do

    def rival_books(self, chance: Chance) -> None:
        with self.in_peril():
            book_seats(
                show_id=self.show.pk, seat_numbers=chance.seats, user=self.rival, now=self.now
            )

    def ask_for_refund_again(self, chance: Chance) -> None:
        for failed in Refund.objects.filter(state=Refund.State.FAILED).order_by("pk"):
            with self.in_peril(chance):
                ask_again(refund_id=failed.pk, now=self.now)

    def call_off(self, chance: Chance) -> None:
        """Call the show off, once there is something to be seen of that."""
        if self.bookings():
            with self.in_peril(chance):
                cancel_show(show_id=self.show.pk, now=self.now)

    def work(self, chance: Chance) -> None:
        with self.in_peril(chance):
            for _ in range(9 if chance.is_all else 2):
                worker.do_next()

    def expire(self, chance: Chance) -> None:
        expire_holds(show_id=self.show.pk, now=self.now)

    def wait(self, chance: Chance) -> None:
        self.now += timedelta(minutes=1 + 2 * chance.minutes)

    def wait_for_the_evening(self, chance: Chance) -> None:
        """Let it be an hour before the start: whoever gives tickets back then pays a share."""
        if self.bookings():
            self.now = max(self.now, self.show.starts_at - timedelta(hours=1))

    # What must be so

    def rest(self, chance: Chance) -> None:
        self.look()

    def look(self) -> None:
        """Let the worker do all that is due, and pass the time until it is; then check."""
        for _ in range(LOOKS):
            if worker.do_next():
                continue
            # A show called off is looked at until its start, whatever else there is to do.
            waits = Message.objects.waiting().exclude(kind=END_HOLDS, attempts=0)
            waiting = waits.order_by("due_at").first()
            if waiting is None:
                break
            self.now = max(self.now, waiting.due_at)
        else:
            self.test.fail("The worker finds no end.")
        self.check()

    def teardown(self) -> None:
        """Rest once more."""
        try:
            self.look()
        finally:
            self.patches.close()

    def one_of(self, several: list[T], chance: Chance) -> T | None:
        """Return one of several, if there are any."""
        return several[-1 - chance.back % len(several)] if several else None

    def bookings(self) -> list[Booking]:
        """Return all bookings that somebody pays for online, or should have."""
        paid = Booking.objects.filter(show=self.show, payments__isnull=False)
        return list(paid.order_by("pk").select_related("user", "show"))

    def check(self) -> None:
        """Check that at a rest the money is where the tickets are."""
        self.test.assertEqual(list(Message.objects.filter(failed_at__isnull=False)), [])
        check_books(self.test, self.show.pk)
        if Show.objects.get(pk=self.show.pk).cancelled_at is not None:
            self.test.assertEqual(sold_seats(self.show.pk), [])
        for payment in Payment.objects.filter(show=self.show):
            self.check_payment(payment)
        for booking in self.bookings():
            self.check_booking(booking)
        self.test.assertEqual(Notice.objects.count(), len(self.delivered))
        self.test.assertEqual(list(faults(self.now)), [])

    def check_payment(self, payment: Payment) -> None:
        """Check that nothing is promised any more, and no money taken without a booking."""
        check = partial(self.test.assertEqual, msg=payment.state)
        there = Pretended.objects.filter(payment_id=payment.pk).first()
        check(payment.state in OVER, True)
        taken = there.captured if there else Decimal(0)
        check(taken, payment.captured)
        if there is not None:
            check(there.status in (Status.CAPTURED, Status.CANCELLED, Status.FAILED), True)
        if payment.state == Payment.State.CAPTURED:
            tickets = Ticket.objects.filter(booking=payment.booking_id)
            check({one.seat_number for one in tickets}, set(payment.seat_numbers))
            check(sum(one.price for one in tickets), payment.amount)
        elif payment.state == Payment.State.CANCELLED:
            check(payment.released_at is None, False)

    def check_booking(self, booking: Booking) -> None:
        """Check what was taken and sent back against its tickets, and against the books."""
        money, failed, is_disputed = Decimal(0), Decimal(0), False
        for payment in booking.payments.all():
            there = Pretended.objects.get(payment_id=payment.pk)
            money += there.captured
            for sent in there.refunds.values():
                money -= Decimal(sent["amount"]) if sent["status"] != "failed" else 0
            failed += sum(one.amount for one in payment.refunds.filter(state=Refund.State.FAILED))
            is_disputed = is_disputed or there.dispute == Dispute.OPEN
        takings = Taking.objects.filter(booking=booking, method=Taking.Method.ONLINE)
        self.test.assertEqual(sum(one.amount for one in takings), money)
        tickets = list(booking.tickets.all())
        owed = sum(one.kept if one.cancelled_at else one.price for one in tickets)
        self.test.assertIn(("mail.booked", {"booking": booking.pk}), self.letters)
        if not booking.pays_online:
            self.test.assertEqual(money, 0)
        elif is_disputed:
            self.test.assertGreaterEqual(money, owed)
        else:
            # What is too much is what staff know of, since it could not be sent back.
            self.test.assertIn(money - owed, {Decimal(0), *self.parts_of(failed)})

    def parts_of(self, failed: Decimal) -> list[Decimal]:
        """Return what may be left of refunds that failed: another one may have covered some."""
        return [Decimal(part) for part in range(0, int(failed) + 1, 5)]
