import json
from decimal import Decimal
from typing import Any

from django.utils import timezone

from booking import chain
from booking.models import SeatChange, SeatMap
from booking.selectors import seat_map
from booking.services.blocks import block_seats, unblock_seats
from booking.services.holds import place_hold, release_hold
from booking.services.sales import book_seats
from booking.services.shows import change_show
from tests import factories
from tests.booking.api.case import ApiTestCase


class ChangesTest(ApiTestCase):
    def setUp(self) -> None:
        self.show = factories.show(plan="SSSSS")
        self.path = f"/api/shows/{self.show.pk}/changes/"
        self.staff = factories.user()

    def block(self, seat_number: int) -> None:
        self.change(block_seats, seat_numbers=[seat_number], reason="cleaning", staff=self.staff)

    def change(self, service: Any, **arguments: Any) -> Any:
        return service(show_id=self.show.pk, now=timezone.now(), **arguments)

    def page(self, query: str = "") -> Any:
        response = self.get(self.path + query)
        self.assertEqual(response.status_code, 200, response.content)
        return response.json()

    def versions(self, query: str = "") -> list[int]:
        return [entry["version"] for entry in self.page(query)["entries"]]

    def test_log_begins_with_what_the_chain_begins_with(self) -> None:
        own = SeatMap.objects.get(pk=self.show.pk)
        layout_hash, nonce = self.show.auditorium.layout_hash, own.nonce
        self.assertEqual(
            self.page(),
            {
                "show": self.show.pk,
                "genesis": {
                    "show": self.show.pk,
                    "layout_hash": layout_hash,
                    "nonce": nonce,
                    "digest": chain.genesis(self.show.pk, layout_hash, nonce),
                },
                "entries": [],
                "next": None,
                "head": {"version": 0, "digest": own.digest},
            },
        )

    def test_entries_say_what_their_digests_cover_and_nothing_else(self) -> None:
        guest = {"client": "address:1", "user": None}
        held = self.change(place_hold, selection=[1, 2], **guest)
        self.change(book_seats, seat_numbers=[4], user=factories.user(username="moviegoer"))
        self.block(5)
        release_hold(token=held.token, user=None, now=timezone.now())
        self.change(change_show, price=Decimal(11))

        page = self.page()

        before = page["genesis"]["digest"]
        for entry in page["entries"]:
            version, digest = entry.pop("version"), entry.pop("digest")
            self.assertEqual(sorted(entry), ["at", "changes", "show"])
            text = json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
            self.assertEqual(digest, chain.link(before, version, text))
            before = digest
        self.assertEqual(page["head"], {"version": 5, "digest": before})
        until = page["entries"][0]["changes"][0][2]
        self.assertEqual(
            [entry["changes"] for entry in page["entries"]],
            [[[1, "h", until], [2, "h", until]], [[4, "b"]], [[5, "x"]], [[1, "a"], [2, "a"]], []],
        )
        self.assertEqual(page["entries"][-1]["show"]["price"], "11.00")
        # JSON.stringify keeps the order that it read.
        for name in (None, "movie"):
            facts = page["entries"][-1]["show"][name] if name else page["entries"][-1]["show"]
            self.assertEqual(list(facts), sorted(facts))
        for private in ("cleaning", "moviegoer", held.token, "offers", "note", "booking"):
            self.assertNotIn(private, json.dumps(page))

    def test_pages_lead_to_each_other_without_a_gap(self) -> None:
        for seat_number in (1, 2, 3, 4, 5):
            self.block(seat_number)
        self.assertEqual(self.versions(), [1, 2, 3, 4, 5])
        query, seen = "?limit=2", []
        while query:
            page = self.page(query)
            seen.append([entry["version"] for entry in page["entries"]])
            self.assertEqual(page["head"] is None, page["next"] is not None)
            query = (page["next"] or "").removeprefix(f"http://testserver{self.path}")
        self.assertEqual(seen, [[1, 2], [3, 4], [5]])
        self.assertEqual(self.versions("?after=5"), [])

    def test_entry_that_is_missing_shifts_no_page(self) -> None:
        for seat_number in (1, 2, 3, 4):
            self.block(seat_number)
        SeatChange.objects.filter(show=self.show, version__in=(2, 4)).delete()
        self.assertEqual(self.versions("?limit=2"), [1])
        self.assertEqual(self.page("?limit=2&after=2")["head"]["version"], 4)

    def test_page_takes_two_queries_however_long_it_is(self) -> None:
        for seat_number in (1, 2, 3):
            with self.assertNumQueries(2):
                self.page()
            self.block(seat_number)

    def test_page_stays_as_it_is_while_history_does(self) -> None:
        self.block(1)
        last = self.get(f"{self.path}?limit=1")
        self.assertEqual(last["ETag"], f'"{seat_map.checkpoint(self.show.pk).name}"')
        self.block(2)
        followed = self.get(f"{self.path}?limit=1", if_none_match=last["ETag"])
        self.assertEqual(followed.status_code, 200)  # it has a next page now
        for _ in range(2):
            with self.assertNumQueries(2):
                again = self.get(f"{self.path}?limit=1", if_none_match=followed["ETag"])
            self.assertEqual((again.status_code, again.content), (304, b""))
            self.change(unblock_seats, seat_numbers=[1], staff=self.staff)
            self.block(1)

        SeatChange.objects.filter(show=self.show, version=1).update(digest="0" * 64)

        rewritten = self.get(f"{self.path}?limit=1", if_none_match=followed["ETag"])
        self.assertEqual(rewritten.status_code, 200)

    def test_page_without_any_entry_left_has_a_name_of_its_own(self) -> None:
        for seat_number in (1, 2):
            self.block(seat_number)
        whole = self.get(f"{self.path}?limit=1")["ETag"]
        SeatChange.objects.filter(show=self.show, version=1).delete()
        self.assertEqual(self.get(f"{self.path}?limit=1", if_none_match=whole).status_code, 200)

    def test_range_that_makes_no_sense_is_refused(self) -> None:
        no_number = ["A valid integer is required."]
        for query, errors in {
            "after=x": {"after": no_number},
            "after=": {"after": no_number},
            "after=-1": {"after": ["Ensure this value is greater than or equal to 0."]},
            "after=9223372036854775808": {
                "after": ["Ensure this value is less than or equal to 9223372036854775807."]
            },
            "limit=0": {"limit": ["Ensure this value is greater than or equal to 1."]},
            "limit=1001": {"limit": ["Ensure this value is less than or equal to 1000."]},
            "from=1": {"from": ["There is no such field."]},
        }.items():
            with self.subTest(query):
                self.assert_invalid(self.get(f"{self.path}?{query}"), errors)

    def test_version_that_never_was_is_a_problem(self) -> None:
        for after in (1, 9223372036854775807):
            self.assert_problem(self.get(f"{self.path}?after={after}"), 404, "version_not_found")

    def test_unknown_show_is_a_problem(self) -> None:
        self.assert_problem(self.get("/api/shows/999/changes/"), 404, "show_not_found")
