import time
from copy import deepcopy
from datetime import timedelta
from typing import Any
from unittest import mock

from django.test import Client, TestCase, override_settings
from django.utils import timezone

from booking.errors import TooMuchContention
from booking.models import Booking, Hold
from booking.pages.kept_hold import successor
from booking.problems import MEDIA_TYPE
from booking.services.bookings import book_seats
from booking.services.holds import place_hold
from tests import factories

# How long before a wish comes to its seats another one was sent: before that wish, or after.
EARLIER, LATER = timedelta(seconds=10), timedelta()


class HoldCase(TestCase):
    def setUp(self) -> None:
        self.show = factories.show()
        self.path = f"/shows/{self.show.pk}/"

    def wish(self, *seats: int, client: Client | None = None) -> Any:
        return self.post({"seats": seats}, client=client)

    def post(self, body: Any, client: Client | None = None) -> Any:
        client = client or self.client
        return client.post(f"{self.path}hold/", body, content_type="application/json")

    def states(self) -> str:
        return "".join(self.show.show_seats.order_by("pk").values_list("state", flat=True))

    def lapse(self, ago: timedelta = timedelta(seconds=1)) -> None:
        then = timezone.now() - ago
        Hold.objects.update(expires_at=then)
        self.show.show_seats.filter(state="h").update(held_until=then)

    def page_data(self) -> Any:
        return self.client.get(self.path).context["seat_map"]


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


class ResentWishTests(HoldCase):
    """A wish is sent again before its first sending has placed a hold."""

    def setUp(self) -> None:
        super().setUp()
        self.client.get(self.path)
        self.again = Client()
        self.again.cookies = deepcopy(self.client.cookies)

    def wish_overtaken_by(self, *others: tuple[timedelta, list[int]]) -> Any:
        """Wish for seat 1; others, sent so long before, are fulfilled while it is under way."""

        def place(**arguments: Any) -> Any:
            now = timezone.now()
            with mock.patch("booking.pages.holding.place_hold", place_hold):
                for before, wish in others:
                    with mock.patch.object(timezone, "now", return_value=now - before):
                        self.wish(*wish, client=self.again)
            return place_hold(**arguments)

        with (
            mock.patch("booking.pages.holding.place_hold", place),
            self.assertNoLogs("booking.services.transactions", "INFO"),
        ):
            return self.wish(1)

    def test_seats_that_the_first_sending_holds_are_no_refusal(self) -> None:
        response = self.wish_overtaken_by((EARLIER, [1]))

        self.assertEqual((response.status_code, response.json()["hold"]["seats"]), (200, [1]))
        self.assertEqual(Hold.objects.count(), 1)

    def test_other_seats_take_the_place_of_those_held_before(self) -> None:
        response = self.wish_overtaken_by((EARLIER, [2]))

        self.assertEqual((response.status_code, response.json()["hold"]["seats"]), (200, [1]))
        self.assertEqual(self.states(), "haaaaaaaaa")

    def test_seat_that_somebody_else_holds_stays_a_refusal(self) -> None:
        self.again = Client()

        response = self.wish_overtaken_by((EARLIER, [1]))

        self.assertEqual((response.status_code, response.json()["code"]), (409, "seat_taken"))
        self.assertIsNone(response.json()["hold"])

    def test_later_wish_stands(self) -> None:
        for others in (
            [(LATER, [1, 2])],
            [(LATER, [3])],
            [(EARLIER, [1]), (LATER, [1, 2])],
        ):
            with self.subTest(others=others):
                response = self.wish_overtaken_by(*others)

                self.assertEqual(response.status_code, 200)
                self.assertEqual(response.json()["hold"]["seats"], others[-1][1])
                self.wish()
                self.again.cookies = deepcopy(self.client.cookies)

    def test_hold_that_was_given_back_meanwhile_is_not_placed_again(self) -> None:
        response = self.wish_overtaken_by((LATER, [1]), (LATER, []))

        self.assertEqual((response.status_code, response.json()["code"]), (409, "token_used"))
        self.assertEqual(self.states(), "a" * 10)
        self.assertEqual(self.wish(1).json()["hold"]["seats"], [1])


