from django.contrib.auth import get_user, get_user_model
from django.core.cache import caches
from django.test import TestCase, override_settings

from tests import factories
from tests.clock import throttles_at


class AccountPagesTests(TestCase):
    def setUp(self) -> None:
        caches["local"].clear()
        caches["default"].clear()
        self.enterContext(throttles_at(600_000))

    def test_sign_up_signs_in_and_leads_back_to_the_choice(self) -> None:
        back = "/shows/1/?seats=12,13#review"

        response = self.client.post(
            "/accounts/signup/",
            {"username": "ada", "password": "popcorn-at-nine", "next": back},
        )

        self.assertRedirects(response, back, fetch_redirect_response=False)
        self.assertEqual(get_user(self.client), get_user_model().objects.get(username="ada"))

    def test_sign_up_says_what_is_wrong_at_its_field(self) -> None:
        factories.user(username="ada")

        response = self.client.post("/accounts/signup/", {"username": "Ada", "password": "1234"})

        errors = response.context["form"].errors
        self.assertEqual(errors["username"], ["A user with that username already exists."])
        self.assertEqual(len(errors["password"]), 3)

    def test_look_alike_names_and_blank_passwords_are_refused_at_their_fields(self) -> None:
        response = self.client.post("/accounts/signup/", {"username": "аdmin", "password": " " * 8})

        errors = response.context["form"].errors
        self.assertEqual(
            {name: len(said) for name, said in errors.items()},
            dict.fromkeys(["username", "password"], 1),
        )

    def test_sign_up_takes_an_email_address_and_says_what_is_wrong_with_it(self) -> None:
        form = {"username": "ada", "password": "popcorn-at-nine"}
        response = self.client.post("/accounts/signup/", form | {"email": "Ada@example"})
        self.assertEqual(
            response.context["form"].errors, {"email": ["Enter a valid email address."]}
        )
        self.assertContains(response, 'value="Ada@example"')
        self.client.post("/accounts/signup/", form | {"email": "Ada@example.org"})
        self.assertEqual(get_user_model().objects.get().email, "ada@example.org")

    def test_sign_in_and_out(self) -> None:
        user = factories.user()

        self.client.post(
            "/accounts/login/", {"username": user.username, "password": factories.PASSWORD}
        )
        self.assertEqual(get_user(self.client), user)
        self.client.post("/accounts/logout/")
        self.assertFalse(get_user(self.client).is_authenticated)

    def test_no_form_leads_off_the_site(self) -> None:
        response = self.client.post(
            "/accounts/signup/",
            {"username": "ada", "password": "popcorn-at-nine", "next": "https://example.com/"},
        )

        self.assertRedirects(response, "/")

    def test_sign_out_needs_post(self) -> None:
        self.assertEqual(self.client.get("/accounts/logout/").status_code, 405)

    @override_settings(THROTTLES=True)
    def test_too_many_tries_are_refused_for_a_while(self) -> None:
        statuses = [
            self.client.post("/accounts/login/", {"username": "", "password": ""}).status_code
            for _ in range(61)
        ]

        self.assertEqual(statuses, [200] * 60 + [429])

    @override_settings(THROTTLES=True)
    def test_admin_counts_tries_with_the_page(self) -> None:
        nobody = {"username": "", "password": ""}
        pages = [f"/{area}/login/" for area in ("admin", "accounts")] * 30

        for page in pages:
            self.assertEqual(self.client.post(page, nobody).status_code, 200)
        response = self.client.post("/admin/login/?next=/admin/booking/", nobody)

        self.assertEqual(response.status_code, 429)
        self.assertGreater(int(response["Retry-After"]), 0)
        self.assertEqual(response.context["next"], "/admin/booking/")
        self.assertEqual(self.client.get("/admin/login/").status_code, 200)

    def test_admin_signs_staff_in_and_nobody_else(self) -> None:
        staff, moviegoer = factories.user(is_staff=True), factories.user()
        for user, signed_in in ((moviegoer, False), (staff, True)):
            with self.subTest(user.username):
                self.client.post(
                    "/admin/login/", {"username": user.username, "password": factories.PASSWORD}
                )
                self.assertIs(get_user(self.client).is_authenticated, signed_in)

    @override_settings(THROTTLES=False)
    def test_tries_are_not_counted_where_throttles_are_off(self) -> None:
        statuses = {
            self.client.post("/accounts/login/", {"username": "", "password": ""}).status_code
            for _ in range(61)
        }

        self.assertEqual(statuses, {200})
