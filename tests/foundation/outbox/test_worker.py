"""What becomes of a message: done, tried again, failed for good."""

import os
import signal
import threading
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import mock

from django.core.management import call_command
from django.db import OperationalError, transaction
from django.test import TestCase

from foundation.metrics import registry
from foundation.outbox import services, worker
from foundation.outbox.figures import figures, tell
from foundation.outbox.models import Message
from foundation.outbox.services import (
    ATTEMPTS,
    FAILED_KEPT_FOR,
    FIRST_WAIT,
    LEASE,
    LONGEST_WAIT,
    SENT_KEPT_FOR,
    claim,
    enqueue,
    forget,
    note_failure,
    note_sent,
    old_messages,
    send_again,
)
from foundation.outbox.worker import Undeliverable, do_next, handles, work

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
KIND = "tests.kind"
KINDS = [KIND]


class OutboxTestCase(TestCase):
    def setUp(self) -> None:
        self.now = NOW
        self.enterContext(mock.patch.dict(worker._handlers, clear=True))
        clock = self.enterContext(mock.patch.object(worker, "timezone"))
        clock.now.side_effect = lambda: self.now
        self.handled: list[Message] = []
        self.failing: list[Exception] = []
        handles(KIND)(self.handle)

    def handle(self, message: Message) -> None:
        self.handled.append(message)
        if self.failing:
            raise self.failing.pop(0)

    def enqueue(self, **given: Any) -> Message:
        before = set(Message.objects.values_list("pk", flat=True))
        enqueue(KIND, {"what": ["ä", 1]}, **{"now": NOW, **given})
        return Message.objects.exclude(pk__in=before).get()


