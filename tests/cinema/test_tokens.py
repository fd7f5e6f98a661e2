import hashlib
from datetime import datetime, timedelta
from typing import Any
from unittest import mock

from django.conf import settings
from django.contrib.auth.hashers import identify_hasher, make_password
from django.utils import timezone
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken

from booking.models import Ticket
from cinema.accounts.models import TokenFamily
from cinema.accounts.services import log_in, refresh_tokens
from foundation.db.statements import run
from tests import factories
from tests.booking.api.case import ApiTestCase, bearer
from tests.runner import SCRYPT_WORK_FACTOR


def at(moment: datetime) -> Any:
    """Let the clock by which tokens expire stand."""
    return mock.patch("rest_framework_simplejwt.tokens.aware_utcnow", return_value=moment)


class AccountTestCase(ApiTestCase):
    def setUp(self) -> None:
        self.user = factories.user(username="ada")

    def log_in(self, username: Any = "ada", password: Any = factories.PASSWORD) -> Any:
        return self.post("/api/login/", {"username": username, "password": password})

    def refresh(self, refresh: Any) -> Any:
        return self.post("/api/token/refresh/", {"refresh": refresh})

    def log_out(self, refresh: Any) -> Any:
        return self.post("/api/logout/", {"refresh": refresh})


class LogInTest(AccountTestCase):
    def test_tokens_let_the_user_in(self) -> None:
        tokens = self.log_in().json()
        self.assertEqual(sorted(tokens), ["access", "refresh"])
        response = self.get("/api/my-bookings/", authorization=f"Bearer {tokens['access']}")
        self.assertEqual(response.status_code, 200)

    def test_name_counts_whatever_its_case(self) -> None:
        self.assertEqual(self.log_in("ADA").status_code, 200)

    def test_wrong_unknown_and_inactive_get_the_same_answer(self) -> None:
        factories.user(username="gone", is_active=False)
        bodies = {
            self.assert_problem(self.log_in(*who), 401, "bad_credentials")["detail"]
            for who in (("ada", "wrong"), ("nobody", "wrong"), ("gone", factories.PASSWORD))
        }
        self.assertEqual(len(bodies), 1)

    def test_unknown_users_take_as_long_as_known_ones(self) -> None:
        took = []
        for name in ("ada", "nobody"):
            with mock.patch("hashlib.scrypt", wraps=hashlib.scrypt) as hashing:
                self.log_in(name, "wrong")
            took.append([call.kwargs["n"] for call in hashing.mock_calls])
        self.assertEqual(took, [[SCRYPT_WORK_FACTOR]] * 2)

    def test_password_hashed_before_is_accepted_and_hashed_anew(self) -> None:
        self.user.password = make_password(factories.PASSWORD, hasher="pbkdf2_sha256")
        self.user.save()
        for _ in range(2):
            self.assertEqual(self.log_in().status_code, 200)
        self.user.refresh_from_db()
        self.assertEqual(identify_hasher(self.user.password).algorithm, "scrypt")

    def test_fields_are_needed_and_typed(self) -> None:
        response = self.post("/api/login/", {"username": 1})
        self.assert_invalid(
            response,
            {"username": ["Not a valid string."], "password": ["This field is required."]},
        )

    def test_expired_token_in_the_header_does_no_harm(self) -> None:
        response = self.post(
            "/api/login/",
            {"username": "ada", "password": factories.PASSWORD},
            headers={"Authorization": "Bearer expired"},
        )
        self.assertEqual(response.status_code, 200)

    def test_expired_log_ins_of_the_user_are_forgotten(self) -> None:
        long_ago = timezone.now() - timedelta(days=15)
        for moment in (long_ago, timezone.now()):
            log_in(username="ada", password=factories.PASSWORD, now=moment)
        self.log_in()
        self.assertEqual(TokenFamily.objects.count(), 2)


