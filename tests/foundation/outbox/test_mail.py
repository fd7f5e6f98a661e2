"""What a mail server says decides what becomes of a mail."""

from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any
from unittest import mock

from django.core.mail import EmailMessage
from django.test import SimpleTestCase, TestCase, override_settings

from foundation.outbox import worker
from foundation.outbox.console import ConsoleBackend
from foundation.outbox.mail import Mail, send
from foundation.outbox.models import Message
from foundation.outbox.services import ATTEMPTS, LONGEST_WAIT, enqueue
from tests.foundation.outbox.mail_server import HANGS_UP, MailServer

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
KIND = "tests.mail"


@override_settings(SITE_URL="https://frontrow.example")
class SendingTests(TestCase):
    def setUp(self) -> None:
        self.now = NOW
        self.enterContext(mock.patch.dict(worker._handlers, {KIND: self.send}, clear=True))
        clock = self.enterContext(mock.patch.object(worker, "timezone"))
        clock.now.side_effect = lambda: self.now
        self.enterContext(mock.patch.object(worker.logger, "disabled", True))
        self.server = self.enterContext(MailServer())

    def send(self, message: Message) -> None:
        said = {"username": "ada", "url": "https://x.example/", "days": 3}
        to, subject = message.payload["to"], message.payload["subject"]
        send(Mail(to=to, subject=subject, template="confirm", context=said), message)

    def enqueue(self, to: str, subject: str = "A") -> None:
        enqueue(KIND, {"to": to, "subject": subject}, now=self.now)

    def work(self) -> None:
        while worker.do_next():
            pass

    def statuses(self) -> dict[str, str]:
        return {message.payload["to"]: message.status for message in Message.objects.all()}

    def test_domain_of_any_script_is_reached_and_a_name_beyond_ascii_is_not_tried(self) -> None:
        self.enqueue("a@bücher.example")
        self.enqueue("jörg@example.org")
        self.work()
        self.assertEqual(self.server.got(), {"a@xn--bcher-kva.example": 1})
        self.assertEqual(
            self.statuses(), {"a@bücher.example": "sent", "jörg@example.org": "failed"}
        )

    def test_one_that_is_refused_keeps_no_other_from_going_out(self) -> None:
        good = [f"good{number}@example.org" for number in range(10)]
        gone, full = "gone@example.org", "full@example.org"
        self.server.answers = {gone: "550 5.1.1 No such user", full: "451 4.2.2 Try later"}
        for to in (gone, full, *good):
            self.enqueue(to, subject="A\nB")
        self.work()
        self.assertEqual(self.server.got(), dict.fromkeys(good, 1))
        self.assertEqual(
            self.statuses(), {gone: "failed", full: "waiting", **dict.fromkeys(good, "sent")}
        )
        self.assertIn("550 5.1.1 No such user", Message.objects.get(payload__to=gone).error)
        self.assertIn("451 4.2.2 Try later", Message.objects.get(payload__to=full).error)
        self.assertEqual({one["Subject"] for one in self.server.received}, {"A B"})

        self.server.answers = {}
        self.now += LONGEST_WAIT
        self.work()
        self.assertEqual(self.statuses()[full], "sent")
        self.assertEqual(self.server.got()[gone], 0)

    def test_mail_that_was_taken_without_a_word_is_sent_again_and_known_by_its_id(self) -> None:
        to = "silent@example.org"
        self.server.answers = {to: HANGS_UP}
        self.enqueue(to)
        for _ in range(ATTEMPTS + 2):
            self.work()
            self.now += LONGEST_WAIT
        self.assertEqual(self.server.got(), {to: ATTEMPTS})
        message = Message.objects.get()
        self.assertEqual(message.status, "failed")
        ids = {str(one["Message-ID"]) for one in self.server.received}
        self.assertEqual(ids, {f"<{message.pk}.{KIND}@frontrow.example>"})

    def test_what_a_subject_and_an_address_may_have_arrives_as_it_is(self) -> None:
        subject = f"Tom & Jerry's <3 🎬 {'long ' * 60}end"
        self.enqueue("ada@bücher.example", subject)
        self.work()
        [received] = self.server.received
        # The header is folded before its first word.
        self.assertEqual(received["Subject"].strip(), subject)
        self.assertEqual(self.server.got(), {"ada@xn--bcher-kva.example": 1})

    def test_server_that_is_away_costs_attempts_and_no_mail(self) -> None:
        self.enqueue("ada@example.org")
        with override_settings(EMAIL_PORT=1):
            self.work()
        self.assertEqual(self.statuses(), {"ada@example.org": "waiting"})
        self.now += timedelta(hours=1)
        self.work()
        self.assertEqual(self.server.got(), {"ada@example.org": 1})


class ConsoleTests(SimpleTestCase):
    @override_settings(DEBUG=True)
    def test_console_shows_what_a_person_would_read(self) -> None:
        out = StringIO()
        mail = EmailMessage("Über uns", "Hello\n", to=["ada@example.org"])
        mail.attach("booking.ics", "BEGIN", "text/calendar")
        backend: Any = ConsoleBackend(stream=out)
        self.assertEqual(backend.send_messages([mail]), 1)
        printed = out.getvalue()
        for line in ("To: ada@example.org", "Subject: Über uns", "Attached: booking.ics", "Hello"):
            self.assertIn(f"\n{line}\n", printed)
