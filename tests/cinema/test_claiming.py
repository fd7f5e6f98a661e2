"""Who signs up finds what they booked before as a guest, once the address is theirs."""

from django.core import mail
from django.test import TestCase
from django.utils import timezone

from booking.models import Booking
from cinema.accounts.letters import confirm_mail
from cinema.accounts.models import User
from cinema.accounts.services import sign_up
from foundation.outbox import worker
from foundation.outbox.models import Message
from tests import factories
from tests.booking.pages.test_guests import ADA, booking_of, page_of


class ClaimTests(TestCase):
    def setUp(self) -> None:
        self.show = factories.show()
        self.booking = booking_of(self.show, 1)
        self.user = sign_up(
            username="ada", password=factories.PASSWORD, email="Ada@example.org", now=timezone.now()
        )
        self.client.force_login(self.user)
        self.link = str(confirm_mail(self.user).context["url"]).removeprefix("http://testserver")
        self.link = self.link[self.link.index("/accounts/") :]

    def own(self) -> list[Booking]:
        return list(Booking.objects.filter(user=self.user))

    def test_address_that_is_not_confirmed_claims_nothing(self) -> None:
        self.client.get(self.link)
        self.client.head(self.link)
        self.assertEqual(self.own(), [])
        self.assertEqual(self.client.get(page_of(self.booking)).status_code, 200)

    def test_button_claims_all_and_the_account_has_them(self) -> None:
        other = booking_of(self.show, 3, email="bob@example.org")
        old_link = page_of(self.booking)
        self.client.post(self.link)
        self.assertEqual(self.own(), [self.booking])
        self.assertContains(
            self.client.get(f"/bookings/{self.booking.reference}/"), self.booking.reference
        )
        self.assertEqual(self.client.get(old_link).status_code, 404)
        self.assertEqual(self.client.get(page_of(other)).status_code, 200)

    def test_mail_that_waits_leads_to_the_account_and_goes_with_it(self) -> None:
        self.client.post(self.link)
        about = set(Message.objects.values_list("about", flat=True))
        self.assertEqual(about, {f"user:{self.user.pk}"})
        mail.outbox.clear()
        while worker.do_next():
            pass
        tickets = next(one for one in mail.outbox if "Your tickets" in one.subject)
        self.assertEqual(tickets.to, [ADA])
        self.assertIn(f"/bookings/{self.booking.reference}/", str(tickets.body))

    def test_second_account_with_the_address_gets_nothing(self) -> None:
        second = factories.user(email=ADA)
        self.client.post(self.link)
        again = str(confirm_mail(second).context["url"])
        self.assertEqual(self.client.post(again[again.index("/accounts/") :]).status_code, 410)
        self.assertEqual(self.own(), [self.booking])
        self.assertEqual(User.objects.get(pk=second.pk).confirmed_email, "")
