"""Seats that cost nothing, or too little to be paid online."""

from unittest import mock

from django.core import mail
from django.test import Client, TestCase

from booking.buyers import Buyer
from booking.models import Booking, Taking
from foundation.outbox.models import Message
from payments.errors import (
    AmountTooSmall,
    NothingToPay,
)
from payments.models import Payment
from payments.providers import pretend
from tests import factories
from tests.ledger import check_books
from tests.payments.case import GUEST, Paying

State = Payment.State


class FreeTests(Paying, TestCase):
    def test_free_seats_are_booked_without_a_provider(self) -> None:
        self.set_up(price="0.00")
        with mock.patch.object(pretend.Pretend, "start", side_effect=AssertionError):
            user = factories.user(confirmed_email="bob@example.org")
            payment = self.start(self.hold(1, user=user), buyer=Buyer(user))
        self.work()
        self.assertEqual((payment.state, Booking.objects.count()), (State.CAPTURED, 1))
        self.assertEqual(len(mail.outbox), 1)
        self.assertFalse(Taking.objects.exists())
        self.assertFalse(Message.objects.filter(kind__startswith="payments.").exists())
        check_books(self, self.show.pk)

    def test_guests_book_free_seats_where_they_are_counted(self) -> None:
        self.set_up(price="0.00")
        hold = self.hold(1)
        with self.assertRaises(NothingToPay):
            self.start(hold)
        body = {"provider": "pretend", "email": GUEST.email}
        answer = self.client.post(f"/api/holds/{hold.token}/pay/", body, "application/json")
        self.assertEqual((answer.status_code, answer.json()["code"]), (409, "nothing_to_pay"))
        form = {"seats": "2", "email": GUEST.email}
        page = Client().post(f"/shows/{self.show.pk}/pay/pretend/", form)
        self.assertContains(page, "book the seats instead", status_code=409)
        self.assertFalse(Booking.objects.exists() or Payment.objects.exists())

    def test_too_little_for_the_provider_is_refused(self) -> None:
        self.set_up(price="0.30")
        with self.assertRaises(AmountTooSmall):
            self.start(self.hold(1))
        self.assertFalse(Payment.objects.exists())
