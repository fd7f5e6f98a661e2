"""Staff find a guest's booking, correct the address, and send the tickets again."""

from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.core import mail

from booking.models import Booking
from booking.services.amendments import cancel_booking
from foundation.outbox import worker
from foundation.outbox.models import Message
from tests import factories
from tests.booking.pages.test_guests import ADA, booking_of, page_of
from tests.booking.test_admin import AdminTestCase
from tests.foundation.outbox.mail_server import MailServer


class GuestAdminTests(AdminTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.booking = booking_of(factories.show(), 1)
        self.path = f"booking/booking/{self.booking.pk}"

    def send(self, email: str) -> str:
        """Ask for the tickets to be sent there, and return what is said of it."""
        *_, said = self.messages(self.post(f"{self.path}/send/", {"email": email}))
        return said

    def sent(self) -> list[Any]:
        mail.outbox.clear()
        while worker.do_next():
            pass
        return list(mail.outbox)

    def email(self) -> str:
        return Booking.objects.get().email

    def test_guest_is_found_by_the_address(self) -> None:
        for search in ("Ada@example.org ", self.booking.reference):
            self.assertContains(self.get(f"booking/booking/?q={search}"), self.booking.reference)
        answer = self.get("booking/booking/?q=bob@example.org")
        self.assertNotContains(answer, self.booking.reference)
        self.assertContains(self.get(f"{self.path}/change/"), ADA)

    def test_address_is_corrected_and_the_old_link_is_dead(self) -> None:
        self.sent()
        old = page_of(self.booking)
        self.assertEqual(
            self.send("Ada@Example.com"), "The tickets are on their way to ada@example.com."
        )
        [sent] = self.sent()
        self.assertEqual(sent.to, ["ada@example.com"])
        new = page_of(Booking.objects.get())
        self.assertIn(new, sent.body)
        self.assertEqual(self.client.get(old).status_code, 404)
        self.assertEqual(self.client.get(new).status_code, 200)
        said = " ".join(LogEntry.objects.values_list("change_message", flat=True))
        self.assertNotIn("example", said)

    def test_address_that_bounces_costs_no_ticket(self) -> None:
        with MailServer() as server:
            server.answers = {ADA: "550 5.1.1 No such user"}
            self.sent()
            self.assertEqual(Message.objects.get().status, "failed")
            old = page_of(self.booking)
            self.assertContains(self.client.get(old), self.booking.reference)

            self.send("ada@example.com")
            self.sent()
        self.assertEqual(server.got(), {"ada@example.com": 1})
        self.assertEqual(self.client.get(old).status_code, 404)
        new = self.client.get(page_of(Booking.objects.get()))
        self.assertContains(new, self.booking.reference)

    def test_same_address_gets_them_again_under_the_same_link(self) -> None:
        self.sent()
        self.send(ADA)
        [sent] = self.sent()
        self.assertIn(page_of(self.booking), sent.body)

    def test_mail_that_waits_goes_to_the_right_address_only(self) -> None:
        self.send("ada@example.com")
        self.assertEqual({one.to[0] for one in self.sent()}, {"ada@example.com"})

    def test_what_is_no_address_or_nobodys_is_refused(self) -> None:
        self.assertIn("before the @", self.send("jörg@example.org"))
        self.assertIn("valid", self.send(""))
        self.assertEqual(self.email(), ADA)
        user = factories.user()
        Booking.objects.update(user=user, email="")
        self.assertIn("no guest’s booking", self.send("ada@example.com"))
        self.assertEqual(self.email(), "")

    def test_cancelled_booking_is_left_alone(self) -> None:
        cancel_booking(booking_id=self.booking.pk, user=None, now=self.booking.created_at)
        self.assertIn("already cancelled", self.send("ada@example.com"))
        self.assertEqual(self.email(), ADA)

    def test_who_may_only_look_sends_nothing(self) -> None:
        clerk = factories.user(is_staff=True)
        clerk.user_permissions.set(Permission.objects.filter(codename="view_booking"))
        self.client.force_login(clerk)
        self.assertNotContains(self.get(f"{self.path}/change/"), "Send the tickets again")
        self.post(f"{self.path}/send/", {"email": "ada@example.com"})
        self.assertEqual(self.email(), ADA)
        self.assertEqual(self.get(f"{self.path}/send/").status_code, 405)
