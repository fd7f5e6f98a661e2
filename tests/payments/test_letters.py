"""Mails about what was paid for."""

from django.core import mail
from django.test import TestCase
from django.utils import timezone

from booking.services.sales import book_in_browser
from tests.payments.case import GUEST, Paying


class LetterTests(Paying, TestCase):
    def test_guest_who_paid_gets_tickets_whatever_others_had_sent_to_the_address(self) -> None:
        self.set_up(plan="SSSSSSSSSS\nSSSSS")
        for number in range(1, 12):
            book_in_browser(
                show_id=self.show.pk,
                browser=f"number {number}",
                seat_numbers=[number],
                buyer=GUEST,
                now=timezone.now(),
            )
        self.work()
        self.assertLess(len(mail.outbox), 11)
        mail.outbox.clear()
        self.paid(12)
        self.assertEqual([one.to for one in mail.outbox], [[GUEST.email]])
