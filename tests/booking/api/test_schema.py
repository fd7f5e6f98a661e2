import io
from collections.abc import Iterator
from functools import cache
from typing import Any

from django.core.management import call_command
from django.test import SimpleTestCase
from drf_spectacular.generators import SchemaGenerator

ALWAYS = ["406", "429", "503"]
BODY = ["400", "411", "413", "415"]
# What each operation answers, besides ALWAYS.
ANSWERS = {
    "list_movies": ["200"],
    "get_movie": ["200", "404"],
    "list_shows_of_movie": ["200", "404"],
    "list_shows": ["200", "400"],
    "get_show": ["200", "404"],
    "get_seat_map": ["200", "304", "400", "404"],
    "list_changes": ["200", "304", "400", "404"],
    "follow_show": ["200", "404"],
    "follow_shows": ["200"],
    "get_layout": ["200", "304", "400", "404"],
    "place_hold": ["201", *BODY, "401", "404", "409", "422", "500"],
    "get_hold": ["200", "401", "403", "404", "409"],
    "change_hold": ["200", *BODY, "401", "403", "404", "409", "500"],
    "release_hold": ["204", "401", "403", "404", "409", "500"],
    "list_waitlist_entries": ["200", "401", "404", "500"],
    "join_waitlist": ["201", *BODY, "401", "404", "409", "500"],
    "leave_waitlist": ["204", "400", "401", "404", "500"],
    "book_seats": ["201", *BODY, "401", "403", "404", "409", "422", "500"],
    "cancel_booking": ["200", *BODY, "401", "403", "404", "409", "422", "500"],
    "exchange_seats": ["200", *BODY, "401", "403", "404", "409", "422", "500"],
    "get_booking": ["200", "401", "403", "404"],
    "list_my_bookings": ["200", "401", "404"],
    "list_tickets_of_show": ["200", "304", "401", "403", "404"],
    "pay_for_hold": ["201", *BODY, "401", "403", "404", "409", "500"],
    "get_payment": ["200", "401", "404"],
    "admit_ticket": ["201", *BODY, "401", "403", "404", "409", "500"],
    "undo_admission": ["200", "401", "403", "404", "500"],
    "move_show": ["200", *BODY, "401", "403", "404", "409", "500"],
    "preview_cancelling_show": ["200", "401", "403", "404", "409", "500"],
    "cancel_show": ["200", *BODY, "401", "403", "404", "409", "500"],
    "get_index": ["200"],
    "sign_up": ["201", *BODY, "500"],
    "get_me": ["200", "401"],
    "log_in": ["200", *BODY, "401", "500"],
    "refresh_tokens": ["200", *BODY, "401", "500"],
    "log_out": ["204", *BODY, "401", "500"],
}
CODES_OF_BOOK = {
    "400": ["invalid", "parse_error", "duplicate_seats", "unknown_seats", "unknown_ticket_type"],
    "401": ["not_authenticated", "token_not_valid", "user_not_found", "token_revoked"],
    "403": ["not_your_hold"],
    "404": ["show_not_found", "hold_not_found"],
    "406": ["not_acceptable"],
    "409": [
        "seat_taken",
        "show_full",
        "terms_changed",
        "leaves_gap",
        "hold_expired",
        "hold_ended",
        "show_started",
        "show_cancelled",
        "companion_alone",
        "too_many_tickets",
    ],
    "411": ["length_required"],
    "413": ["body_too_large"],
    "415": ["unsupported_media_type"],
    "422": ["idempotency_key_reused"],
    "429": ["throttled"],
    "500": ["too_much_contention"],
    "503": ["unavailable"],
}


@cache
def schema() -> dict[str, Any]:
    """Return the schema as clients get it."""
    made: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return made


def operations() -> Iterator[dict[str, Any]]:
    """Yield every operation of the schema."""
    for methods in schema()["paths"].values():
        yield from methods.values()


def problems(operation: dict[str, Any], status: str) -> dict[str, dict[str, Any]]:
    """Return the example problems of an operation by their code."""
    content = operation["responses"][status]["content"]["application/problem+json"]
    return {example["value"]["code"]: example["value"] for example in content["examples"].values()}


def errors(operation: dict[str, Any]) -> list[str]:
    """Return the statuses of an operation's problems."""
    return [status for status in operation["responses"] if status >= "400"]


