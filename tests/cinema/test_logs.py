import io
import json
import logging
import logging.config
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from unittest import TestCase

from daphne.access import AccessLogGenerator
from django.conf import settings
from django.test import SimpleTestCase

from cinema.logs import FORMATS, logging_of, masked
from foundation.request_context import Asked, asked
from foundation.server import guards
from tests.commits import CommitTestCase
from tests.figures import TOKEN, figures_of
from tests.live import LiveServer
from tests.realtime.watchers import Watcher

ADDRESSES = {
    "/api/holds/SECRET": "/api/holds/***",
    "/api/holds/SECRET/": "/api/holds/***/",
    "/api/holds/SECRET?x=1": "/api/holds/***?x=1",
    "//api//holds//SECRET//": "//api//holds//***//",
    "/ws/shows/1/?waitlist=SECRET": "/ws/shows/1/?waitlist=***",
    "/ws/shows/1/?since=3&waitlist=SECRET&viewer=no": "/ws/shows/1/?since=3&waitlist=***&viewer=no",
    "/ws/shows/1/?wa%69tlist=SECRET": "/ws/shows/1/?wa%69tlist=***",
    "/accounts/confirm/SECRET/": "/accounts/confirm/***/",
    "/accounts/reset/SECRET": "/accounts/reset/***",
    "/tickets/SECRET/": "/tickets/***/",
    "/payments/12.SECRET/cancel/": "/payments/***/cancel/",
    "//payments//%312.SECRET/": "//payments//***/",
    "/api/payments/12.SECRET/": "/api/payments/***/",
    "/api/payments/notify/stripe/": "/api/payments/notify/stripe/",
    'File "/app/payments/services/starting.py", line 3': (
        'File "/app/payments/services/starting.py", line 3'
    ),
    "/admin/payments/payment/12/change/": "/admin/payments/payment/12/change/",
    "//tickets//SECRET/calendar.ics": "//tickets//***/calendar.ics",
    "/shows/1/waitlist/?a=b": "/shows/1/waitlist/?a=b",
    "/shows/1/?nowaitlist=1&waitlisted=2": "/shows/1/?nowaitlist=1&waitlisted=2",
}


LOGGING: dict[str, Any] = settings.LOGGING
LOGGING_ALL = {"LOG_LEVEL": "DEBUG", "LOG_FORMAT": "json", "METRICS_TOKEN": TOKEN}


@contextmanager
def during_a_request() -> Iterator[None]:
    before = asked.set(Asked("an-id", "/api/holds/SECRET/"))
    yield
    asked.reset(before)


class MaskedTests(TestCase):
    def test_secrets_are_masked_and_nothing_else_is(self) -> None:
        for address, expected in ADDRESSES.items():
            self.assertEqual(masked(f"GET {address} 200"), f"GET {expected} 200")

    def test_several_are_masked_wherever_they_stand(self) -> None:
        text = "Not Found: /api/holds/SECRET/\n/api/holds/SECRET in '/ws/?waitlist=SECRET'"
        self.assertNotIn("SECRET", masked(text))


