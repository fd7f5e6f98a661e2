"""Who pays is who gets the tickets."""

from django.core import mail
from django.test import TestCase
from django.utils import timezone

from booking.buyers import Buyer
from booking.errors import ShowCancelled, ShowStarted
from booking.models import Booking
from payments.models import Payment, Pretended
from payments.providers import Status
from tests import factories
from tests.payments.case import GUEST, Paying

State = Payment.State


class WhoPaysTests(Paying, TestCase):
    def setUp(self) -> None:
        self.set_up()

    def test_guest_who_corrects_the_address_gets_the_tickets_there(self) -> None:
        hold = self.hold(1)
        first = self.start(hold, buyer=Buyer(email="wrnog@example.org"))
        second = self.start(hold, buyer=GUEST)
        self.assertNotEqual(first.pk, second.pk)
        self.use(first)
        self.use(second)
        self.work()
        self.assertEqual(Booking.objects.get().email, GUEST.email)
        self.assertEqual([one.to for one in mail.outbox], [[GUEST.email]])
        self.assertEqual(Pretended.objects.get(payment_id=first.pk).status, Status.CANCELLED)

    def test_guest_who_signs_in_pays_for_the_account(self) -> None:
        hold, user = self.hold(1), factories.user(confirmed_email="bob@example.org")
        self.start(hold)
        second = self.start(hold, buyer=Buyer(user))
        self.assertEqual(self.start(hold, buyer=Buyer(user)).pk, second.pk)
        self.use(second)
        self.work()
        self.assertEqual(Booking.objects.get().user, user)

    def test_show_that_is_called_off_or_begun_leads_nobody_on_to_pay(self) -> None:
        hold, now = self.hold(1), timezone.now()
        self.start(hold)
        for over, refusal in (
            ({"starts_at": now}, ShowStarted),
            ({"cancelled_at": now}, ShowCancelled),
        ):
            type(self.show).objects.filter(pk=self.show.pk).update(**over)
            with self.subTest(refusal), self.assertRaises(refusal):
                self.start(hold)
