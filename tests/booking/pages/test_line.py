from datetime import timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from booking.models import Hold, PlaceInLine
from booking.selectors.line import line_address
from booking.services.holds import LONGEST_HOLD_TIME
from booking.services.line import join_line
from tests import factories
from tests.booking.pages.holding import HoldCase


class LineTests(HoldCase):
    def setUp(self) -> None:
        super().setUp()
        self.user = factories.user()
        self.client.force_login(self.user)
        self.other = Client()
        self.wish(1, client=self.other)

    def ask(self, path: str, body: Any) -> Any:
        return self.client.post(f"{self.path}line/{path}", body, content_type="application/json")

    def join(self) -> None:
        join_line(show_id=self.show.pk, seat_number=1, user=self.user, now=timezone.now())

    def test_join_puts_the_moviegoer_in_line(self) -> None:
        self.assertEqual(self.ask("", {"seat": 1}).status_code, 200)

        self.assertEqual(PlaceInLine.objects.get().user, self.user)
        self.assertEqual(self.page_data()["waiting"], [1])

    def test_join_of_a_free_seat_says_why_not(self) -> None:
        response = self.ask("", {"seat": 2})

        self.assertEqual((response.status_code, response.json()["code"]), (409, "not_held"))

    def test_leave_takes_the_moviegoer_out_of_the_line_and_says_why_it_cannot(self) -> None:
        self.join()

        self.assertEqual(self.ask("leave/", {"seat": 1}).status_code, 200)

        self.assertEqual(self.page_data()["waiting"], [])
        again = self.ask("leave/", {"seat": 1})
        self.assertEqual((again.status_code, again.json()["code"]), (404, "not_in_line"))

    def test_join_needs_an_account_and_a_seat(self) -> None:
        self.assertEqual(self.ask("", {"seat": "1"}).status_code, 400)
        self.client.logout()
        self.assertEqual(self.ask("", {"seat": 1}).status_code, 400)
        self.assertEqual(PlaceInLine.objects.count(), 0)

    def test_turn_makes_the_seat_the_hold_of_this_browser(self) -> None:
        self.join()
        self.wish(client=self.other)
        self.assertEqual(self.page_data()["waiting"], [1])

        answer = self.ask("turn/", {"seat": 1}).json()

        self.assertEqual((answer["my_turn"], answer["hold"]["seats"]), (True, [1]))
        self.assertEqual(self.page_data()["hold"]["seats"], [1])
        self.assertEqual(self.wish(1, 2).json()["hold"]["seats"], [1, 2])

    def test_turn_comes_into_the_hold_of_this_browser(self) -> None:
        self.join()
        self.wish(5)
        self.wish(client=self.other)

        # In two tabs, or sent again.
        for _ in range(2):
            answer = self.ask("turn/", {"seat": 1}).json()
            self.assertEqual((answer["my_turn"], answer["hold"]["seats"]), (True, [1, 5]))
        self.assertEqual(self.states(), "haaahaaaaa")

    def test_turn_stays_beside_a_hold_that_has_no_room_for_it(self) -> None:
        self.show = factories.show(plan="S" * 12)
        self.path = f"/shows/{self.show.pk}/"
        self.wish(1, client=self.other)
        self.join()
        self.wish(*range(2, 12))
        self.wish(client=self.other)

        answer = self.ask("turn/", {"seat": 1}).json()

        self.assertEqual((answer["my_turn"], answer["hold"]["seats"]), (True, [*range(2, 12)]))
        self.wish()
        self.assertEqual(self.ask("turn/", {"seat": 1}).json()["hold"]["seats"], [1])

    def test_turn_stays_beside_a_hold_that_would_cut_it_short(self) -> None:
        self.join()
        self.wish(5)
        long_ago = timezone.now() - LONGEST_HOLD_TIME + timedelta(seconds=60)
        Hold.objects.filter(seat_numbers=[5]).update(created_at=long_ago)
        self.wish(client=self.other)

        answer = self.ask("turn/", {"seat": 1}).json()

        self.assertEqual((answer["my_turn"], answer["hold"]["seats"]), (True, [5]))

    def test_socket_of_a_signed_in_moviegoer_has_her_address(self) -> None:
        address = line_address(self.show.pk, self.user.pk)
        self.assertEqual(self.page_data()["socket"], f"/ws/shows/{self.show.pk}/?line={address}")
        self.client.logout()
        self.assertEqual(self.page_data()["socket"], f"/ws/shows/{self.show.pk}/")

    def test_turn_of_nobody_is_none(self) -> None:
        for body, told in (({"seat": 1}, False), ({"seat": 2}, False)):
            with self.subTest(body=body):
                self.assertEqual(self.ask("turn/", body).json()["my_turn"], told)
        self.join()
        self.assertEqual(self.ask("turn/", {"seat": 1}).json()["my_turn"], False)
        self.assertEqual(self.ask("turn/", {}).status_code, 400)