class FormatterTests(SimpleTestCase):
    def logger(self, form: str) -> logging.Logger:
        """Return a logger whose handler has the formatter of that name."""
        formatter = dict(LOGGING["formatters"][form])
        self.stream = io.StringIO()
        handler = logging.StreamHandler(self.stream)
        handler.setFormatter(
            logging.config.DictConfigurator(LOGGING).configure_formatter(formatter)
        )
        logger = logging.Logger("test")
        logger.addHandler(handler)
        return logger

    def test_records_are_written_without_secrets_tracebacks_included(self) -> None:
        for form in FORMATS:
            with self.subTest(form):
                logger = self.logger(form)
                try:
                    raise ValueError('"/api/holds/SECRET"')
                except ValueError:
                    logger.exception("Not Found: %s", "/api/holds/SECRET/")
                self.assertNotIn("SECRET", self.stream.getvalue())
                # Its source, too.
                self.assertEqual(self.stream.getvalue().count("/api/holds/***"), 3)

    def test_every_handler_has_one_of_these_formatters(self) -> None:
        for form in FORMATS:
            handlers = logging_of("INFO", form)["handlers"].values()
            self.assertEqual({each["formatter"] for each in handlers}, {form})

    def test_people_read_which_request_it_was(self) -> None:
        logger = self.logger("text")
        logger.warning("by itself")
        with during_a_request():
            logger.warning("during one")
        lines = [line.partition(" WARNING ")[2] for line in self.stream.getvalue().splitlines()]
        self.assertEqual(lines, ["test: by itself", "test: [an-id] during one"])

    def test_programs_read_an_object_a_line(self) -> None:
        logger = self.logger("json")
        logger.warning("one\n%s", "two\ud800")
        with during_a_request():
            logger.warning("answered", extra={"route": "a/", "status": 200, "duration_ms": 1.5})
        first, second = map(json.loads, self.stream.getvalue().splitlines())
        self.assertEqual(datetime.fromisoformat(first.pop("time")).utcoffset(), timedelta(0))
        self.assertEqual(first, {"level": "WARNING", "logger": "test", "message": "one\ntwo\ud800"})
        del second["time"]
        self.assertEqual(
            second,
            {
                "level": "WARNING",
                "logger": "test",
                "message": "answered",
                "request_id": "an-id",
                "path": "/api/holds/***/",
                "route": "a/",
                "status": 200,
                "duration_ms": 1.5,
            },
        )

    def test_program_reads_a_traceback_in_the_same_line(self) -> None:
        logger = self.logger("json")
        try:
            raise ValueError
        except ValueError:
            logger.exception("it broke")
        [line] = map(json.loads, self.stream.getvalue().splitlines())
        self.assertTrue(line["traceback"].startswith("Traceback (most recent call last):\n"))


class AccessLogTests(TestCase):
    """The shape of Daphne's access log."""

    def test_request_is_masked_whatever_happened(self) -> None:
        class Generator(AccessLogGenerator):
            """A class of its own, since the guard changes it."""

        guards.guard_access_log(Generator, masked)
        stream = io.StringIO()
        log = Generator(stream)
        details = {"client": "192.0.2.1:1", "method": "GET", "status": 200, "size": 3}
        for protocol, action in (
            ("http", "complete"),
            *(("websocket", each) for each in ("connecting", "rejected", "connected")),
            ("websocket", "disconnected"),
        ):
            log(protocol, action, details | {"path": "/api/holds/SECRET/"})
        self.assertNotIn("SECRET", stream.getvalue())
        self.assertEqual(stream.getvalue().count("/api/holds/***/"), 5)


class LiveLogTests(CommitTestCase):
    def test_no_secret_reaches_the_log_of_a_process(self) -> None:
        with LiveServer(env=LOGGING_ALL) as server:
            for path in (
                "/api/holds/SECRET/",
                "/ws/shows/1/?waitlist=SECRET",
                "/api/holds/SECRET/x",
                "/tickets/SECRET/",
                "/tickets/SECRET/calendar.ics",
            ):
                with self.assertRaises(urllib.error.HTTPError) as answered:
                    urllib.request.urlopen(server.url(path), timeout=30)
                answered.exception.close()
            with Watcher(server, 1, waitlist="SECRET"):
                pass
            lines = [json.loads(line) for line in server.log.splitlines()]
            self.assertNotIn("SECRET", server.log)
            self.assertNotIn("SECRET", " ".join(figures_of(server)))
        answers = {
            (line["path"], line["route"], line["status"]) for line in lines if "route" in line
        }
        for answer in (
            ("/api/holds/***/", "api/holds/<str:token>/", 404),
            ("/ws/shows/1/", "unknown", 404),
            ("/ws/shows/1/", "ws/shows/<id:show_id>/", 101),
        ):
            self.assertIn(answer, answers)
