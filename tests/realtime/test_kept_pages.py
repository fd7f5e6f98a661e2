"""Pages that a real server keeps for strangers, beside those that Django shows."""

from datetime import timedelta
from decimal import Decimal
from functools import partial

from django.test import Client, override_settings
from django.utils import timezone

from booking.models import Booking, Ticket
from booking.services.calling_off import cancel_show
from booking.services.sales import book_seats
from booking.services.shows import change_show
from foundation.instants import milliseconds
from tests import factories
from tests.booking.pages.test_shell import timeless
from tests.commits import CommitTestCase
from tests.live import LiveServer, LiveServerMixin
from tests.visitors import Answer, Visitor
from tests.waiting import until

# Those of the kept page alone, of each answer, and those that are compared by themselves.
OWN = {"connection", "content-length", "etag", "vary", "x-request-id"}


def comparable(answer: Answer) -> dict[str, list[str]]:
    """Return headers by name; each process has an order of its own for a policy's directives."""
    named = {name.lower(): sorted(value.split("; ")) for name, value in answer.headers.items()}
    return {name: value for name, value in named.items() if name not in OWN}


class KeptPageTests(LiveServerMixin, CommitTestCase):
    @classmethod
    def new_server(cls) -> LiveServer:
        return LiveServer(env={"THROTTLES": "off"})

    def setUp(self) -> None:
        self.show = factories.show()
        self.path = f"/shows/{self.show.pk}/"
        self.stranger = Visitor(self.server.url(""))

    def kept(self) -> Answer:
        """Return the page once there is a room to take it from."""
        page = until(self._kept_now)
        assert page
        return page

    def _kept_now(self) -> Answer | None:
        answer = self.stranger.get(self.path)
        self.assertEqual((answer.status, self.stranger.cookies), (200, {}))
        return answer if answer.is_kept else None

    @override_settings(THROTTLES=False)
    def test_kept_page_is_the_one_that_django_shows_with_its_headers(self) -> None:
        paths = ("/", "/movies/", f"/movies/{self.show.movie_id}/", self.path)
        for seat_number in (1, 2):
            for self.path in paths:
                with self.subTest(self.path, seat_number=seat_number):
                    self.check_kept()
            self.book(seat_number)
            # What is only counted on a page may be of the second before.
            self.until_said(f"<span data-seats>{10 - seat_number} left", *paths[:-1])

    def check_kept(self) -> None:
        kept = self.kept()
        host = self.server.url("").removeprefix("http://")
        shown = Client().get(self.path, headers={"Host": host})
        self.assertEqual(timeless(kept.text.encode()), timeless(shown.content))
        headers = [(name, value) for name, value in shown.items()]
        for name, value in headers:
            if name.lower() not in OWN:
                with self.subTest(name):
                    theirs = comparable(kept)[name.lower()]
                    self.assertEqual(theirs, sorted(value.split("; ")))
        self.assertEqual(set(comparable(kept)), {n.lower() for n, _ in headers} - OWN)
        self.assertEqual(shown["Vary"], "Cookie")

    def until_said(self, words: str, *paths: str) -> None:
        """Wait until a stranger reads these words on each of the pages."""
        for path in paths:
            until(partial(self.says, words, path))

    def says(self, words: str, path: str) -> bool:
        return words in self.stranger.get(path).text

    def test_pages_that_list_shows_follow_them(self) -> None:
        movie_path, self.path = f"/movies/{self.show.movie_id}/", "/"
        paths = ("/", "/movies/", movie_path)
        self.kept()
        for seat_number in range(1, 11):
            self.book(seat_number)
            self.assertEqual(self.stranger.get("/").map["states"].count("b"), seat_number)
        self.until_said("<span data-seats>none left", *paths)
        change_show(show_id=self.show.pk, now=timezone.now(), price=Decimal("14.00"))
        self.assertEqual(self.stranger.get("/").map["show"]["price"], "14.00")
        self.until_said("from €14.00", *paths)
        following = factories.show(starts_at=self.show.starts_at + timedelta(days=1))
        Ticket.objects.filter(show=self.show).delete()
        Booking.objects.filter(show=self.show).delete()
        self.show.delete()
        self.assertEqual(self.stranger.get("/").map["show"]["id"], following.pk)
        self.until_said("No show of this film", movie_path)
        self.assertTrue(self.kept())

    def test_every_change_is_in_the_next_strangers_page(self) -> None:
        for seat_number in range(1, 11):
            self.book(seat_number)
            page = self.kept()
            left = 10 - seat_number
            self.assertEqual(page.map["states"], "b" * seat_number + "a" * left)
            self.assertIn(f">{left} of 10 seats left<", page.text)
        # A page that is older than a new price sells nothing at the old one.
        self.show = factories.show()
        self.path = f"/shows/{self.show.pk}/"
        before = self.kept().map["show"]["terms"]
        change_show(show_id=self.show.pk, now=timezone.now(), price=Decimal("14.00"))
        now = self.kept().map["show"]
        self.assertEqual(now["price"], "14.00")
        answers = [
            Visitor(self.server.url("")).hold(self.path, 1, terms=terms)
            for terms in (before, now["terms"])
        ]
        self.assertIn('"terms_changed"', answers[0].text)
        self.assertEqual([answer.status for answer in answers], [409, 200])
        # One that is called off says so at once, and sells nothing.
        cancel_show(show_id=self.show.pk, now=timezone.now())
        page = self.kept()
        self.assertFalse(page.map["show"]["bookable"])
        self.assertIn("This show is called off.", page.text)
        refused = Visitor(self.server.url("")).hold(self.path, 2, terms=now["terms"])
        self.assertEqual(refused.status, 409)
        self.assertIn('"show_cancelled"', refused.text)
        # One that is off is gone.
        gone = factories.show()
        self.path = f"/shows/{gone.pk}/"
        self.kept()
        gone.delete()
        self.assertEqual(self.stranger.get(self.path).status, 404)

    def test_show_that_has_started_says_so_from_that_moment(self) -> None:
        starts_at = timezone.now().replace(microsecond=0) + timedelta(seconds=3)
        self.path = f"/shows/{factories.show(starts_at=starts_at).pk}/"

        def started() -> Answer | None:
            has_begun = timezone.now() >= starts_at
            page = self.kept()
            return page if has_begun else None

        page = until(started)
        assert page
        self.assertFalse(page.map["show"]["bookable"])
        self.assertIn("Box office closed", page.text)

    def test_clock_in_the_page_is_of_this_second(self) -> None:
        asked = milliseconds(timezone.now())
        page = self.kept()
        self.assertGreater(page.map["server_time"], asked - 1_000)
        self.assertEqual(page.text.count(str(page.map["server_time"])), 2)

    def book(self, seat_number: int) -> None:
        user = factories.user()
        now = timezone.now()
        book_seats(show_id=self.show.pk, seat_numbers=[seat_number], user=user, now=now)
