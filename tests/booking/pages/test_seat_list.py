import re
from datetime import timedelta
from typing import Any

from django.test import TestCase, tag
from django.utils import timezone

from booking.models import Booking, Show
from booking.rules import HOLD_TIME
from booking.selectors import seat_map
from booking.services.browser_holds import set_hold
from booking.services.holds import place_hold
from booking.services.sales import book_seats
from tests import factories

BROWSER = "a" * 64
BIG = "\n".join(["S" * 40 + ".." + "P" * 40] * 5 + ["SSWC"])


@tag("once")
class SeatListTests(TestCase):
    def listed(self, show: Show, **query: Any) -> str:
        return self.client.get(f"/shows/{show.pk}/list/", query).content.decode()

    def options(self, page: str) -> list[int]:
        _, _, listed = page.partition('<select id="free-seats"')
        return [int(number) for number in re.findall(r'<option value="(\d+)"', listed)]

    def test_list_has_the_free_seats_of_a_part_of_the_house(self) -> None:
        show = factories.show(plan=BIG)
        book_seats(show_id=show.pk, seat_numbers=[2], user=factories.user(), now=timezone.now())

        parts = [self.options(self.listed(show, part=part)) for part in range(5)]

        self.assertEqual(parts[0], [1, *range(3, 81)])
        self.assertEqual(parts[4], list(range(321, 405)))
        self.assertEqual([seat for part in parts for seat in part], [1, *range(3, 405)])

    def test_seats_whose_hold_is_over_are_free(self) -> None:
        show = factories.show()
        place_hold(
            show_id=show.pk, selection=[3], client="c", user=None, now=timezone.now() - HOLD_TIME
        )

        self.assertEqual(self.options(self.listed(show)), list(range(1, 11)))

    def test_list_of_a_part_that_is_none_is_that_of_the_first(self) -> None:
        show = factories.show()
        for part in ("-1", "1", "x", "9" * 5000, "\u0663", "\0"):
            with self.subTest(part[:5]):
                self.assertEqual(self.options(self.listed(show, part=part)), list(range(1, 11)))

    def test_choice_stays_in_other_parts_and_is_billed(self) -> None:
        show = factories.show(plan=BIG, price="10.00", premium_surcharge="2.00")

        page = self.listed(show, seats=[1, 41, 999], part=3)

        self.assertEqual(
            re.findall(r'<input type="checkbox" name="seats" value="(\d+)" checked', page),
            ["1", "41"],
        )
        self.assertIn("€22.00", page)

    def test_choice_is_booked(self) -> None:
        user = factories.user()
        self.client.force_login(user)
        show = factories.show()
        page = self.listed(show, seats="1,3")
        fields = re.findall(r'name="seats" value="(\d+)">', page)

        self.client.post(f"/shows/{show.pk}/book/", {"seats": fields})

        self.assertEqual(
            list(Booking.objects.get().tickets.values_list("seat_number", flat=True)), [1, 3]
        )

    def test_seats_that_the_visitor_holds_are_chosen_until_they_choose_others(self) -> None:
        """As after a payment that was declined: without scripts nothing else leads on."""
        show, now = factories.show(by=factories.price_list()), timezone.now()
        self.client.cookies["browser"] = BROWSER
        for browser, seat in ((BROWSER, 2), ("b" * 64, 3)):
            set_hold(
                browser=browser,
                show_id=show.pk,
                selection=[seat],
                client=browser,
                user=None,
                now=now,
                types={2: "child"} if seat == 2 else {},
            )

        page = self.listed(show)
        self.assertEqual(re.findall(r'name="seats" value="([^"]+)">', page), ["2:child"])
        self.assertEqual(self.options(page), [1, 2, *range(4, 11)])
        others = self.listed(show, seats="4")
        self.assertEqual(re.findall(r'name="seats" value="([^"]+)">', others), ["4"])
        none = self.listed(show, seats="")
        self.assertNotIn('name="seats" value="2', none)

    def test_list_of_a_started_show_has_no_seats(self) -> None:
        show = factories.show(starts_at=timezone.now() - timedelta(minutes=1))
        page = self.listed(show, seats=1)
        self.assertIn("This show has started", page)
        self.assertEqual((self.options(page), "<form" in page.partition("<main")[2]), ([], False))

    def test_list_of_an_unknown_show_is_not_found(self) -> None:
        self.assertEqual(self.client.get("/shows/99999999999999999999/list/").status_code, 404)
        self.assertEqual(self.client.get("/shows/999999/list/").status_code, 404)

    def test_list_of_ten_thousand_seats_is_as_short_and_takes_two_queries(self) -> None:
        show = factories.show(plan="\n".join(["S" * 100] * 100))
        seat_map.layout(show.auditorium)  # is read once
        with self.assertNumQueries(2):
            page = self.listed(show, part=99)
        self.assertEqual(self.options(page), list(range(9901, 10_001)))
        self.assertLess(len(page), 40_000)
