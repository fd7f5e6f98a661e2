import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from unittest import mock

from django.utils import timezone

from booking.models import Booking, Hold
from booking.selectors import catalogue, seat_map
from booking.services.sales import book_seats
from booking.services.shows import change_show
from booking.terms import terms_of
from tests import factories
from tests.booking.pages.holding import HoldCase

SENTENCE = "The price is now €12.00 instead of €10.00."


def forms(response: Any) -> list[dict[str, str]]:
    """Return the named hidden fields of each form of a page that carries terms."""
    page = response.content.decode()
    found = [
        dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
        for form in re.findall(r"<form.*?</form>", page, flags=re.DOTALL)
    ]
    return [form for form in found if "terms" in form]


class BookTermsTests(HoldCase):
    def setUp(self) -> None:
        super().setUp()
        self.user = factories.user()
        self.client.force_login(self.user)

    def raise_price(self) -> None:
        change_show(show_id=self.show.pk, now=timezone.now(), price=Decimal("12.00"))

    def test_every_form_that_books_carries_the_terms_that_the_page_shows(self) -> None:
        for path in (self.path, "/", f"{self.path}list/?seats=1"):  # the last without scripts
            carried = [form["terms"] for form in forms(self.client.get(path))]
            self.assertEqual(carried, [terms_of(self.show)])

    def test_held_seats_are_not_sold_at_another_price_than_the_page_showed(self) -> None:
        page = self.client.get(self.path)
        [shown] = forms(page)
        self.select(1, 2)
        self.raise_price()

        response = self.client.post(f"{self.path}book/", {**shown, "seats": "1,2", "key": "once"})

        self.assertContains(response, f"{SENTENCE} Nothing was booked.", status_code=409)
        self.assertContains(response, "€24.00", status_code=409)
        self.assertEqual((Booking.objects.count(), self.states()), (0, "hhaaaaaaaa"))
        [again] = [form for form in forms(response) if form.get("seats") == "1,2"]
        self.client.post(f"{self.path}book/", again)
        self.assertEqual(Booking.objects.get().tickets.first().price, Decimal("12.00"))  # type: ignore[union-attr]
        self.assertEqual(self.states(), "bbaaaaaaaa")

    def test_seats_chosen_without_scripts_are_not_sold_at_another_price(self) -> None:
        [shown] = forms(self.client.get(f"{self.path}list/?seats=3,4"))
        self.raise_price()

        response = self.client.post(f"{self.path}book/", {**shown, "seats": ["3", "4"]})

        self.assertContains(response, SENTENCE, status_code=409)
        self.assertEqual(self.states(), "aaaaaaaaaa")
        [again] = [form for form in forms(response) if form.get("seats") == "3,4"]
        self.assertNotEqual(again["key"], shown["key"])
        self.client.post(f"{self.path}book/", again)
        self.assertEqual(self.states(), "aabbaaaaaa")

    def test_form_that_was_sent_and_booked_is_answered_so_whatever_changed_since(self) -> None:
        [shown] = forms(self.client.get(f"{self.path}list/?seats=3"))
        sent = {**shown, "seats": "3"}
        first = self.client.post(f"{self.path}book/", sent)
        self.raise_price()

        again = self.client.post(f"{self.path}book/", sent)

        self.assertEqual((again.status_code, again["Location"]), (302, first["Location"]))
        self.assertEqual(Booking.objects.count(), 1)

    def test_terms_that_are_none_sell_nothing(self) -> None:
        for terms in ("", "x", "\0", "é" * 500):
            response = self.client.post(f"{self.path}book/", {"terms": terms, "seats": "3"})
            self.assertContains(response, "not the one that you agreed to", status_code=409)
        self.assertEqual(Booking.objects.count(), 0)

    def test_seats_are_not_held_under_other_terms_than_the_page_shows(self) -> None:
        before = terms_of(self.show)
        self.raise_price()

        response = self.post({"seats": [1], "terms": before})

        self.assertEqual((response.status_code, response.json()["code"]), (409, "terms_changed"))
        self.assertEqual(response.json()["bill"]["total"], "12.00")
        self.assertEqual(Hold.objects.count(), 0)
        held = self.post({"seats": [1], "terms": response.json()["terms"]})
        self.assertEqual((held.status_code, self.states()), (200, "haaaaaaaaa"))


class ExchangeTermsTests(HoldCase):
    def test_exchange_at_another_price_than_the_page_showed_asks_for_agreement_anew(self) -> None:
        user = factories.user()
        self.client.force_login(user)
        booking = book_seats(show_id=self.show.pk, seat_numbers=[1], user=user, now=timezone.now())
        path = f"/bookings/{booking.reference}/"
        [shown] = forms(self.client.get(path))
        change_show(show_id=self.show.pk, now=timezone.now(), price=Decimal("12.00"))

        response = self.client.post(f"{path}exchange/", {**shown, "give": "1", "take": "2"})

        self.assertContains(response, f"{SENTENCE} Nothing was exchanged.", status_code=409)
        self.assertEqual(self.states(), "baaaaaaaaa")
        [again] = [form for form in forms(response) if form.get("take") == "2"]
        self.assertRedirects(self.client.post(f"{path}exchange/", again), path)
        self.assertEqual(self.states(), "abaaaaaaaa")


class FirstPaintTests(HoldCase):
    """A show changes while its page is made: the page has it, or its socket will tell it."""

    def change_at(self, reader: Any, name: str, *, first: bool) -> Any:
        """Let the price change once, just before or after `reader.name` is called."""
        read: Callable[..., Any] = getattr(reader, name)
        prices = [Decimal("12.00")]

        def change() -> None:
            if prices:
                change_show(show_id=self.show.pk, now=timezone.now(), price=prices.pop())

        def reading(*args: Any, **kwargs: Any) -> Any:
            if first:
                change()
            found = read(*args, **kwargs)
            if not first:
                change()
            return found

        return mock.patch.object(reader, name, reading)

    def test_no_change_of_the_show_is_lost_between_the_page_and_its_socket(self) -> None:
        reads = [(seat_map, "states"), (catalogue, "show_uncounted"), (seat_map, "layout")]
        steps = [
            (path, *read, first)
            for path in (self.path, "/")
            for read in reads
            for first in (True, False)
        ]
        for path, reader, name, first in steps:
            with self.subTest(path=path, at=name, before=first):
                change_show(show_id=self.show.pk, now=timezone.now(), price=Decimal("10.00"))
                with self.change_at(reader, name, first=first):
                    data = self.client.get(path).context["seat_map"]
                told = seat_map.changes_from(self.show.pk, data["version"] + 1, 9)
                known = [change.facts["now"]["terms"] for change in told if change.facts]
                now = terms_of(catalogue.show_uncounted(self.show.pk))
                self.assertEqual([data["show"]["terms"], *known][-1], now)
