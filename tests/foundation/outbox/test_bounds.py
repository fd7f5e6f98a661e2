"""Nobody fills another's mailbox, and no log has what is good for tickets or an account."""

from datetime import UTC, datetime, timedelta
from io import StringIO

from django.core.mail import EmailMessage
from django.test import SimpleTestCase, TestCase, override_settings

from foundation.outbox import console
from foundation.outbox.console import ConsoleBackend
from foundation.outbox.models import Message
from foundation.outbox.services import MAILS_COUNTED_FOR, MAILS_TO_AN_ADDRESS, enqueue

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
ADA = "ada@example.org"


class BoundTests(TestCase):
    def enqueue(self, to: str = ADA, kind: str = "mail.reset", now: datetime = NOW) -> None:
        enqueue(kind, {"about": ["anything", 1, None]}, about="somebody", to=to, now=now)

    def count(self) -> int:
        return Message.objects.count()

    def test_address_gets_so_many_mails_of_a_kind_a_day(self) -> None:
        for _ in range(MAILS_TO_AN_ADDRESS + 3):
            self.enqueue()
        self.assertEqual(self.count(), MAILS_TO_AN_ADDRESS)
        message = Message.objects.first()
        assert message is not None
        self.assertEqual(message.payload, {"about": ["anything", 1, None]})
        self.assertEqual((message.recipient, message.created_at, message.due_at), (ADA, NOW, NOW))
        self.enqueue(kind="mail.confirm")
        self.enqueue(to="bob@example.org")
        self.assertEqual(self.count(), MAILS_TO_AN_ADDRESS + 2)
        self.enqueue(now=NOW + MAILS_COUNTED_FOR)
        self.assertEqual(self.count(), MAILS_TO_AN_ADDRESS + 3)

    def test_mails_to_nobody_in_particular_are_not_counted(self) -> None:
        for _ in range(MAILS_TO_AN_ADDRESS + 1):
            enqueue("mail.booked", {}, about="user:1", now=NOW + timedelta(seconds=1))
        self.assertEqual(self.count(), MAILS_TO_AN_ADDRESS + 1)


class ConsoleTests(SimpleTestCase):
    def printed(self) -> str:
        stream = StringIO()
        sent = EmailMessage("A new password", "https://x.example/accounts/reset/SECRET/", to=[ADA])
        ConsoleBackend(stream=stream).send_messages([sent])
        return stream.getvalue()

    def test_links_are_printed_in_debug_mode_alone(self) -> None:
        with override_settings(DEBUG=True):
            self.assertIn("/accounts/reset/SECRET/", self.printed())
        with override_settings(DEBUG=False):
            said = self.printed()
            self.assertNotIn("reset/", said)
            self.assertIn(f"To: {ADA}", said)

    def test_worker_says_as_it_begins_that_mails_reach_nobody(self) -> None:
        own = "foundation.outbox.console.ConsoleBackend"
        for debug, backend, warned in (
            (False, own, True),
            (True, own, False),
            (False, "django.core.mail.backends.smtp.EmailBackend", False),
        ):
            own_settings = self.settings(DEBUG=debug, EMAIL_BACKEND=backend)
            context = self.assertLogs if warned else self.assertNoLogs
            with (
                self.subTest(debug=debug, backend=backend),
                own_settings,
                context(console.logger, "WARNING"),
            ):
                console.warn_of_no_server()