class RefreshTest(AccountTestCase):
    def test_tokens_are_renewed_again_and_again(self) -> None:
        refresh = self.log_in().json()["refresh"]
        for _ in range(3):
            response = self.refresh(refresh)
            self.assertEqual(response.status_code, 200)
            refresh = response.json()["refresh"]
        self.assertEqual(TokenFamily.objects.count(), 1)

    def test_refresh_whose_answer_was_lost_gets_the_same_successor_again(self) -> None:
        now = timezone.now()
        first = log_in(username="ada", password=factories.PASSWORD, now=now).refresh
        second = refresh_tokens(refresh=first, now=now).refresh
        just_in_time = now + settings.REFRESH_REPEAT - timedelta(microseconds=1)
        for moment in (now, now + timedelta(seconds=3), just_in_time):
            again = refresh_tokens(refresh=first, now=moment)
            self.assertEqual(again.refresh, second)
            header = f"Bearer {again.access}"
            self.assertEqual(self.get("/api/my-bookings/", authorization=header).status_code, 200)
        self.assertEqual(self.refresh(second).status_code, 200)

    def test_successor_that_was_used_is_not_given_again(self) -> None:
        first = self.log_in().json()["refresh"]
        second = self.refresh(first).json()["refresh"]
        third = self.refresh(second).json()["refresh"]
        self.assert_problem(self.refresh(first), 401, "token_reused")
        for token in (second, third):
            self.assert_problem(self.refresh(token), 401, "token_revoked")

    def test_successor_is_not_given_again_after_log_out_or_another_password(self) -> None:
        for end in (self.log_out, self.change_password):
            with self.subTest(end.__name__):
                first = self.log_in().json()["refresh"]
                end(self.refresh(first).json()["refresh"])
                self.assert_problem(self.refresh(first), 401, "token_revoked")

    def change_password(self, _: str) -> None:
        self.user.set_password("popcorn-at-ten")
        self.user.save()

    def test_second_exchange_later_ends_the_log_in(self) -> None:
        now = timezone.now()
        first = log_in(username="ada", password=factories.PASSWORD, now=now)
        second = refresh_tokens(refresh=first.refresh, now=now - settings.REFRESH_REPEAT)
        self.assert_problem(self.refresh(first.refresh), 401, "token_reused")
        self.assert_problem(self.refresh(second.refresh), 401, "token_revoked")

    def test_another_log_in_is_not_ended(self) -> None:
        first, other = (self.log_in().json()["refresh"] for _ in range(2))
        second = self.refresh(first).json()["refresh"]
        self.refresh(second)
        self.assert_problem(self.refresh(first), 401, "token_reused")
        self.assertEqual(self.refresh(other).status_code, 200)

    def test_users_who_left_get_nothing(self) -> None:
        refresh = self.log_in().json()["refresh"]
        self.user.is_active = False
        self.user.save()
        self.assert_problem(self.refresh(refresh), 401, "token_not_valid")
        self.user.delete()
        self.assert_problem(self.refresh(refresh), 401, "token_not_valid")

    def test_changed_password_ends_the_log_ins_before_it(self) -> None:
        refresh = self.log_in().json()["refresh"]
        self.user.set_password("popcorn-at-ten")
        self.user.save()
        self.assert_problem(self.refresh(refresh), 401, "token_revoked")
        tokens = self.log_in(password="popcorn-at-ten").json()
        self.assertEqual(self.refresh(tokens["refresh"]).status_code, 200)

    def test_tokens_that_are_none_of_ours_are_refused(self) -> None:
        expired = log_in(
            username="ada",
            password=factories.PASSWORD,
            now=timezone.now() - timedelta(days=15),
        )
        odd = RefreshToken.for_user(self.user)
        odd["family"] = "x"
        for token in (
            "garbage",
            expired.refresh,
            str(AccessToken.for_user(self.user)),
            str(RefreshToken.for_user(self.user)),
            str(odd),
        ):
            with self.subTest(token[:20]):
                self.assert_problem(self.refresh(token), 401, "token_not_valid")
                self.assert_problem(self.log_out(token), 401, "token_not_valid")
        self.assert_invalid(self.refresh(1), {"refresh": ["Not a valid string."]})

    def test_access_token_does_not_name_the_log_in(self) -> None:
        access = AccessToken(self.log_in().json()["access"])
        self.assertNotIn("family", access.payload)

    def test_access_token_is_no_refresh_token(self) -> None:
        access = self.log_in().json()["access"]
        self.assert_problem(self.refresh(access), 401, "token_not_valid")


