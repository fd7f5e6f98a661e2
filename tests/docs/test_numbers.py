"""Numbers in the documentation are those of the code."""

import math
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from types import ModuleType
from typing import Any

from django.conf import global_settings, settings
from django.test import SimpleTestCase, tag

from booking import rules
from cinema import settings as project
from tests.docs.reading import ROOT, code_in, documents, table_in

OPERATIONS = "docs/operations.md"
UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}
NAMED = re.compile(r"`([^`]+)`")
ASSIGNED = r"\b%s\b[\"']?(?:: \w+)?(?::-|\s*[:=])\s*[\"']?([\d_. *]*\d)"
DELTA = r"\b%s\b = timedelta\((\w+)s=(\d+)\)"
IDLE = "`idle_in_transaction_session_timeout` in `foundation/db/options.py`"
LOCK = "`lock_timeout` in `foundation/db/options.py`"
PATIENCE = "`LONGEST_SECONDS` in `foundation/db/transactions.py`"
STATEMENT = "`STATEMENT_TIMEOUT` in `deploy/serve.sh`"
QUEUE = "`LONGEST_WAIT_SECONDS` in `foundation/web/middleware.py`"
HEALTH = "`PATIENCE_SECONDS` in `foundation/web/health.py`"
DRAINED = "`LONGEST_REQUEST_SECONDS` in `foundation/server/draining.py`"
LET_GO = "`LONGEST_IDLE_SECONDS` in `foundation/server/draining.py`"
BUFFER = "`MOST_BUFFERED_BYTES` in `foundation/server/transport.py`"
CHECK = "`check` in `realtime/room.py`"
TICK_IS_LATE = "`TICK_IS_LATE_MS` in `static/js/connection.js`"
OPENS_WITHIN = "`OPENS_WITHIN_MS` in `static/js/connection.js`"
BACKOFF_CAP = "`BACKOFF_CAP_MS` in `static/js/connection.js`"
CROWD_BASE = "`CROWD_BASE_MS` in `static/js/connection.js`"
# What sentences say, and the names of the numbers in them, in the form of the tables' last column.
SENTENCES = (
    ("README.md", "it is held for you for {}", "`OFFER_TIME`"),
    ("docs/operations.md", "silent within a transaction for {} seconds", IDLE),
    ("docs/operations.md", "no new try after {} seconds", PATIENCE),
    ("docs/operations.md", "is waited for for {} second", LOCK),
    ("docs/operations.md", "of a server that takes longer than {} seconds", STATEMENT),
    ("docs/operations.md", "those that waited for {} seconds", QUEUE),
    ("docs/operations.md", "says within {} seconds that", HEALTH),
    ("docs/http.md", "What has begun is answered, within {} seconds", DRAINED),
    ("docs/http.md", "the connections that it keeps, {} seconds at most", LET_GO),
    ("docs/operations.md", "closed with 4408 once {} wait", BUFFER),
    ("docs/operations.md", "one check of the log ({} seconds)", CHECK),
    ("docs/restore.md", "skips {} of each kind", "`SKIPPED` in `foundation/db/sequences.py`"),
    ("docs/live-protocol.md", "a ping now and then ({} a second)", "`SOCKET_PINGS_PER_SECOND`"),
    ("docs/live-protocol.md", "The heartbeat, every {} seconds", CHECK),
    ("docs/live-protocol.md", "asks the database every {} seconds", CHECK),
    ("docs/live-protocol.md", "has the last {} changes", "`RECENT` in `realtime/source.py`"),
    ("docs/live-protocol.md", "more than {} was waiting for it", BUFFER),
    ("docs/live-protocol.md", "No tick for {}:", TICK_IS_LATE),
    ("docs/live-protocol.md", "does not open within {}:", OPENS_WITHIN),
    ("docs/live-protocol.md", "between 0 and min({},", BACKOFF_CAP),
    ("cinema/openapi.json", "is good for {}, and a refresh", "`ACCESS_TOKEN_LIFETIME`"),
    ("cinema/openapi.json", "buys the next pair and is good for {}.", "`REFRESH_TOKEN_LIFETIME`"),
    ("cinema/openapi.json", "sent again within {}, because", "`REFRESH_REPEAT`"),
    ("docs/live-protocol.md", "take {} in place of", CROWD_BASE),
)


