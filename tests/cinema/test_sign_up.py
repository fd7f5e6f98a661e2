from typing import Any
from unittest import mock

from django.contrib.auth import authenticate, get_user_model

from cinema.accounts.models import User
from tests import factories
from tests.booking.api.case import ApiTestCase

TAKEN = ["A user with that username already exists."]
CHARACTERS = (
    "Enter a valid username. This value may contain only letters, numbers, "
    "and @/./+/-/_ characters."
)


class SignUpTest(ApiTestCase):
    def sign_up(self, username: Any = "ada", password: Any = "popcorn-at-nine") -> Any:
        return self.post("/api/signup/", {"username": username, "password": password})

    def test_account_is_made(self) -> None:
        response = self.sign_up()
        user = get_user_model().objects.get()
        self.assertEqual(response.status_code, 201)
        self.assertEqual(response.json(), {"id": user.pk, "username": "ada"})
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
                ],
            },
        )

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
