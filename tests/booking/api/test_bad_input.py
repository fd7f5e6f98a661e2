import json
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
from django.conf import settings
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken, Token

from foundation.web.parsers import MAX_BODY_BYTES
from tests import factories
from tests.booking.api.case import ApiTestCase


class BodyTest(ApiTestCase):
    """Bodies that are refused before any endpoint looks at them."""

    def setUp(self) -> None:
        self.user = factories.user()
        self.path = f"/api/shows/{factories.show().pk}/book/"

    def send(self, body: Any, **options: Any) -> Any:
        return self.post(self.path, body, user=self.user, **options)

    def test_body_that_cannot_be_read_is_refused_in_words(self) -> None:
        not_json = "The body is not JSON: "
        surrogate = "The body has half of a surrogate pair in a string."
        cases = {
            b"{": f"{not_json}Expecting property name enclosed in double quotes: "
            "line 1 column 2 (char 1).",
            b"seat_number=1": f"{not_json}Expecting value: line 1 column 1 (char 0).",
            b" ": f"{not_json}Expecting value: line 1 column 2 (char 1).",
            b"{}{}": f"{not_json}Extra data: line 1 column 3 (char 2).",
            b'{"seat_number":NaN}': f"{not_json}NaN is not a number.",
            b'{"seat_number":-Infinity}': f"{not_json}-Infinity is not a number.",
            b'{"seat_number":"\xff"}': "The body is not UTF-8: byte 16 is wrong.",
            '{"seat_number":1}'.encode("utf-16"): "The body is not UTF-8: byte 0 is wrong.",
            b'{"seat_number":"\\ud800"}': surrogate,
            b'{"\\udfff":1}': surrogate,
            b'{"seat_numbers":[{"a":["\\udc00"]}]}': surrogate,
            b'{"seat_number":"\\u0000"}': "The body has a NUL character in a string.",
            b'{"a\\u0000":1}': "The body has a NUL character in a string.",
            b'{"seat_number":1,"seat_number":2}': 'The body gives "seat_number" twice.',
            b'{"best":{"count":1,"count":2}}': 'The body gives "count" twice.',
            b"[" * 30_000: "The body is nested too deeply.",
            b'{"a":' * 10_000: "The body is nested too deeply.",
        }
        for body, detail in cases.items():
            with self.subTest(body[:30]):
                problem = self.assert_problem(self.send(body), 400, "parse_error")
                self.assertEqual(problem["detail"], detail)

    def test_number_beyond_what_python_reads_is_refused(self) -> None:
        body = b'{"seat_number":' + b"9" * 5000 + b"}"
        self.assert_problem(self.send(body), 400, "parse_error")

    def test_pair_of_surrogates_is_a_character(self) -> None:
        response = self.send(b'{"\\ud83c\\udfac":1}')
        self.assert_invalid(response, {"🎬": ["There is no such field."]})

    def test_missing_body_is_an_empty_one(self) -> None:
        errors = self.assert_problem(self.send(None), 400, "invalid")["errors"]
        self.assertEqual(list(errors), ["seat_number", "seat_numbers", "hold"])
        response = self.post("/api/login/", b"")
        required = ["This field is required."]
        self.assert_invalid(response, {"username": required, "password": required})

    def test_body_over_the_limit_is_refused_unread(self) -> None:
        body = json.dumps({"seat_number": "9" * MAX_BODY_BYTES}).encode()
        self.assert_problem(self.send(body), 413, "body_too_large")
        lying = self.send(b"{}", CONTENT_LENGTH=str(MAX_BODY_BYTES + 1))
        self.assert_problem(lying, 413, "body_too_large")
        full = b'{"seat_number":1}'.ljust(MAX_BODY_BYTES)
        self.assertEqual(self.send(full).status_code, 201)

    def test_body_of_unknown_length_is_refused(self) -> None:
        response = self.send(b"{}", HTTP_TRANSFER_ENCODING="chunked")
        self.assert_problem(response, 411, "length_required")

    def test_length_is_not_asked_for_where_no_body_is_taken(self) -> None:
        response = self.client.get("/api/movies/", headers={"Transfer-Encoding": "chunked"})
        self.assertEqual(response.status_code, 200)

    def test_format_in_the_address_changes_nothing(self) -> None:
        for path in ("/api/movies/?format=xml", "/api/movies/?format=json"):
            with self.subTest(path):
                response = self.get(path)
                self.assertEqual(
                    (response.status_code, response["Content-Type"]), (200, "application/json")
                )

    def test_other_kinds_of_body_are_refused(self) -> None:
        for kind in (
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "text/plain",
            "junk",
            "application/json-patch+json",
        ):
            with self.subTest(kind):
                response = self.send(b"seat_number=1", content_type=kind)
                self.assert_problem(response, 415, "unsupported_media_type")
        typed = self.send(b'{"seat_number":1}', content_type="application/json; charset=utf-8")
        self.assertEqual(typed.status_code, 201)


class TokenTest(ApiTestCase):
    """Authorization headers that let nobody in."""

    def ask(self, authorization: str) -> Any:
        return self.get("/api/my-bookings/", authorization=authorization)

    def assert_refused(self, token: Token | str, code: str = "token_not_valid") -> None:
        response = self.ask(f"Bearer {token}")
        self.assert_problem(response, 401, code)
        self.assertEqual(response["WWW-Authenticate"], 'Bearer realm="api"')

    def test_expired_token_is_refused(self) -> None:
        token = AccessToken.for_user(factories.user())
        token.set_exp(from_time=datetime.now(UTC) - timedelta(days=1))
        self.assert_refused(token)

    def test_token_signed_with_another_key_is_refused(self) -> None:
        token = AccessToken.for_user(factories.user())
        backend = token.get_token_backend()
        for key in ("another key that is long enough!", settings.SECRET_KEY):
            foreign = type(backend)("HS256", key).encode(token.payload)
            with self.subTest(key):
                self.assert_refused(foreign)

    def test_unsigned_token_is_refused(self) -> None:
        token = AccessToken.for_user(factories.user())
        self.assert_refused(jwt.encode(token.payload, "", algorithm="none"))

    def test_refresh_token_is_no_access_token(self) -> None:
        self.assert_refused(RefreshToken.for_user(factories.user()))

    def test_garbage_is_refused(self) -> None:
        for garbage in ("x", "a.b.c", "ÿ", "." * 5000):
            with self.subTest(garbage[:5]):
                self.assert_refused(garbage)
        self.assert_refused("two words", "bad_authorization_header")

    def test_header_without_a_bearer_token_is_none(self) -> None:
        for header in ("", "Bearer", "Basic ZGVtbzpkZW1v", "Token x"):
            with self.subTest(header):
                response = self.ask(header)
                code = response.json()["code"]
                expected = "bad_authorization_header" if header == "Bearer" else "not_authenticated"
                self.assertEqual((response.status_code, code), (401, expected))

    def test_users_who_left_are_refused(self) -> None:
        user = factories.user()
        token = AccessToken.for_user(user)
        user.is_active = False
        user.save()
        self.assert_refused(token, "user_inactive")
        user.delete()
        self.assert_refused(token, "user_not_found")