def bodies(operation: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the bodies that an operation takes and answers when all is well."""
    answers = operation["responses"]
    results = [answers[status] for status in ("200", "201") if status in answers]
    return results + ([operation["requestBody"]] if "requestBody" in operation else [])


class SchemaTest(SimpleTestCase):
    def test_schema_is_valid_and_complete(self) -> None:
        call_command("spectacular", validate=True, fail_on_warn=True, stdout=io.StringIO())

    def test_every_operation_says_what_it_answers(self) -> None:
        answers = {one["operationId"]: sorted(one["responses"]) for one in operations()}
        expected = {name: sorted([*own, *ALWAYS]) for name, own in ANSWERS.items()}
        self.assertEqual(answers, expected)

    def test_every_error_has_examples(self) -> None:
        for operation in operations():
            for status in errors(operation):
                with self.subTest(operation["operationId"], status=status):
                    found = problems(operation, status).values()
                    self.assertEqual({str(one["status"]) for one in found}, {status})

    def test_booking_shows_every_code_it_answers(self) -> None:
        (book,) = (one for one in operations() if one["operationId"] == "book_seats")
        codes = {status: list(problems(book, status)) for status in errors(book)}
        self.assertEqual(codes, CODES_OF_BOOK)

    def test_every_operation_has_a_tag_a_summary_and_examples(self) -> None:
        tags = [tag["name"] for tag in schema()["tags"]]
        for operation in operations():
            with self.subTest(operation["operationId"]):
                (tag,) = operation["tags"]
                self.assertIn(tag, tags)
                self.assertTrue(operation["summary"] and operation["description"])
                for body in bodies(operation):
                    [content] = body["content"].values()
                    self.assertTrue(content["examples"])

    def test_members_operations_take_a_bearer_token(self) -> None:
        bearer: dict[str, list[str]] = {"jwtAuth": []}
        security = {one["operationId"]: one["security"] for one in operations()}
        self.assertEqual(
            {name for name in security if security[name] == [bearer]},
            {
                *("get_me", "book_seats", "cancel_booking", "exchange_seats"),
                *("get_booking", "list_my_bookings"),
                *("list_waitlist_entries", "join_waitlist", "leave_waitlist"),
                *("admit_ticket", "undo_admission", "list_tickets_of_show"),
                *("preview_cancelling_show", "cancel_show", "move_show"),
            },
        )
        self.assertEqual(
            {name for name in security if security[name] == [{}, bearer]},
            {
                *("place_hold", "get_hold", "change_hold", "release_hold"),
                *("pay_for_hold", "get_payment"),
            },
        )
        self.assertEqual(
            {name for name in security if security[name] == []},
            {
                *("get_index", "sign_up", "log_in", "refresh_tokens", "log_out"),
                *("list_movies", "get_movie", "list_shows_of_movie", "list_shows", "get_show"),
                *("get_seat_map", "list_changes", "get_layout", "follow_show", "follow_shows"),
            },
        )
        scheme = schema()["components"]["securitySchemes"]["jwtAuth"]
        self.assertEqual((scheme["type"], scheme["scheme"]), ("http", "bearer"))

    def test_it_says_where_it_is_served_and_whom_to_ask(self) -> None:
        self.assertEqual([one["url"] for one in schema()["servers"]], ["/"])
        self.assertEqual(schema()["info"]["contact"], {"name": "The Front Row authors"})

    def test_bodies_are_strict(self) -> None:
        book = schema()["components"]["schemas"]["BookSeatsRequest"]
        self.assertEqual(
            (book["additionalProperties"], book["minProperties"], book["maxProperties"]),
            (False, 1, 3),
        )
        numbers = book["properties"]["seat_numbers"]
        self.assertEqual((numbers["minItems"], numbers["maxItems"]), (1, 10))

    def test_only_cancelling_needs_no_body(self) -> None:
        bodies = {one["operationId"]: one.get("requestBody") for one in operations()}
        self.assertEqual(
            [name for name in bodies if (body := bodies[name]) and not body["required"]],
            ["cancel_booking", "cancel_show"],
        )

    def test_keys_can_be_sent_where_repeating_would_hurt(self) -> None:
        taking = {
            one["operationId"]
            for one in operations()
            if "Idempotency-Key" in [each["name"] for each in one.get("parameters", [])]
        }
        self.assertEqual(taking, {"place_hold", "book_seats", "cancel_booking", "exchange_seats"})