def said(value: Any) -> Iterator[str]:
    """Generate the ways in which documents may say a value."""
    match value:
        case str():
            yield value.split("/")[0]
        case datetime():
            yield str(value.year)
        case timedelta():
            for unit, seconds in UNITS.items():
                number = value.total_seconds() / seconds
                if number.is_integer():
                    yield f"{number:,.0f} {unit}{'s' if number > 1 else ''}"
                    yield f"{number:,.0f} {unit[0] if unit in ('second', 'hour') else unit[:3]}"
        case tuple():
            yield ", ".join(map(str, value))
        case _:
            value = int(value) if value == int(value) else value
            yield f"{value:,}"
            for power, unit in enumerate(("KiB", "MiB"), start=1):
                if value % 1024**power == 0:
                    yield f"{value // 1024**power:,} {unit}"
            if isinstance(value, int | float) and value >= UNITS["minute"]:
                yield from said(timedelta(seconds=value))


def is_said(value: Any, text: str) -> bool:
    """Tell whether a text has a value, and not as a part of a longer number."""
    return any(
        re.search(rf"(?<![\d.,]){re.escape(way)}(?![\d%]|[.,]\d)", text)
        if way[0].isdigit()
        else way in text
        for way in said(value)
    )


def in_file(name: str, text: str) -> Any:
    """Return the number that a file gives a name, or the one that a literal of it has."""
    if delta := re.search(DELTA % re.escape(name), text):
        return timedelta(seconds=int(delta[2]) * UNITS[delta[1]])
    if assigned := re.search(ASSIGNED % re.escape(name), text):
        value = math.prod(float(factor) for factor in assigned[1].split("*"))
        return timedelta(milliseconds=value) if name.endswith("_MS") else value
    if name in text and (number := re.search(r"\d+", name)):
        return int(number[0])
    raise LookupError(name)


def value_of(name: str) -> Any:
    """Return the value of a rule, a setting or a variable of the environment."""
    if hasattr(rules, name):
        return getattr(rules, name)
    if hasattr(settings, name):
        return getattr(settings, name)
    outer, _, inner = name.partition(".")
    for inside in (project.REST_FRAMEWORK, project.SIMPLE_JWT):
        if found := dict[str, Any](inside).get(outer):
            return found[inner] if inner else found
    return in_file(name, (ROOT / ".env.example").read_text())


def values_named(cell: str) -> Iterator[tuple[str, Any]]:
    """Generate the names in a cell, each with its value: those before a path are of that file."""
    waiting: list[str] = []
    for name in re.split(r"`", cell)[1::2]:
        if "/" in name and (ROOT / name).is_file():
            text = (ROOT / name).read_text()
            yield from ((one, in_file(one, text)) for one in waiting)
            waiting = []
        else:
            waiting.append(name)
    yield from ((one, value_of(one)) for one in waiting)


def wrong_in(rows: list[list[str]]) -> list[str]:
    """Return what rows of a table of bounds say other than the code."""
    found = []
    for what, bound, _, where in rows:
        names = list(values_named(where))
        if not names:
            found.append(f"{what}: names nothing")
        text = f"{what}: {bound}"
        found += [f"{name} is {value!r}" for name, value in names if not is_said(value, text)]
    return found


def is_true(sentence: str, where: str, text: str) -> bool:
    """Tell whether a document has a sentence with the value of a name in the gap."""
    [(_, value)] = values_named(where)
    return any(sentence.format(way) in " ".join(text.split()) for way in said(value))


def rules_of(module: ModuleType) -> set[str]:
    """Return the names of all rules; MINUTE is none."""
    return {name for name in vars(module) if name.isupper()} - {"UTC", "MINUTE"}


