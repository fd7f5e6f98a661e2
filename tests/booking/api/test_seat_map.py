from datetime import datetime
from unittest import mock

from django.utils import timezone

from booking.models import Auditorium, SeatChange
from booking.selectors import seat_map
from booking.services.auditoriums import change_auditorium
from booking.terms import terms_of
from tests import factories
from tests.booking.api.case import ApiTestCase


class SeatsTest(ApiTestCase):
    def setUp(self) -> None:
        self.show = factories.show(plan="SS\nSP")
        self.path = f"/api/shows/{self.show.pk}/seats/"

    def book(self, *seat_numbers: int) -> None:
        booked = self.post(
            f"/api/shows/{self.show.pk}/book/",
            {"seat_numbers": list(seat_numbers)},
            user=factories.user(),
        )
        self.assertEqual(booked.status_code, 201)

    def etag(self) -> str:
        """Return what names the newest version."""
        return f'"{seat_map.checkpoint(self.show.pk).name}"'

    def test_map_has_states_version_and_where_its_layout_is(self) -> None:
        self.book(2, 4)
        response = self.get(self.path)
        hall = self.show.auditorium
        self.assertEqual(
            response.json(),
            {
                "show": self.show.pk,
                "version": 1,
                "digest": SeatChange.objects.get().digest,
                "states": "abab",
                "held": [],
                "capacity": 4,
                "available_seats": 2,
                "layout": {
                    "hash": hall.layout_hash,
                    "url": f"/api/auditoriums/{hall.pk}/layout/?hash={hall.layout_hash}",
                },
                "terms": terms_of(self.show),
            },
        )
        self.assertEqual((response["ETag"], response["Cache-Control"]), (self.etag(), "no-cache"))

    def test_map_says_until_when_seats_are_held(self) -> None:
        hold = self.post(f"/api/shows/{self.show.pk}/hold/", {"seat_numbers": [3, 2]}).json()
        until = int(datetime.fromisoformat(hold["expires_at"]).timestamp() * 1000)
        body = self.get(self.path).json()
        self.assertEqual((body["states"], body["held"]), ("ahha", [[2, until], [3, until]]))
        self.client.delete(f"/api/holds/{hold['token']}/")
        maps = [self.get(f"{self.path}?at={version}").json()["held"] for version in range(3)]
        self.assertEqual(maps, [[], [[2, until], [3, until]], []])

    def test_unchanged_map_is_304_before_any_seat_is_read(self) -> None:
        etag = self.etag()
        for known in (etag, f"W/{etag}", f'"7", {etag}', "*"):
            with self.subTest(known), self.assertNumQueries(1):
                response = self.get(self.path, if_none_match=known)
            self.assertEqual(
                (response.status_code, response.content, response["ETag"]), (304, b"", etag)
            )

    def test_changed_map_is_sent(self) -> None:
        etag = self.get(self.path)["ETag"]
        self.book(1)
        with self.assertNumQueries(3):
            response = self.get(self.path, if_none_match=etag)
        self.assertEqual((response.json()["states"], response["ETag"]), ("baaa", self.etag()))

    def test_map_of_another_history_is_sent(self) -> None:
        for known in ('"0"', f'"0.{"0" * 16}"'):
            self.assertEqual(self.get(self.path, if_none_match=known).status_code, 200)

    def test_junk_etag_is_ignored(self) -> None:
        self.assertEqual(self.get(self.path, if_none_match='0"').status_code, 200)

    def test_long_list_of_etags_is_not_taken_apart(self) -> None:
        etag = self.get(self.path)["ETag"]
        for known, status in (("," * 7900, 200), ("," * 7900 + etag, 304), (f'"x", {etag}', 304)):
            with self.subTest(known[-9:]), mock.patch("django.utils.http.ETAG_MATCH") as match:
                response = self.get(self.path, if_none_match=known)
                self.assertEqual((response.status_code, match.mock_calls), (status, []))

    def test_map_takes_two_queries(self) -> None:
        with self.assertNumQueries(2):
            self.get(self.path)

    def test_earlier_map_is_replayed(self) -> None:
        names = []
        for seat_number in (1, 2, 3):
            names.append(self.etag())
            self.book(seat_number)
        answers = [self.get(f"{self.path}?at={version}") for version in range(3)]
        self.assertEqual([a.json()["states"] for a in answers], ["aaaa", "baaa", "bbaa"])
        self.assertEqual([answer["ETag"] for answer in answers], names)

    def test_version_that_never_was_is_a_problem(self) -> None:
        self.assert_problem(self.get(f"{self.path}?at=1"), 404, "version_not_found")
        self.assert_problem(
            self.get(f"{self.path}?at=9223372036854775807"), 404, "version_not_found"
        )

    def test_version_that_makes_no_sense_is_refused(self) -> None:
        self.assert_invalid(self.get(f"{self.path}?at=x"), {"at": ["A valid integer is required."]})
        self.assert_invalid(
            self.get(f"{self.path}?at=-1"),
            {"at": ["Ensure this value is greater than or equal to 0."]},
        )

    def test_unknown_show_is_a_problem(self) -> None:
        for headers in ({}, {"if_none_match": '"0"'}):
            response = self.get("/api/shows/999/seats/", **headers)
            self.assert_problem(response, 404, "show_not_found")


