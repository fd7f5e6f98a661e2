"""A server that is all there is sends what is to be sent itself."""

import json
import urllib.request

from cinema.accounts.models import User
from foundation.outbox.models import Message
from tests import factories
from tests.commits import CommitTestCase
from tests.live import LiveServer, LiveServerMixin
from tests.waiting import until

PATIENCE_SECONDS = 60


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
        until(lambda: Message.objects.exclude(sent_at=None).count() == 1, PATIENCE_SECONDS)
        until(lambda: "http://here.example/accounts/confirm/" in self.server.log, PATIENCE_SECONDS)
        self.assertIn("To: ada@example.org\nSubject: Is this your address?\n", self.server.log)
        self.assertEqual(User.objects.get().confirmed_email, "")
