from typing import Any

from django.test import Client
from django.utils import timezone

from booking.models import PlaceInLine
from booking.services.line import join_line
from tests import factories
from tests.booking.pages.test_hold import HoldCase


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

    def test_turn_leaves_another_hold_of_this_browser_alone(self) -> None:
        self.join()
        self.wish(5)
        self.wish(client=self.other)

        answer = self.ask("turn/", {"seat": 1}).json()

        self.assertEqual((answer["my_turn"], answer["hold"]["seats"]), (True, [5]))

    def test_turn_of_nobody_is_none(self) -> None:
        for body, told in (({"seat": 1}, False), ({"seat": 2}, False)):
            with self.subTest(body=body):
                self.assertEqual(self.ask("turn/", body).json()["my_turn"], told)
        self.join()
        self.assertEqual(self.ask("turn/", {"seat": 1}).json()["my_turn"], False)
        self.assertEqual(self.ask("turn/", {}).status_code, 400)