class LogOutTest(AccountTestCase):
    def test_log_out_ends_the_log_in_and_can_be_repeated(self) -> None:
        refresh = self.log_in().json()["refresh"]
        for _ in range(2):
            response = self.log_out(refresh)
            self.assertEqual((response.status_code, response.content), (204, b""))
        self.assert_problem(self.refresh(refresh), 401, "token_revoked")

    def test_any_token_of_the_log_in_ends_it(self) -> None:
        first = self.log_in().json()["refresh"]
        second = self.refresh(first).json()["refresh"]
        self.assertEqual(self.log_out(first).status_code, 204)
        self.assert_problem(self.refresh(second), 401, "token_revoked")

    def test_access_token_stays_good_until_it_expires(self) -> None:
        tokens = self.log_in().json()
        self.log_out(tokens["refresh"])
        header = f"Bearer {tokens['access']}"
        self.assertEqual(self.get("/api/my-bookings/", authorization=header).status_code, 200)
        in_a_while = timezone.now() + timedelta(minutes=16)
        with at(in_a_while):
            response = self.get("/api/my-bookings/", authorization=header)
        self.assert_problem(response, 401, "token_not_valid")


class AccessTest(AccountTestCase):
    """An access token is good for what its user is at this moment."""

    def setUp(self) -> None:
        super().setUp()
        self.header = f"Bearer {AccessToken.for_user(self.user)}"

    def ask(self, header: str = "") -> Any:
        return self.get("/api/my-bookings/", authorization=header or self.header)

    def test_user_is_read_each_time_by_one_statement(self) -> None:
        with mock.patch("cinema.accounts.reading.run", wraps=run) as reading:
            statuses = [self.ask().status_code for _ in range(3)]
        self.assertEqual((statuses, reading.call_count), ([200] * 3, 3))

    def test_token_of_a_deactivated_user_stops_at_once(self) -> None:
        self.assertEqual(self.ask().status_code, 200)
        self.user.is_active = False
        self.user.save()
        self.assert_problem(self.ask(), 401, "user_inactive")

    def test_deactivated_user_books_nothing(self) -> None:
        show = factories.show()
        path = f"/api/shows/{show.pk}/book/"
        headers = {"Authorization": self.header}
        self.assertEqual(self.post(path, {"seat_number": 1}, headers=headers).status_code, 201)
        self.user.is_active = False
        self.user.save()
        refused = self.post(path, {"seat_number": 2}, headers=headers)
        self.assert_problem(refused, 401, "user_inactive")
        self.assertEqual(Ticket.objects.count(), 1)

    def test_token_of_a_user_who_is_active_again_is_good_at_once(self) -> None:
        self.user.is_active = False
        self.user.save()
        self.assertEqual(self.ask().status_code, 401)
        self.user.is_active = True
        self.user.save()
        self.assertEqual(self.ask().status_code, 200)

    def test_token_from_before_another_password_stops_at_once(self) -> None:
        self.assertEqual(self.ask().status_code, 200)
        self.user.set_password("popcorn-at-ten")
        self.user.save()
        self.assert_problem(self.ask(), 401, "token_revoked")
        self.assertEqual(self.ask(bearer(self.user)["Authorization"]).status_code, 200)

    def test_token_without_a_password_s_name_is_refused(self) -> None:
        token = AccessToken.for_user(self.user)
        del token["hash_password"]
        self.assertEqual(self.ask(f"Bearer {token}").status_code, 401)

    def test_token_of_a_deleted_user_stops_at_once(self) -> None:
        self.assertEqual(self.ask().status_code, 200)
        self.user.delete()
        self.assert_problem(self.ask(), 401, "user_not_found")

    def test_token_ends_when_it_expires(self) -> None:
        now = timezone.now()
        token = AccessToken.for_user(self.user)
        token.set_exp(from_time=now, lifetime=timedelta(seconds=10))
        for seconds, status in ((9, 200), (11, 401)):
            with at(now + timedelta(seconds=seconds)):
                self.assertEqual(self.ask(f"Bearer {token}").status_code, status)

    def test_changed_token_is_another(self) -> None:
        self.assertEqual(self.ask().status_code, 200)
        self.assertEqual(self.ask(f"{self.header}x").status_code, 401)
