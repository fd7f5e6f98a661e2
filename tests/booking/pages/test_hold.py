import time
from copy import deepcopy
from unittest import mock

from django.test import Client, override_settings

from booking.errors import TooMuchContention
from booking.models import Hold
from booking.pages.kept_hold import successor
from booking.problems import MEDIA_TYPE
from tests import factories
from tests.booking.pages.holding import HoldCase


class HoldTests(HoldCase):
    def test_first_wish_places_a_hold_and_later_ones_change_it(self) -> None:
        answer = self.wish(1, 2).json()

        self.assertEqual(answer["hold"].keys(), {"seats", "expires_at", "version"})
        self.assertEqual(answer["hold"]["seats"], [1, 2])
        self.assertEqual(self.wish(2, 3).json()["hold"]["seats"], [2, 3])
        self.assertEqual(self.states(), "ahhaaaaaaa")
        self.assertEqual(Hold.objects.count(), 1)

    def test_no_seats_release_the_hold(self) -> None:
        self.wish(1)

        self.assertIsNone(self.wish().json()["hold"])
        self.assertEqual(self.states(), "a" * 10)
        self.assertEqual(self.wish(2).json()["hold"]["seats"], [2])

    def test_best_seats_replace_those_held(self) -> None:
        self.wish(1)

        answer = self.post({"best": {"count": 3, "accessible": False}}).json()

        self.assertEqual(answer["hold"]["seats"], [6, 7, 8])
        self.assertEqual(self.states(), "aaaaahhhaa")
        self.assertEqual(Hold.objects.count(), 1)

    def test_best_seats_that_cannot_be_had_leave_those_held(self) -> None:
        self.wish(1)

        response = self.post({"best": {"count": 6, "accessible": False}})

        self.assertEqual((response.status_code, response.json()["hold"]["seats"]), (409, [1]))
        self.assertEqual(self.states(), "haaaaaaaaa")

    def test_token_is_in_a_cookie_alone_that_scripts_cannot_read(self) -> None:
        response = self.wish(1)

        cookie = response.cookies[f"hold-{self.show.pk}"]
        self.assertEqual(
            (cookie["httponly"], cookie["samesite"], cookie["path"]), (True, "Lax", "/")
        )
        token = cookie.value.split(":")[0]
        self.assertNotIn(token, response.content.decode())
        self.assertNotIn(token, self.client.get(self.path).content.decode())

    @override_settings(HTTPS=True)
    def test_cookie_is_secure_with_https(self) -> None:
        self.assertEqual(self.wish(1).cookies[f"hold-{self.show.pk}"]["secure"], True)

    def test_cookie_that_was_tampered_with_holds_nothing(self) -> None:
        self.wish(1)
        self.client.cookies[f"hold-{self.show.pk}"] = "forged:token"

        self.assertIsNone(self.page_data()["hold"])

    def test_wish_whose_answer_got_lost_can_be_sent_again(self) -> None:
        for sent_before in ([], [1], [1, 2]):
            with self.subTest(sent_before=sent_before):
                self.client.get(self.path)
                for seat in sent_before:
                    self.wish(seat)
                    self.wish()
                cookies = deepcopy(self.client.cookies)
                self.wish(5)
                self.client.cookies = cookies

                self.assertEqual(self.wish(5, 6).json()["hold"]["seats"], [5, 6])
                self.wish()

    def test_old_cookie_costs_a_few_queries_and_begins_anew(self) -> None:
        self.client.get(self.path)
        kept = deepcopy(self.client.cookies)
        for links in range(12):
            with self.subTest(links=links):
                self.client.cookies = deepcopy(kept)
                with self.assertNumQueries(2 + min(links + 1, 8)):
                    self.assertIsNone(self.page_data()["hold"])
                self.client.cookies = deepcopy(kept)
                self.assertEqual(self.wish(5).json()["hold"]["seats"], [5])
                self.assertEqual(self.wish(5, 6).json()["hold"]["seats"], [5, 6])
                self.assertIsNone(self.wish().json()["hold"])

    def test_hold_of_a_cookie_that_is_some_behind_is_found(self) -> None:
        self.client.get(self.path)
        kept = deepcopy(self.client.cookies)
        for _ in range(7):
            self.wish(5)
            self.wish()
        self.wish(5)
        self.client.cookies = kept

        self.assertEqual(self.page_data()["hold"]["seats"], [5])

    def test_cookie_is_good_for_a_day(self) -> None:
        self.wish(5)
        kept, now = deepcopy(self.client.cookies), time.time()

        for passed, held in ((86_300, True), (86_500, False)):
            self.client.cookies = deepcopy(kept)
            with mock.patch("django.core.signing.time.time", return_value=now + passed):
                self.assertIs(self.page_data()["hold"] is not None, held)

    def test_refusal_names_the_seat_offers_another_and_keeps_the_hold(self) -> None:
        self.wish(1)
        self.wish(2, client=Client())

        response = self.wish(1, 2)

        self.assertEqual(response.status_code, 409)
        body = response.json()
        self.assertEqual(response["Content-Type"], MEDIA_TYPE)
        self.assertEqual((body["status"], body["code"]), (409, "seat_taken"))
        self.assertEqual(body["seats"], [{"seat_number": 2, "label": "A2"}])
        self.assertEqual([seat["label"] for seat in body["offer"]], ["B1", "B2"])
        self.assertEqual(body["detail"], "Seat A2 is already taken.")
        self.assertEqual(body["hold"]["seats"], [1])

    def test_signing_in_keeps_the_hold_and_the_next_wish_ties_it_to_the_account(self) -> None:
        self.wish(1)
        user = factories.user()
        self.client.force_login(user)

        self.assertEqual(self.page_data()["hold"]["seats"], [1])
        self.wish(1, 2)
        self.assertEqual(Hold.objects.get().user, user)

    def test_hold_of_another_account_in_this_browser_is_not_mine(self) -> None:
        self.client.force_login(factories.user())
        self.wish(1)
        self.client.force_login(factories.user())

        self.assertIsNone(self.page_data()["hold"])
        self.assertEqual(self.wish(2).json()["hold"]["seats"], [2])

    def test_lapsed_hold_is_told_and_can_be_had_again(self) -> None:
        self.wish(1, 2)
        self.lapse()

        data = self.page_data()
        self.assertEqual((data["hold"], data["lapsed"]), (None, [1, 2]))
        self.assertEqual(self.wish(1, 2).json()["hold"]["seats"], [1, 2])
        self.assertEqual(self.page_data()["lapsed"], [])

    def test_wish_that_is_none_is_refused(self) -> None:
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

    def test_wish_needs_post_and_the_token_against_forgery(self) -> None:
        self.assertEqual(self.client.get(f"{self.path}hold/").status_code, 405)
        forged = self.wish(1, client=Client(enforce_csrf_checks=True))
        self.assertEqual((forged.status_code, forged.json()["code"]), (403, "csrf_failed"))
        self.assertEqual(forged["Content-Type"], MEDIA_TYPE)
        self.assertEqual(self.states(), "a" * 10)

    def test_contention_says_when_to_try_again(self) -> None:
        with mock.patch("booking.pages.holding.place_hold", side_effect=TooMuchContention):
            response = self.wish(1)

        self.assertEqual((response.status_code, response["Retry-After"]), (500, "1"))
        self.assertEqual(response["Content-Type"], MEDIA_TYPE)
        self.assertEqual(response.json()["code"], "too_much_contention")

    def test_wish_for_an_unknown_show_is_not_found(self) -> None:
        response = self.client.post(
            "/shows/999999/hold/", {"seats": [1]}, content_type="application/json"
        )

        self.assertEqual(response.status_code, 404)

    def test_token_has_another_one_after_it(self) -> None:
        self.assertEqual(len({"t", successor("t"), successor(successor("t"))}), 3)
