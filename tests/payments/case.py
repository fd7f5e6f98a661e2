"""A test of paying: a show, a hold, and a worker that does what is due."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from unittest import mock

from django.utils import timezone

from booking.buyers import Buyer
from booking.models import Booking, Hold
from booking.selectors.money import account_of
from booking.services.holds import place_hold
from booking.services.paying import WhichHold
from foundation.outbox.models import Message
from foundation.outbox.worker import do_next
from payments.models import Payment, Pretended
from payments.providers import pretend
from payments.services.notices import receive
from payments.services.starting import start_payment
from tests import factories

GUEST = Buyer(email="ada@example.org")
GOOD = "4242"


class Paying:
    """What tests of paying share; mixed into a test case."""

    show: Any

    def set_up(self, **show: Any) -> None:
        self.now = timezone.now()
        self.show = factories.show(**show)

    def hold(self, *seat_numbers: int, client: str = "address:1", user: Any = None) -> Hold:
        return place_hold(
            show_id=self.show.pk,
            selection=seat_numbers or [1],
            client=client,
            user=user,
            now=timezone.now(),
        )

    def start(self, hold: Hold, *, buyer: Buyer = GUEST, client: str = "address:1") -> Payment:
        return start_payment(
            WhichHold(token=hold.token),
            way="pretend",
            buyer=buyer,
            client=client,
            now=timezone.now(),
        )

    def use(self, payment: Payment, card: str = GOOD, *, told: bool = True) -> Pretended:
        """Pay with a card, and let the box office be told as the card has it."""
        found = Pretended.objects.get(payment_id=payment.pk)
        found = pretend.pay(pretended_id=found.pk, card=card)
        for body, headers in pretend.notifications(found) if told else []:
            receive(way="pretend", body=body, headers=headers, now=timezone.now())
        return found

    def paid(self, *seat_numbers: int, card: str = GOOD, buyer: Buyer = GUEST) -> Payment:
        """Return a payment that is through: seats are sold and the money is taken."""
        payment = self.start(self.hold(*seat_numbers), buyer=buyer)
        self.use(payment, card)
        self.work()
        payment.refresh_from_db()
        return payment

    def work(self) -> None:
        """Let a worker do all that is due."""
        for _ in range(200):
            if not do_next():
                return
        raise AssertionError("the worker finds no end")

    def work_at(self, moment: datetime) -> None:
        with self.at(moment):
            self.work()

    def at(self, moment: datetime) -> Any:
        return mock.patch.object(timezone, "now", return_value=moment)

    def retry(self) -> None:
        """Let what failed be due at once, and done."""
        Message.objects.waiting().filter(attempts__gt=0).update(due_at=timezone.now())
        self.work()


def paid_for(booking: Booking) -> Decimal:
    return account_of(booking).paid


def later(**more: Any) -> datetime:
    return timezone.now() + timedelta(**more)