def our_numbers() -> set[str]:
    """Return the names of the settings that are numbers or times, and not Django's own."""
    return {
        name
        for name, value in vars(project).items()
        if name.isupper()
        and isinstance(value, int | float | timedelta)
        and not isinstance(value, bool)
        and not hasattr(global_settings, name)
    }


@tag("once")
class BoundTests(SimpleTestCase):
    def setUp(self) -> None:
        self.text = documents()[OPERATIONS]
        self.house = table_in(self.text, "### Rules of the house")
        self.technical = table_in(self.text, "### Technical bounds")

    def test_bounds_are_those_of_the_code(self) -> None:
        self.assertEqual(wrong_in(self.house), [])
        self.assertEqual(wrong_in(self.technical), [])

    def test_every_rule_is_documented(self) -> None:
        named = {name for *_, cell in self.house for name in NAMED.findall(cell)}
        self.assertEqual(named, rules_of(rules))

    def test_every_number_of_the_settings_is_documented(self) -> None:
        self.assertEqual(our_numbers() - set(code_in(self.text)), set())

    def test_sentences_are_true(self) -> None:
        for path, sentence, where in SENTENCES:
            with self.subTest(path, sentence=sentence):
                self.assertTrue(is_true(sentence, where, (ROOT / path).read_text()))

    def test_a_wrong_sentence_is_found(self) -> None:
        for text, expected in {"held\nfor 90 seconds": True, "held for 91 seconds": False}.items():
            self.assertIs(is_true("held for {}", "`OFFER_TIME`", text), expected)
        self.assertFalse(is_true("every {} seconds", CHECK, "every 50 seconds, every five seconds"))

    def test_a_wrong_number_is_found(self) -> None:
        for row, problem in {
            ("a hold", "9 minutes", "`HOLD_TIME`"): "HOLD_TIME is ",
            ("a hold", "18 minutes", "`HOLD_TIME`"): "HOLD_TIME is ",
            ("seats", "100", "`SEATS_AT_ONCE`"): "SEATS_AT_ONCE is 10",
            ("price", "€9,999.9", "`HIGHEST_PRICE`"): "HIGHEST_PRICE is ",
            ("files", "20 a second", "`rate=200r/s` in `deploy/nginx.conf`"): "rate=200r/s is 200",
            ("log-ins", "6 a minute", "`DEFAULT_THROTTLE_RATES.login`"): "DEFAULT_THROTTLE_RATES",
            ("buffer", "25 KiB", "`MOST_BUFFERED_BYTES` in `foundation/server/transport.py`"): (
                "MOST_BUFFERED_BYTES is 262144"
            ),
            ("burst", "50", "`BURST`"): "BURST is 500",
            ("burst", "500", "see there"): "burst: names nothing",
        }.items():
            with self.subTest(row):
                [found] = wrong_in([[row[0], row[1], "", row[2]]])
                self.assertTrue(found.startswith(problem), found)

    def test_a_name_that_is_gone_is_found(self) -> None:
        for cell in ("`LONGEST_NAP`", "`LONGEST_NAP` in `booking/rules.py`", "`rate=7r/s`"):
            with self.subTest(cell), self.assertRaises(LookupError):
                wrong_in([["naps", "7", "", cell]])

    def test_ways_to_say_a_value(self) -> None:
        for value, ways in {
            timedelta(seconds=90): {"90 seconds", "90 s"},
            timedelta(hours=1): {
                "3,600 seconds",
                "3,600 s",
                "60 minutes",
                "60 min",
                "1 hour",
                "1 h",
            },
            Decimal("9999.99"): {"9,999.99"},
            2.0: {"2"},
            1024: {"1,024", "1 KiB", "1,024 seconds", "1,024 s"},
            (2, 3): {"2, 3"},
            "600/min": {"600"},
        }.items():
            with self.subTest(value):
                self.assertEqual(set(said(value)), ways)
