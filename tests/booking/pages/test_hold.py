from copy import deepcopy
from itertools import product
from unittest import mock

from django.conf import settings
from django.test import Client, override_settings
from django.utils import timezone

from booking.models import Hold
from booking.rules import LONGEST_HOLD_TIME, REST
from foundation.errors import TooMuchContention
from foundation.web.clients import BROWSER_COOKIE
from foundation.web.problems import MEDIA_TYPE
from tests import factories
from tests.booking.pages.holding import HoldCase


class HoldTests(HoldCase):
    def test_first_selection_places_a_hold_and_later_ones_change_it(self) -> None:
        answer = self.select(1, 2).json()

        self.assertEqual(answer["hold"].keys(), {"seats", "expires_at", "version"})
        self.assertEqual(answer["hold"]["seats"], [1, 2])
        self.assertEqual(self.select(2, 3).json()["hold"]["seats"], [2, 3])
        self.assertEqual(self.states(), "ahhaaaaaaa")
        self.assertEqual(Hold.objects.count(), 1)

    def test_what_no_script_sends_is_refused(self) -> None:
        client = Client(enforce_csrf_checks=True, headers={"X-CSRFToken": "a" * 32})
        client.cookies[settings.CSRF_COOKIE_NAME] = "a" * 32
        for kind in ("multipart/form-data; boundary=x", "text/plain", "application/json"):
            for path in ("hold/", "waitlist/offer/"):
                with self.subTest(kind, path=path):
                    response = client.post(f"{self.path}{path}", b"--x\r\n", content_type=kind)
                    self.assertEqual(
                        (response.status_code, response.json()["code"]), (400, "invalid")
                    )

    def test_no_seats_release_the_hold(self) -> None:
        self.select(1)

        self.assertIsNone(self.select().json()["hold"])
        self.assertEqual(self.states(), "a" * 10)
        self.assertEqual(self.select(2).json()["hold"]["seats"], [2])

    def test_best_seats_replace_those_held(self) -> None:
        self.select(1)

        answer = self.post({"best": {"count": 3, "accessible": False}}).json()

        self.assertEqual(answer["hold"]["seats"], [6, 7, 8])
        self.assertEqual(self.states(), "aaaaahhhaa")
        self.assertEqual(Hold.objects.count(), 1)

    def test_best_seats_that_cannot_be_had_leave_those_held(self) -> None:
        self.select(1)

        response = self.post({"best": {"count": 6, "accessible": False}})

        self.assertEqual((response.status_code, response.json()["hold"]["seats"]), (409, [1]))
        self.assertEqual(self.states(), "haaaaaaaaa")

    def test_secret_is_in_one_cookie_that_scripts_cannot_read(self) -> None:
        response = self.select(1)

        self.assertEqual(list(response.cookies), [BROWSER_COOKIE])
        cookie = response.cookies[BROWSER_COOKIE]
        self.assertEqual(
            (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["max-age"]),
            (True, "Lax", "/", 86_400),
        )
        self.assertNotIn(cookie.value, response.content.decode())
        self.assertNotIn(cookie.value, self.client.get(self.path).content.decode())
        self.assertNotEqual(Hold.objects.get().browser_hash, cookie.value)

    @override_settings(HTTPS=True)
    def test_cookie_is_secure_with_https(self) -> None:
        self.assertEqual(self.select(1).cookies[BROWSER_COOKIE]["secure"], True)

    def test_only_a_hold_sets_the_cookie_and_all_shows_share_it(self) -> None:
        shows = [factories.show() for _ in range(3)]
        for show in shows:
            self.assertNotIn(BROWSER_COOKIE, self.client.get(f"/shows/{show.pk}/").cookies)
        self.assertNotIn(BROWSER_COOKIE, self.select().cookies)
        for show in shows:
            self.path = f"/shows/{show.pk}/"
            self.select(1)
            self.assertEqual(self.page_data()["hold"]["seats"], [1])

        self.assertEqual(set(self.client.cookies), {"csrftoken", BROWSER_COOKIE})
        self.assertEqual(Hold.objects.values("browser_hash").distinct().count(), 1)

    def test_cookie_that_was_tampered_with_holds_nothing(self) -> None:
        self.select(1)
        for forged in ("", "forged", "f" * 64, "F" * 64, "\u00e9" * 64):
            with self.subTest(forged=forged):
                self.client.cookies[BROWSER_COOKIE] = forged
                self.assertIsNone(self.page_data()["hold"])
                self.assertEqual(self.select(1).json()["code"], "seat_taken")

    def test_first_selection_whose_answer_got_lost_can_be_sent_again(self) -> None:
        # A page's script makes the token with which it sends the first selection.
        self.client.cookies[settings.CSRF_COOKIE_NAME] = "a" * 32
        cookies = deepcopy(self.client.cookies)
        self.select(5)
        self.client.cookies = cookies

        self.assertEqual(self.page_data()["hold"]["seats"], [5])
        self.assertEqual(self.select(5, 6).json()["hold"]["seats"], [5, 6])
        self.assertEqual(Hold.objects.count(), 1)

    def test_page_of_a_stranger_looks_for_no_hold(self) -> None:
        self.client_class().get(self.path)  # the layout is read once, and then kept
        with self.assertNumQueries(3):  # the show, its seats, other times
            self.page_data()

    def test_seat_can_be_clicked_off_and_on_again(self) -> None:
        for _ in range(12):
            self.assertEqual(self.select(5).json()["hold"]["seats"], [5])
            self.assertIsNone(self.select().json()["hold"])
        self.assertEqual(Hold.objects.count(), 1)

    def test_seats_that_were_clicked_for_twenty_minutes_are_for_others(self) -> None:
        self.select(5)
        Hold.objects.update(created_at=timezone.now() - LONGEST_HOLD_TIME)
        self.select()

        refused = self.select(5)

        self.assertEqual((refused.status_code, refused.json()["code"]), (409, "just_let_go"))
        self.assertEqual(self.select(6).json()["hold"]["seats"], [6])
        self.assertEqual(self.select(5, client=Client()).status_code, 200)

    def test_who_shares_the_address_can_have_what_another_browser_lets_go(self) -> None:
        self.select(5)
        self.select()

        self.assertEqual(self.select(5, client=Client()).json()["hold"]["seats"], [5])

    def test_signing_out_leaves_no_hold_behind(self) -> None:
        """Neither one of the account nor one that was made before it was known."""
        ways = product((True, False), ("/accounts/logout/", "/admin/logout/"))
        for signs_in_first, logout in ways:
            with self.subTest(signs_in_first=signs_in_first, logout=logout):
                browser, user = Client(), factories.user(is_staff=True)
                if signs_in_first:
                    browser.force_login(user)
                self.select(1, client=browser)
                browser.force_login(user)
                browser.get(self.path)
                self.assertRedirects(browser.post(logout), "/")
                for next_user in (None, factories.user()):
                    if next_user:
                        browser.force_login(next_user)
                    data = browser.get(self.path).context["seat_map"]
                    self.assertEqual((data["hold"], data["lapsed"]), (None, []))
                    self.assertEqual(self.select(1, client=browser).json()["code"], "seat_taken")
                Hold.objects.all().update(ended_at=timezone.now() - REST)
                self.show.show_seats.update(state="a", hold=None, held_until=None)

    def test_refusal_names_the_seat_offers_another_and_keeps_the_hold(self) -> None:
        self.select(1)
        self.select(2, client=Client())

        response = self.select(1, 2)

        self.assertEqual(response.status_code, 409)
        body = response.json()
        self.assertEqual(response["Content-Type"], MEDIA_TYPE)
        self.assertEqual((body["status"], body["code"]), (409, "seat_taken"))
        self.assertEqual(body["seats"], [{"seat_number": 2, "label": "A2"}])
        self.assertEqual([seat["label"] for seat in body["alternative"]], ["B1", "B2"])
        self.assertRegex(body["detail"], r"^Seat A2 was taken .* ago\.$")
        self.assertEqual(body["hold"]["seats"], [1])

    def test_signing_in_keeps_the_hold_and_the_next_selection_ties_it_to_the_account(self) -> None:
        self.select(1)
        user = factories.user()
        self.client.force_login(user)

        self.assertEqual(self.page_data()["hold"]["seats"], [1])
        self.select(1, 2)
        self.assertEqual(Hold.objects.get().user, user)

    def test_hold_of_another_account_in_this_browser_is_not_mine(self) -> None:
        self.client.force_login(factories.user())
        self.select(1)
        self.client.force_login(factories.user())

        self.assertIsNone(self.page_data()["hold"])
        self.assertEqual(self.select(2).json()["hold"]["seats"], [2])

    def test_lapsed_hold_is_told_and_can_be_had_again(self) -> None:
        self.select(1, 2)
        self.lapse()

        data = self.page_data()
        self.assertEqual((data["hold"], data["lapsed"]), (None, [1, 2]))
        self.assertEqual(self.select(1, 2).json()["hold"]["seats"], [1, 2])
        self.assertEqual(self.page_data()["lapsed"], [])

    def test_selection_that_is_none_is_refused(self) -> None:
        for body in (
            "",
            "{",
            "[" * 100_000,
            {},
            {"seats": 1},
            {"seats": [True]},
            {"seats": ["1"]},
            {"seats": [0]},
            {"seats": [2**31]},
            {"best": {"count": 11, "accessible": False}},
            {"best": {"count": "2", "accessible": False}},
        ):
            with self.subTest(body=str(body)[:40]):
                self.assertEqual(self.post(body).status_code, 400)

    def test_selection_needs_post_and_the_token_against_forgery(self) -> None:
        self.assertEqual(self.client.get(f"{self.path}hold/").status_code, 405)
        forged = self.select(1, client=Client(enforce_csrf_checks=True))
        self.assertEqual((forged.status_code, forged.json()["code"]), (403, "csrf_failed"))
        self.assertEqual(forged["Content-Type"], MEDIA_TYPE)
        self.assertEqual(self.states(), "a" * 10)

    def test_contention_says_when_to_try_again(self) -> None:
        with mock.patch("booking.pages.holds.set_hold", side_effect=TooMuchContention):
            response = self.select(1)

        self.assertEqual((response.status_code, response["Retry-After"]), (500, "1"))
        self.assertEqual(response["Content-Type"], MEDIA_TYPE)
        self.assertEqual(response.json()["code"], "too_much_contention")

    def test_selection_for_an_unknown_show_is_not_found(self) -> None:
        response = self.client.post(
            "/shows/999999/hold/", {"seats": [1]}, content_type="application/json"
        )

        self.assertEqual(response.status_code, 404)
