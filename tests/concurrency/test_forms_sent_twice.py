"""A page's form, sent again while the first sending is under way."""

from copy import deepcopy
from unittest import mock

from django.test import Client, override_settings, tag

from booking.models import Booking
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
