"""What the log looks like, for people or for programs, and which secrets no line of it has."""

import json
import logging
import re
from datetime import UTC, datetime
from typing import Any

from foundation.request_context import asked

# Whoever has the token of a hold has the hold; whoever has a waitlist address hears of its offers;
# whoever has a link of a mail is taken for its reader, and has a guest's tickets; whoever has the
# address of a payment may see it, and it begins with a number, unlike what else is in `payments/`.
# All may stand in a path, the name of the second with any of its letters encoded.
_WAITLIST = "".join(f"(?:{letter}|%{ord(letter):x})" for letter in "waitlist")
SECRETS = re.compile(
    r"(?P<before>/holds/+|/tickets/+|/payments/+(?![a-z_])|/accounts/+(?:confirm|reset)/+"
    rf"|[?&]{_WAITLIST}=)(?P<secret>[^\s/?&\"'<>]+)",
    re.IGNORECASE,
)
LEVELS = ["DEBUG", "INFO", "WARNING", "ERROR"]
FORMATS = ["text", "json"]
# What the line of an answered request says besides (foundation/server/observed.py).
OF_ANSWERS = ("method", "route", "status", "duration_ms", "wait_ms")


def masked(text: str) -> str:
    """Return the text with *** in place of every secret."""
    return SECRETS.sub(r"\g<before>***", text)


class TextFormatter(logging.Formatter):
    """Writes a record for people, tracebacks included, without secrets."""

    def format(self, record: logging.LogRecord) -> str:
        request_id = asked.get().request_id
        record.during = f"[{request_id}] " if request_id else ""
        return masked(super().format(record))


class JsonFormatter(logging.Formatter):
    """Writes a record as one line of JSON, tracebacks included, without secrets.

    Members that a record has nothing for are left out. Texts are masked before they are encoded: a
    mask may not swallow the backslash of a quotation mark.
    """

    def format(self, record: logging.LogRecord) -> str:
        request_id, path = asked.get()
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": masked(record.getMessage()),
        }
        if request_id:
            line |= {"request_id": request_id, "path": masked(path)}
        line |= {name: vars(record)[name] for name in OF_ANSWERS if name in vars(record)}
        if record.exc_info:
            line["traceback"] = masked(self.formatException(record.exc_info))
        return json.dumps(line)


def logging_of(level: str, form: str) -> dict[str, Any]:
    """Return the log's settings: one handler for everything, in one of the FORMATS."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "text": {
                "class": "cinema.logs.TextFormatter",
                "format": "{asctime} {levelname} {name}: {during}{message}",
                "style": "{",
            },
            "json": {"class": "cinema.logs.JsonFormatter"},
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": form}},
        # A refusal is an answer, not an incident: on a busy night there are thousands.
        "loggers": {
            "django.request": {"level": "ERROR"},
            # Each question to Stripe, and what was asked.
            "stripe": {"level": "WARNING"},
            # Django gives itself a handler in debug mode, and its own server another.
            "django": {"handlers": []},
            "django.server": {"handlers": ["console"], "propagate": False},
        },
        "root": {"handlers": ["console"], "level": level},
    }
