from typing import Any
from unittest import mock

from django.contrib.auth import authenticate, get_user_model

from cinema.accounts.models import User
from tests import factories
from tests.booking.api.case import ApiTestCase

TAKEN = ["A user with that username already exists."]
CHARACTERS = (
    "Enter a valid username. This value may contain only Latin letters, digits, "
    "and @/./+/-/_ characters."
)
UNIFORM = "The password must have at least 4 different characters; spaces don’t count."


class SignUpTest(ApiTestCase):
    def sign_up(self, username: Any = "ada", password: Any = "popcorn-at-nine", **more: Any) -> Any:
        return self.post("/api/signup/", {"username": username, "password": password, **more})

    def test_account_is_made(self) -> None:
        response = self.sign_up()
        user = get_user_model().objects.get()
        self.assertEqual(response.status_code, 201)
        self.assertEqual(response.json(), {"id": user.pk, "username": "ada", "email": ""})
        self.assertTrue(user.check_password("popcorn-at-nine"))
        self.assertEqual((user.is_staff, user.is_superuser, user.is_active), (False, False, True))

    def test_password_is_kept_as_it_was_sent(self) -> None:
        self.sign_up(password=" popcorn-at-nine ")
        self.assertTrue(get_user_model().objects.get().check_password(" popcorn-at-nine "))

    def test_name_is_taken_whatever_its_case(self) -> None:
        factories.user(username="Ada")
        for name in ("Ada", "ada", "ADA"):
            with self.subTest(name):
                self.assert_invalid(self.sign_up(name), {"username": TAKEN})

    def test_name_taken_since_it_was_checked_is_refused(self) -> None:
        factories.user(username="ada")
        with mock.patch("cinema.accounts.services._check_account"):
            self.assert_invalid(self.sign_up("ADA"), {"username": TAKEN})

    def test_every_field_says_what_is_wrong(self) -> None:
        response = self.sign_up("a b", "123")
        self.assert_invalid(
            response,
            {
                "username": [CHARACTERS],
                "password": [
                    "This password is too short. It must contain at least 8 characters.",
                    "This password is too common.",
                    "This password is entirely numeric.",
                    UNIFORM,
                ],
            },
        )

    def test_names_of_european_letters_are_taken(self) -> None:
        for name in ("Jürgen.Größe", "žofia_š", "Łukasz+1", "o-brien@example.com"):
            with self.subTest(name):
                self.assertEqual(self.sign_up(name).json()["username"], name)

    def test_name_that_looks_like_another_is_refused(self) -> None:
        factories.user(username="admin")
        for name in (
            "аdmin",  # the first letter is Cyrillic
            "аԁміп",  # all of them are
            "αdmin",
            "admın",
            "admİn",
            "aɗmin",
            "ad\u200bmin",
            "ad\u00admin",
            "١٢٣",
        ):
            with self.subTest(ascii(name)):
                self.assert_invalid(self.sign_up(name), {"username": [CHARACTERS]})
        for name in ("ａｄｍｉｎ", "ⓐdmin", "𝐚𝐝𝐦𝐢𝐧"):
            with self.subTest(ascii(name)):
                self.assert_invalid(self.sign_up(name), {"username": TAKEN})

    def test_password_of_blanks_or_nearly_so_is_refused(self) -> None:
        for password in (" " * 8, "\t" * 9, "\u00a0 " * 5, "\u200b" * 8, "xyz     ", "abcabcabc"):
            with self.subTest(ascii(password)):
                self.assert_invalid(self.sign_up(password=password), {"password": [UNIFORM]})

    def test_password_like_the_name_is_refused(self) -> None:
        response = self.sign_up("popcorn-eater", "popcorn-eater")
        self.assert_invalid(
            response, {"password": ["The password is too similar to the username."]}
        )

    def test_fields_of_a_wrong_type_or_length_are_refused(self) -> None:
        too_long = "Ensure this field has no more than {} characters."
        cases: list[tuple[Any, Any, dict[str, list[str]]]] = [
            (1, "popcorn-at-nine", {"username": ["Not a valid string."]}),
            ("ada", ["x"], {"password": ["Not a valid string."]}),
            (None, "popcorn-at-nine", {"username": ["This field may not be null."]}),
            ("", "popcorn-at-nine", {"username": ["This field may not be blank."]}),
            ("a" * 151, "popcorn-at-nine", {"username": [too_long.format(150)]}),
            ("ada", "x" * 129, {"password": [too_long.format(128)]}),
            # One character that Unicode's normal form writes as 18.
            (
                "\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM}" * 20,
                "popcorn-at-nine",
                {
                    "username": [
                        CHARACTERS,
                        "Ensure this value has at most 150 characters (it has 360).",
                    ]
                },
            ),
        ]
        for username, password, errors in cases:
            with self.subTest(str(username)[:20]):
                self.assert_invalid(self.sign_up(username, password), errors)

    def test_email_address_is_taken_and_kept_in_lower_case(self) -> None:
        response = self.sign_up(email="Ada.Lovelace@Example.ORG")
        user = get_user_model().objects.get()
        self.assertEqual(user.email, "ada.lovelace@example.org")
        account = {"id": user.pk, "username": "ada", "email": "ada.lovelace@example.org"}
        self.assertEqual((response.status_code, response.json()), (201, account))
        self.assertEqual(self.get("/api/me/", user=user).json(), account)

    def test_account_is_shown_to_its_owner_alone(self) -> None:
        self.assert_problem(self.get("/api/me/"), 401, "not_authenticated")

    def test_blank_email_address_is_none(self) -> None:
        self.assertEqual(self.sign_up(email="").json()["email"], "")

    def test_email_address_that_is_none_is_refused(self) -> None:
        invalid = ["Enter a valid email address."]
        too_long = ["Ensure this field has no more than 254 characters."]
        cases: list[tuple[Any, list[str]]] = [
            ("ada", invalid),
            ("ada@", invalid),
            ("ada@example.org, eve@example.org", invalid),
            ("ada@example.org\r\nBcc: eve@example.org", invalid),
            ("a" * 250 + "@example.org", too_long),
            (7, ["Not a valid string."]),
            (["ada@example.org"], ["Not a valid string."]),
            (None, ["This field may not be null."]),
        ]
        for email, messages in cases:
            with self.subTest(str(email)[:20]):
                self.assert_invalid(self.sign_up(email=email), {"email": messages})

    def test_password_like_the_email_address_is_refused(self) -> None:
        response = self.sign_up(password="lovelace-1815", email="lovelace-1815@example.org")
        self.assert_invalid(
            response, {"password": ["The password is too similar to the email address."]}
        )

    def test_rank_cannot_be_asked_for(self) -> None:
        body = {"username": "ada", "password": "popcorn-at-nine", "is_staff": True}
        response = self.post("/api/signup/", body)
        self.assert_invalid(response, {"is_staff": ["There is no such field."]})


class UsernameTest(ApiTestCase):
    def test_name_is_found_whatever_its_case(self) -> None:
        ada = factories.user(username="Ada")
        for name in ("Ada", "ada", "ADA"):
            with self.subTest(name):
                self.assertEqual(User.objects.get_by_natural_key(name), ada)
                self.assertEqual(authenticate(username=name, password=factories.PASSWORD), ada)