class BookHoldTests(HoldCase):
    def setUp(self) -> None:
        super().setUp()
        self.user = factories.user()
        self.client.force_login(self.user)

    def book(self, seats: str) -> Any:
        return self.client.post(f"{self.path}book/", {"seats": seats})

    def test_held_seats_are_booked_and_the_cookie_is_cleared(self) -> None:
        self.wish(1, 2)

        response = self.book("1,2")

        booking = Booking.objects.get()
        self.assertRedirects(response, f"/bookings/{booking.reference}/")
        self.assertEqual(self.states(), "bbaaaaaaaa")
        self.assertEqual(response.cookies[f"hold-{self.show.pk}"].value, "")

    def test_hold_that_just_expired_is_booked_all_the_same(self) -> None:
        self.wish(1)
        self.lapse()

        self.book("1")

        self.assertEqual(self.states(), "baaaaaaaaa")

    def test_hold_that_expired_long_ago_is_told_and_offered_again(self) -> None:
        self.wish(1)
        self.lapse(ago=timedelta(minutes=3))

        response = self.book("1")

        self.assertContains(response, "The hold has expired.", status_code=409)
        self.assertEqual(response.context["seat_map"]["lapsed"], [1])

    def test_other_seats_than_those_held_are_not_booked(self) -> None:
        self.wish(1, 2)

        response = self.book("1")

        self.assertContains(response, "Your seats have changed", status_code=409)
        self.assertEqual(Booking.objects.count(), 0)

    def test_signing_in_first_leads_back_to_the_hold(self) -> None:
        guest = Client()
        self.wish(1, client=guest)

        response = guest.post(f"{self.path}book/", {"seats": "1"})

        self.assertRedirects(response, f"/accounts/login/?next={self.path}")


class SecondChanceTests(TestCase):
    def setUp(self) -> None:
        self.user = factories.user()
        self.client.force_login(self.user)
        self.booking = book_seats(
            show_id=factories.show().pk, seat_numbers=[1, 2], user=self.user, now=timezone.now()
        )

    def cancel(self, *seats: int) -> Any:
        path = f"/bookings/{self.booking.reference}/cancel/"
        return self.client.post(path, {"some": "", "seats": seats}, follow=True)

    def test_ticked_tickets_are_cancelled_and_the_others_kept(self) -> None:
        self.assertContains(self.cancel(1), "Cancelled and free again: A1.")
        kept = self.booking.tickets.filter(cancelled_at=None)
        self.assertEqual(list(kept.values_list("seat_number", flat=True)), [2])

    def test_all_ticked_cancel_the_booking(self) -> None:
        self.assertContains(self.cancel(1, 2), "is cancelled. Its seats are free.")

    def test_nothing_ticked_says_so_and_cancels_nothing(self) -> None:
        self.assertContains(self.cancel(), "Choose at least one seat.")
        self.assertEqual(self.booking.tickets.filter(cancelled_at=None).count(), 2)

    def exchange(self, give: int, take: int) -> Any:
        path = f"/bookings/{self.booking.reference}/exchange/"
        return self.client.post(path, {"give": give, "take": take}, follow=True)

    def test_seat_is_exchanged_for_one_that_the_page_lists_as_free(self) -> None:
        page = self.client.get(f"/bookings/{self.booking.reference}/")
        self.assertEqual(
            [seat.seat_number for seat in page.context["free_seats"]], list(range(3, 11))
        )

        self.assertContains(self.exchange(1, 3), "Your seats are exchanged.")
        kept = self.booking.tickets.filter(cancelled_at=None).order_by("seat_number")
        self.assertEqual(list(kept.values_list("seat_number", flat=True)), [2, 3])

    def test_seat_taken_meanwhile_is_named_and_nothing_is_exchanged(self) -> None:
        book_seats(
            show_id=self.booking.show_id,
            seat_numbers=[3],
            user=factories.user(),
            now=timezone.now(),
        )

        self.assertContains(self.exchange(1, 3), "Seat A3 is already taken.")
        self.assertEqual(self.booking.tickets.filter(cancelled_at=None).count(), 2)
