"""Keeps secrets that stand in addresses out of every log."""

import logging
import re
from typing import Any

# Whoever has the token of a hold has the hold; whoever has a waitlist address hears of its offers.
# Both may stand in a path, the name of the second with any of its letters encoded.
_WAITLIST = "".join(f"(?:{letter}|%{ord(letter):x})" for letter in "waitlist")
SECRETS = re.compile(
    rf"(?P<before>/holds/+|[?&]{_WAITLIST}=)(?P<secret>[^\s/?&\"'<>]+)", re.IGNORECASE
)
LEVELS = ["DEBUG", "INFO", "WARNING", "ERROR"]


def masked(text: str) -> str:
    """Return the text with *** in place of every secret."""
    return SECRETS.sub(r"\g<before>***", text)


class MaskingFormatter(logging.Formatter):
    """Writes a record as any formatter would, tracebacks included, without secrets."""

    def format(self, record: logging.LogRecord) -> str:
        return masked(super().format(record))


def logging_of(level: str) -> dict[str, Any]:
    """Return the log's settings: one handler for everything."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "class": "cinema.logs.MaskingFormatter",
                "format": "{asctime} {levelname} {name}: {message}",
                "style": "{",
            }
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
        # A refusal is an answer, not an incident: on a busy night there are thousands.
        "loggers": {
            "django.request": {"level": "ERROR"},
            # Django gives itself a handler in debug mode, and its own server another.
            "django": {"handlers": []},
            "django.server": {"handlers": ["console"], "propagate": False},
        },
        "root": {"handlers": ["console"], "level": level},
    }