class LayoutTest(ApiTestCase):
    def setUp(self) -> None:
        self.hall = factories.auditorium(plan="S.P\nW")
        self.path = f"/api/auditoriums/{self.hall.pk}/layout/"

    def test_layout_has_every_seat(self) -> None:
        layout = self.get(self.path).json()
        seats = layout.pop("seats")
        self.assertEqual(
            layout,
            {
                "auditorium": self.hall.pk,
                "hash": self.hall.layout_hash,
                "width": 3,
                "height": 2,
            },
        )
        self.assertEqual(
            [list(seat.values()) for seat in seats],
            [
                [1, "A", 1, "A1", "standard", 0, 0],
                [2, "A", 2, "A2", "premium", 2, 0],
                [3, "B", 1, "B1", "wheelchair", 0, 1],
            ],
        )

    def test_layout_under_its_hash_is_kept_for_good(self) -> None:
        caching = {
            f"?hash={self.hall.layout_hash}": "public, max-age=31536000, immutable",
            "?hash=another": "no-cache",
            "": "no-cache",
        }
        for query, expected in caching.items():
            with self.subTest(query):
                response = self.get(f"{self.path}{query}")
                self.assertEqual(
                    (response["Cache-Control"], response["ETag"]),
                    (expected, f'"{self.hall.layout_hash}"'),
                )

    def test_layout_that_changes_meanwhile_is_kept_under_no_hash_but_its_own(self) -> None:
        seat_map.house_of_layout.cache_clear()  # which may have a hall of this id and layout
        stale = Auditorium.objects.get(pk=self.hall.pk)
        change_auditorium(auditorium_id=stale.pk, name="New", plan="SS", now=timezone.now())
        current = Auditorium.objects.get(pk=stale.pk).layout_hash
        old = f"{self.path}?hash={stale.layout_hash}"
        with mock.patch("booking.selectors.catalogue.auditorium", return_value=stale):
            response = self.get(old)
        self.assertEqual((response.json()["hash"], len(response.json()["seats"])), (current, 2))
        self.assertEqual(
            (response["Cache-Control"], response["ETag"]), ("no-cache", f'"{current}"')
        )
        later = self.get(old)
        self.assertEqual((later["Cache-Control"], later.json()), ("no-cache", response.json()))

    def test_layout_that_the_client_has_is_304(self) -> None:
        with self.assertNumQueries(1):
            response = self.get(self.path, if_none_match=f'"{self.hall.layout_hash}"')
        self.assertEqual(response.status_code, 304)

    def test_unknown_auditorium_is_a_problem(self) -> None:
        response = self.get("/api/auditoriums/999/layout/")
        self.assert_problem(response, 404, "auditorium_not_found")
