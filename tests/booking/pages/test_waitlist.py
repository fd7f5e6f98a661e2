from datetime import timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from booking.models import Hold, WaitlistEntry
from booking.rules import LONGEST_HOLD_TIME
from booking.selectors.waitlist import waitlist_address
from booking.services.waitlist import join_waitlist
from tests import factories
from tests.booking.pages.holding import HoldCase


class WaitlistTests(HoldCase):
    def setUp(self) -> None:
        super().setUp()
        self.user = factories.user()
        self.client.force_login(self.user)
        self.other = Client()
        self.select(1, client=self.other)

    def ask(self, path: str, body: Any) -> Any:
        return self.client.post(
            f"{self.path}waitlist/{path}", body, content_type="application/json"
        )

    def join(self) -> None:
        join_waitlist(show_id=self.show.pk, seat_number=1, user=self.user, now=timezone.now())

    def test_join_puts_the_moviegoer_on_the_waitlist(self) -> None:
        self.assertEqual(self.ask("", {"seat": 1}).status_code, 200)

        self.assertEqual(WaitlistEntry.objects.get().user, self.user)
        self.assertEqual(self.page_data()["waiting"], [1])

    def test_join_of_a_free_seat_says_why_not(self) -> None:
        response = self.ask("", {"seat": 2})

        self.assertEqual((response.status_code, response.json()["code"]), (409, "not_held"))

    def test_leave_takes_the_moviegoer_off_the_waitlist_and_says_why_it_cannot(self) -> None:
        self.join()

        self.assertEqual(self.ask("leave/", {"seat": 1}).status_code, 200)

        self.assertEqual(self.page_data()["waiting"], [])
        again = self.ask("leave/", {"seat": 1})
        self.assertEqual((again.status_code, again.json()["code"]), (404, "not_on_waitlist"))

    def test_join_needs_an_account_and_a_seat(self) -> None:
        self.assertEqual(self.ask("", {"seat": "1"}).status_code, 400)
        self.client.logout()
        self.assertEqual(self.ask("", {"seat": 1}).status_code, 400)
        self.assertEqual(WaitlistEntry.objects.count(), 0)

    def test_offer_makes_the_seat_the_hold_of_this_browser(self) -> None:
        self.join()
        self.select(client=self.other)
        self.assertEqual(self.page_data()["waiting"], [1])

        answer = self.ask("offer/", {"seat": 1}).json()

        self.assertEqual((answer["is_offered"], answer["hold"]["seats"]), (True, [1]))
        self.assertEqual(self.page_data()["hold"]["seats"], [1])
        self.assertEqual(self.select(1, 2).json()["hold"]["seats"], [1, 2])

    def test_offer_comes_into_the_hold_of_this_browser(self) -> None:
        self.join()
        self.select(5)
        self.select(client=self.other)

        # In two tabs, or sent again.
        for _ in range(2):
            answer = self.ask("offer/", {"seat": 1}).json()
            self.assertEqual((answer["is_offered"], answer["hold"]["seats"]), (True, [1, 5]))
        self.assertEqual(self.states(), "haaahaaaaa")

    def test_offer_stays_beside_a_hold_that_has_no_room_for_it(self) -> None:
        self.show = factories.show(plan="S" * 12)
        self.path = f"/shows/{self.show.pk}/"
        self.select(1, client=self.other)
        self.join()
        self.select(*range(2, 12))
        self.select(client=self.other)

        answer = self.ask("offer/", {"seat": 1}).json()

        self.assertEqual((answer["is_offered"], answer["hold"]["seats"]), (True, [*range(2, 12)]))
        self.select()
        self.assertEqual(self.ask("offer/", {"seat": 1}).json()["hold"]["seats"], [1])

    def test_offer_stays_beside_a_hold_that_would_cut_it_short(self) -> None:
        self.join()
        self.select(5)
        long_ago = timezone.now() - LONGEST_HOLD_TIME + timedelta(seconds=60)
        Hold.objects.filter(seat_numbers=[5]).update(created_at=long_ago)
        self.select(client=self.other)

        answer = self.ask("offer/", {"seat": 1}).json()

        self.assertEqual((answer["is_offered"], answer["hold"]["seats"]), (True, [5]))

    def test_socket_of_a_signed_in_moviegoer_has_her_address(self) -> None:
        address = waitlist_address(self.show.pk, self.user.pk)
        self.assertEqual(
            self.page_data()["socket"], f"/ws/shows/{self.show.pk}/?waitlist={address}"
        )
        self.client.logout()
        self.assertEqual(self.page_data()["socket"], f"/ws/shows/{self.show.pk}/")

    def test_offer_of_nobody_is_none(self) -> None:
        for body, told in (({"seat": 1}, False), ({"seat": 2}, False)):
            with self.subTest(body=body):
                self.assertEqual(self.ask("offer/", body).json()["is_offered"], told)
        self.join()
        self.assertEqual(self.ask("offer/", {"seat": 1}).json()["is_offered"], False)
        self.assertEqual(self.ask("offer/", {}).status_code, 400)
