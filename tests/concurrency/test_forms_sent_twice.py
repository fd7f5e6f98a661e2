"""A page's form, sent again while the first sending is under way."""

from copy import deepcopy
from unittest import mock
from uuid import uuid4

from django.test import Client, override_settings, tag
from django.utils import timezone

from booking.models import Booking
from booking.services.sales import book_seats
from tests import factories
from tests.concurrency.hold_case import HoldRaceTestCase, each_round
from tests.ledger import check_books
from tests.racing import Racers


@tag("race")
@override_settings(THROTTLES=False)
class FormSentTwiceTests(HoldRaceTestCase):
    def send_twice(self, racers: Racers, key: dict[str, str]) -> list[str]:
        """Send the form twice at once for a new show, and return where the answers lead."""
        self.show_id, browser = self.new_show(), Client()
        browser.force_login(factories.user())
        clients = [Client(), Client()]
        for client in clients:
            client.cookies = deepcopy(browser.cookies)
        form = {"seats": "1,2"} | key
        answers = racers.race(
            lambda number: clients[number].post(f"/shows/{self.show_id}/book/", form)
        )
        self.assertEqual([answer.status_code for answer in answers], [302, 302])
        return [answer["Location"] for answer in answers]

    def test_both_sendings_lead_to_the_one_booking(self) -> None:
        with Racers(2) as racers:

            @each_round
            def _() -> None:
                led_to = self.send_twice(racers, {"key": "once"})

                booking = Booking.objects.get(show=self.show_id)
                self.assertEqual(led_to, [f"/bookings/{booking.reference}/"] * 2)
                check_books(self, self.show_id)

    def test_without_the_key_one_of_them_is_refused(self) -> None:
        nobodys = mock.patch("booking.selectors.bookings.booking_with_seats", return_value=None)
        with Racers(2) as racers, nobodys, self.assertRaisesMessage(AssertionError, "409"):
            self.send_twice(racers, {})


@tag("race")
@override_settings(THROTTLES=False)
class TillInTwoTabsTests(HoldRaceTestCase):
    """What a clerk sells, or takes, from two tabs with one key is sold and taken once."""

    def tabs(self) -> list[Client]:
        tabs = [Client(), Client()]
        tabs[0].force_login(factories.user(is_superuser=True))
        tabs[1].cookies = deepcopy(tabs[0].cookies)
        return tabs

    def send(self, racers: Racers, path: str, form: dict[str, str]) -> list[str]:
        tabs = self.tabs()
        answers = racers.race(lambda number: tabs[number].post(path, form))
        self.assertEqual([answer.status_code for answer in answers], [302, 302])
        return [answer["Location"] for answer in answers]

    def test_sale_is_one_booking_and_one_taking(self) -> None:
        with Racers(2) as racers:

            @each_round
            def _() -> None:
                show_id = self.new_show()
                form = {"operation": "sell", "sell-seats": "1 2", "sell-method": "cash"}
                led_to = self.send(racers, f"/till/{show_id}/", form | {"key": str(uuid4())})

                booking = Booking.objects.get(show=show_id)
                self.assertEqual(led_to, [f"/till/bookings/{booking.reference}/"] * 2)
                self.assertEqual(booking.takings.get().amount, booking.total)
                check_books(self, show_id)

    def test_money_is_one_taking(self) -> None:
        with Racers(2) as racers:

            @each_round
            def _() -> None:
                show_id = self.new_show()
                user, now = factories.user(), timezone.now()
                booking = book_seats(show_id=show_id, seat_numbers=[1], user=user, now=now)
                half = str(booking.total / 2)
                form = {"operation": "take", "amount": half, "method": "card", "key": str(uuid4())}
                self.send(racers, f"/till/bookings/{booking.reference}/", form)
                self.assertEqual(booking.takings.count(), 1)
