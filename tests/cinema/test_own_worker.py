"""A server that is all there is sends what is to be sent itself."""

import json
import urllib.request
from typing import Any

from django.db import transaction
from django.utils import timezone
from rest_framework_simplejwt.tokens import AccessToken

from booking.services import post
from booking.services.sales import book_seats
from cinema.accounts.models import User
from foundation.outbox.models import Message
from foundation.outbox.services import enqueue
from tests import factories
from tests.commits import CommitTestCase
from tests.live import LiveServer, LiveServerMixin
from tests.waiting import until

PATIENCE_SECONDS = 60
SEATS = 20
# Mails that wait meanwhile, of which some go out.
WAITING = 2_000


class OwnWorkerTests(LiveServerMixin, CommitTestCase):
    @classmethod
    def new_server(cls) -> LiveServer:
        return LiveServer(env={"WORKER": "on", "EMAIL_URL": "", "SITE_URL": "http://here.example"})

    def test_mail_is_printed_and_noted(self) -> None:
        account = {"username": "ada", "password": factories.PASSWORD, "email": "ada@example.org"}
        request = urllib.request.Request(
            self.server.url("/api/signup/"),
            data=json.dumps(account).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
            self.assertEqual(answer.status, 201)
        until(lambda: Message.objects.exclude(sent_at=None).count() == 1)
        until(lambda: "http://here.example/accounts/confirm/" in self.server.log)
        self.assertIn("To: ada@example.org\nSubject: Is this your address?\n", self.server.log)
        self.assertEqual(User.objects.get().confirmed_email, "")

    def test_mails_that_go_out_keep_nobody_from_booking(self) -> None:
        show = factories.show(plan="S" * SEATS)
        user = factories.user(confirmed_email="ada@example.org")
        common: dict[str, Any] = {"show_id": show.pk, "user": user, "now": timezone.now()}
        booking = book_seats(seat_numbers=[1], **common)
        with transaction.atomic():
            for _ in range(WAITING):
                enqueue(post.BOOKED, {"booking": booking.pk}, now=timezone.now())
        sent = Message.objects.exclude(sent_at=None)
        until(sent.exists)
        headers = {"Authorization": f"Bearer {AccessToken.for_user(factories.user())}"}
        for seat_number in range(2, SEATS + 1):
            request = urllib.request.Request(
                self.server.url(f"/api/shows/{show.pk}/book/"),
                data=json.dumps({"seat_number": seat_number}).encode(),
                headers={"Content-Type": "application/json", **headers},
            )
            with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
                self.assertEqual(answer.status, 201)
            if seat_number == 2:
                gone_out = sent.count()
                self.assertLess(gone_out, WAITING)
        until(lambda: sent.count() > gone_out)
