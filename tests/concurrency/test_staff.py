"""Managers who do the same at the same moment."""

from collections import Counter
from datetime import timedelta
from typing import Any
from unittest import mock

from django.db import IntegrityError
from django.test import Client, tag
from django.utils import timezone

from booking.errors import AuditoriumTaken
from booking.models import Show
from booking.services.shows import change_movie, change_show
from tests import factories
from tests.concurrency.hold_case import each_round
from tests.racing import PostgresTestCase, Racers, without_row_locks


@tag("race")
class OneAuditoriumTests(PostgresTestCase):
    def setUp(self) -> None:
        self.enterContext(mock.patch("booking.events.publish"))
        self.movie = factories.movie(duration_minutes=90)
        self.start = timezone.now() + timedelta(days=1)

    def put_on(self, minutes: int) -> str:
        try:
            starts_at = self.start + timedelta(minutes=minutes)
            factories.show(of=self.movie, room=self.room, starts_at=starts_at)
        except AuditoriumTaken:
            return "taken"
        except IntegrityError:
            return "refused by the constraint"
        return "done"

    def race(self, racers: Racers) -> Counter[str]:
        self.room = factories.auditorium()
        return Counter(racers.race(lambda number: self.put_on(10 * number)))

    def test_of_shows_that_overlap_one_is_put_on(self) -> None:
        with Racers(5) as racers:

            @each_round
            def _() -> None:
                self.assertEqual(self.race(racers), {"done": 1, "taken": 4})

    def test_without_the_lock_the_constraint_still_refuses(self) -> None:
        seen = Counter[str]()
        with Racers(5) as racers, without_row_locks():

            @each_round
            def _() -> None:
                outcomes = self.race(racers)
                self.assertEqual(outcomes["done"], 1)
                seen.update(outcomes)

        self.assertGreater(seen["refused by the constraint"], 0)

    def test_longer_film_against_a_show_moved_behind_it(self) -> None:
        now = timezone.now()
        with Racers(2) as racers:

            @each_round
            def _() -> None:
                self.room = factories.auditorium()
                self.movie = movie = factories.movie(duration_minutes=90)
                self.put_on(0)
                self.put_on(600)
                later = Show.objects.latest("starts_at")

                def lengthen() -> None:
                    change_movie(
                        movie_id=movie.pk,
                        title=movie.title,
                        synopsis="",
                        duration_minutes=120,
                        certificate="",
                        now=now,
                    )

                def move() -> None:
                    starts_at = self.start + timedelta(minutes=110)
                    change_show(show_id=later.pk, now=now, starts_at=starts_at)

                def act(number: int) -> str:
                    try:
                        (lengthen, move)[number]()
                    except AuditoriumTaken:
                        return "taken"
                    return "done"

                self.assertEqual(sorted(racers.race(act)), ["done", "taken"])


@tag("race")
class OneFormTests(PostgresTestCase):
    def setUp(self) -> None:
        self.enterContext(mock.patch("booking.events.publish"))
        staff = factories.user(is_staff=True, is_superuser=True)
        self.clients = [Client(raise_request_exception=False) for _ in range(2)]
        for client in self.clients:
            client.force_login(staff)

    def save_both(self, racers: Racers) -> tuple[list[int], tuple[str, str]]:
        """Let one change the price, the other the surcharge, from the same page."""
        show = factories.show(price="10.00", premium_surcharge="3.00")
        path = f"/admin/booking/show/{show.pk}/change/"
        form = self.clients[0].get(path).context["adminform"].form
        day, clock = form.fields["starts_at"].widget.decompress(show.starts_at)
        data: dict[str, Any] = {
            "movie": show.movie_id,
            "auditorium": show.auditorium_id,
            "starts_at_0": str(day),
            "starts_at_1": clock,
            "price": "10.00",
            "premium_surcharge": "3.00",
            "seen": form["seen"].value(),
        }
        typed = [{"price": "12.00"}, {"premium_surcharge": "5.00"}]
        answers = racers.race(lambda n: self.clients[n].post(path, data | typed[n]).status_code)
        show.refresh_from_db()
        return sorted(answers), (str(show.price), str(show.premium_surcharge))

    def test_one_is_saved_and_the_other_is_told(self) -> None:
        with Racers(2) as racers:

            @each_round
            def _() -> None:
                answers, prices = self.save_both(racers)
                self.assertEqual(answers, [200, 302])
                self.assertIn(prices, [("12.00", "3.00"), ("10.00", "5.00")])

    def test_without_the_lock_one_undoes_the_other(self) -> None:
        with mock.patch("booking.admin.base.lock"), Racers(2) as racers:
            seen = [self.save_both(racers)[0] for _ in range(20)]
        self.assertIn([302, 302], seen)