class MessageTests(OutboxTestCase):
    def test_message_comes_with_its_transaction_or_not_at_all(self) -> None:
        with self.assertRaises(ZeroDivisionError), transaction.atomic():
            self.enqueue()
            raise ZeroDivisionError
        self.assertEqual(Message.objects.count(), 0)
        message = self.enqueue(about="user:7")
        self.assertEqual((message.payload, message.about), ({"what": ["ä", 1]}, "user:7"))

    def test_what_is_done_is_done_once(self) -> None:
        message = self.enqueue()
        self.assertEqual([do_next(), do_next()], [True, False])
        self.assertEqual(self.handled, [message])
        message.refresh_from_db()
        self.assertEqual((message.status, message.sent_at, message.attempts), ("sent", NOW, 1))

    def test_urgent_message_passes_those_that_have_waited_longer(self) -> None:
        self.enterContext(mock.patch.object(worker, "_urgent", set()))
        handles("tests.urgent", is_urgent=True)(self.handle)
        for _ in range(3):
            self.enqueue()
        enqueue("tests.urgent", {}, now=NOW)
        self.now += timedelta(seconds=1)
        while do_next():
            pass
        self.assertEqual([one.kind for one in self.handled], ["tests.urgent", *[KIND] * 3])

    def test_what_fails_is_tried_again_later_and_later_and_then_kept(self) -> None:
        message = self.enqueue()
        self.failing = [ValueError("no\nanswer")] * ATTEMPTS
        waits = []
        with self.assertLogs(worker.logger, "WARNING") as logs:
            for _ in range(ATTEMPTS):
                self.assertTrue(do_next())
                message.refresh_from_db()
                waits.append(message.due_at - self.now)
                self.now = message.due_at - timedelta(microseconds=1)
                self.assertFalse(do_next())
                self.now = message.due_at
        self.assertEqual(waits[:3], [FIRST_WAIT, 2 * FIRST_WAIT, 4 * FIRST_WAIT])
        self.assertEqual(max(waits), LONGEST_WAIT)
        self.assertEqual((message.status, message.error), ("failed", "ValueError: no answer"))
        self.assertIn("failed in attempt 1: ValueError: no answer", logs.output[0])
        self.assertFalse(do_next())

    def test_what_can_never_be_delivered_is_not_tried_again_by_itself(self) -> None:
        message = self.enqueue()
        self.failing = [Undeliverable("no such mailbox")]
        with self.assertLogs(worker.logger, "ERROR"):
            do_next()
        message.refresh_from_db()
        self.assertEqual((message.status, message.error), ("failed", "no such mailbox"))
        self.now += LONGEST_WAIT
        self.assertFalse(do_next())
        self.assertEqual(send_again(Message.objects.all(), now=self.now), 1)
        self.assertTrue(do_next())
        message.refresh_from_db()
        self.assertEqual((message.status, message.error), ("sent", ""))
        self.assertEqual(send_again(Message.objects.all(), now=self.now), 0)

    def test_message_that_kills_its_workers_fails_in_the_end(self) -> None:
        message = self.enqueue()
        for _ in range(ATTEMPTS):
            self.assertIsNotNone(claim(now=self.now, kinds=KINDS))
            self.assertIsNone(claim(now=self.now, kinds=KINDS))
            self.now += LEASE
        self.assertTrue(do_next())
        message.refresh_from_db()
        self.assertEqual((message.status, message.error), ("failed", services.WORKER_ENDED))
        self.assertEqual(self.handled, [])

    def test_worker_whose_lease_is_over_changes_nothing(self) -> None:
        self.enqueue()
        late, other = claim(now=NOW, kinds=KINDS), claim(now=NOW + LEASE, kinds=KINDS)
        assert late is not None
        assert other is not None
        note_failure(late, "late", now=NOW + LEASE, for_good=True)
        self.assertFalse(note_sent(late, now=NOW + LEASE))
        self.assertTrue(note_sent(other, now=NOW + LEASE))
        self.assertEqual(Message.objects.get().status, "sent")

    def test_without_the_number_of_the_attempt_it_would(self) -> None:
        self.enqueue()
        late, other = claim(now=NOW, kinds=KINDS), claim(now=NOW + LEASE, kinds=KINDS)
        assert late is not None
        assert other is not None
        late.attempts = other.attempts
        self.assertTrue(note_sent(late, now=NOW + LEASE))

    def test_worker_that_took_too_long_says_so(self) -> None:
        self.enqueue()

        def dawdle(message: Message) -> None:
            claim(now=NOW + LEASE, kinds=KINDS)

        handles(KIND)(dawdle)
        with self.assertLogs(worker.logger, "WARNING") as logs:
            do_next()
        self.assertIn("took longer than its lease", logs.output[0])

    def test_kind_of_another_version_is_left_to_it(self) -> None:
        enqueue("tests.later", {}, now=NOW)
        self.assertFalse(do_next())
        self.assertEqual(Message.objects.get().attempts, 0)

    def test_what_is_old_goes_and_what_waits_stays(self) -> None:
        self.enqueue()
        do_next()
        self.failing = [Undeliverable("gone")]
        self.enqueue()
        with self.assertLogs(worker.logger, "ERROR"):
            do_next()
        waiting = self.enqueue()
        instant = timedelta(microseconds=1)
        for now, left in (
            (NOW + SENT_KEPT_FOR - instant, 3),
            (NOW + SENT_KEPT_FOR, 2),
            (NOW + FAILED_KEPT_FOR - instant, 2),
            (NOW + FAILED_KEPT_FOR, 1),
        ):
            old_messages(now).delete()
            self.assertEqual(Message.objects.count(), left)
        self.assertEqual(Message.objects.get(), waiting)

    def test_what_is_about_somebody_is_forgotten(self) -> None:
        for about in ("user:7", "user:8", ""):
            self.enqueue(about=about)
        forget("user:7", "")
        self.assertEqual(set(Message.objects.values_list("about", flat=True)), {"user:8", ""})

    def test_what_is_put_off_has_not_begun_to_wait(self) -> None:
        enqueue(KIND, {}, now=NOW + timedelta(minutes=8))
        self.assertFalse(do_next())
        found = figures(now=NOW)
        self.assertEqual((found.waiting, found.oldest), (0, None))
        self.now += timedelta(minutes=8)
        self.assertEqual(figures(now=self.now).waiting, 1)
        self.assertTrue(do_next())

    def test_figures_say_how_full_it_is(self) -> None:
        self.assertEqual(figures(now=NOW).wait(NOW), 0)
        self.failing = [Undeliverable("gone")]
        self.enqueue()
        with self.assertLogs(worker.logger, "ERROR"):
            do_next()
        self.enqueue()
        do_next()
        self.enqueue(now=NOW + timedelta(minutes=1))
        self.enqueue(now=NOW + timedelta(minutes=2))
        found = figures(now=NOW + timedelta(minutes=3))
        self.assertEqual((found.waiting, found.failed, found.sent), (2, 1, 1))
        self.assertEqual(found.wait(NOW + timedelta(minutes=3)), 120)
        tell(found)
        told = {
            one.labels["state"]: one.value
            for one in next(
                iter(registry.restricted_registry(["front_row_messages"]).collect())
            ).samples
        }
        self.assertEqual(told, {"waiting": 2, "failed": 1, "sent": 1})


class LoopTests(OutboxTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.enterContext(mock.patch.object(worker, "IDLE_SECONDS", 0.001))
        # The connection is that of the test's transaction.
        self.enterContext(mock.patch("foundation.outbox.worker.connection"))

    def test_worker_outlives_a_lost_database(self) -> None:
        ending = threading.Event()
        self.enqueue()
        found: list[Any] = [OperationalError("gone"), OperationalError("gone"), do_next, do_next]

        def next_turn() -> bool:
            turn = found.pop(0)
            if not found:
                ending.set()
            if isinstance(turn, Exception):
                raise turn
            return bool(turn())

        with (
            mock.patch.object(worker, "do_next", next_turn),
            self.assertLogs(worker.logger, "WARNING") as logs,
        ):
            work(ending)
        self.assertEqual(len(self.handled), 1)
        gone, back = logs.output
        self.assertIn("can't read the outbox", gone)
        self.assertIn("reads the outbox again", back)

    def test_command_ends_with_what_it_has_begun(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            self.addCleanup(signal.signal, number, signal.getsignal(number))
        first = self.enqueue()
        second = self.enqueue(now=NOW + timedelta(microseconds=1))
        self.now += timedelta(seconds=1)

        def end(message: Message) -> None:
            os.kill(os.getpid(), signal.SIGTERM)
            self.handled.append(message)

        handles(KIND)(end)
        call_command("worker")
        self.assertEqual(self.handled, [first])
        first.refresh_from_db()
        second.refresh_from_db()
        self.assertEqual((first.status, second.status), ("sent", "waiting"))
