from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.test import TestCase, tag
from django.utils import timezone

from booking.models import SeatChange, SeatMap
from booking.pages.log import ROWS
from booking.selectors import seat_map
from booking.services.blocks import block_seats, unblock_seats
from booking.services.holds import place_hold
from booking.services.shows import change_show
from tests import factories

EVENING = datetime(2031, 6, 6, 18, 0, tzinfo=UTC)  # 20:00 in the cinema's time zone
NOON = datetime(2031, 6, 1, 10, 0, 1, tzinfo=UTC)


@tag("once")
class LogPageTests(TestCase):
    def setUp(self) -> None:
        self.show = factories.show(
            plan="\n".join(["SSSSS"] * 3),
            of=factories.movie(title="Salt"),
            starts_at=EVENING,
            premium_surcharge="3.00",
        )
        self.path = f"/shows/{self.show.pk}/log/"
        self.staff = factories.user()

    def do(self, service: Any, *seats: int, **arguments: Any) -> Any:
        if seats:
            arguments["seat_numbers"] = seats
        return service(show_id=self.show.pk, now=NOON, **arguments)

    def block_and_unblock(self, times: int) -> None:
        for _ in range(times):
            self.do(block_seats, 1, reason="a secret", staff=self.staff)
            self.do(unblock_seats, 1, staff=self.staff)

    def versions(self, query: str = "") -> list[int]:
        return [row.version for row in self.client.get(self.path + query).context["rows"]]

    def test_entries_say_what_became_so_and_to_nobody_whose_it_is(self) -> None:
        self.do(place_hold, selection=[2, 3], client="address:1", user=None)
        self.do(block_seats, *range(4, 14), reason="a secret", staff=self.staff)
        self.do(unblock_seats, *range(5, 14), staff=self.staff)
        self.do(change_show, price=Decimal(12))

        page = self.client.get(self.path)

        hall = self.show.auditorium.name
        self.assertEqual(
            [row.lines for row in page.context["rows"]],
            [
                [
                    (
                        "The show is now",
                        f"Salt, {hall}, Friday 6 June at 20:00, €12.00, premium surcharge €3.00",
                    )
                ],
                [("Free", "A5, B1, B2, B3, B4, B5, C1, C2, C3")],
                [("Not on sale", "A4, A5, B1, B2, B3, B4, B5, C1, C2, C3")],
                [("Held until 12:08:01", "A2, A3")],
            ],
        )
        self.assertContains(page, SeatChange.objects.latest("version").digest)
        for private in ("a secret", self.staff.username, "address:1"):
            self.assertNotContains(page, private)

    def test_many_seats_that_change_alike_are_counted(self) -> None:
        change = SeatChange(version=1, at=NOON, changes=[[n, "b"] for n in range(1, 16)])
        change.show, change.digest = self.show, "0" * 64
        change.save()
        SeatMap.objects.filter(show=self.show).update(version=1)
        [row] = self.client.get(self.path).context["rows"]
        named = "A1, A2, A3, A4, A5, B1, B2, B3, B4, B5, C1, C2"
        self.assertEqual(row.lines, [("Booked", f"{named} and 3 more")])

    def test_pages_lead_through_the_whole_log(self) -> None:
        self.block_and_unblock(15)
        self.assertEqual(self.versions(), list(range(30, 30 - ROWS, -1)))
        page = self.client.get(self.path)
        self.assertEqual((page.context["older"], page.context["newer"]), (5, None))
        page = self.client.get(f"{self.path}?at=5")
        self.assertEqual([row.version for row in page.context["rows"]], [5, 4, 3, 2, 1])
        self.assertEqual((page.context["older"], page.context["newer"]), (None, 30))
        self.assertContains(page, 'value="5"')

    def test_version_that_is_none_shows_the_latest(self) -> None:
        self.block_and_unblock(1)
        for at in ("3", "9" * 18, "9" * 5000, "-1", "x", "", "²"):
            with self.subTest(at[:20]):
                self.assertEqual(self.versions(f"?at={at}"), [2, 1])

    def test_log_begins_with_every_seat_free(self) -> None:
        self.block_and_unblock(1)
        for path in (f"{self.path}?at=0", f"/shows/{factories.show().pk}/log/"):
            self.assertContains(self.client.get(path), "every seat is free")
        genesis = SeatMap.objects.get(show=self.show).genesis
        self.assertContains(self.client.get(f"{self.path}?at=0"), genesis)

    def test_page_takes_three_queries_however_long_the_log_is(self) -> None:
        seat_map.layout(self.show.auditorium)  # is read once
        for _ in range(2):
            with self.assertNumQueries(3):
                self.client.get(self.path)
            self.block_and_unblock(3)

    def test_log_of_an_unknown_show_is_not_found(self) -> None:
        self.assertEqual(self.client.get("/shows/999/log/").status_code, 404)

    def test_log_of_a_show_that_is_over_stays(self) -> None:
        past = factories.show(starts_at=timezone.now() - timedelta(days=2))
        self.assertEqual(self.client.get(f"/shows/{past.pk}/log/").status_code, 200)

    def test_pages_with_a_map_lead_to_its_log(self) -> None:
        for path in ("/", f"/shows/{self.show.pk}/"):
            self.assertContains(self.client.get(path), f'href="{self.path}"')
