"""Staff overwrite nobody's work, are asked before they change what was sold, and told why not."""

from datetime import UTC, datetime
from typing import Any
from unittest import mock

from django.contrib.auth.models import Permission
from django.utils import timezone

from booking.models import Auditorium, Movie, Show
from booking.services.amendments import cancel_booking
from foundation.instants import moment_in_words
from tests import factories
from tests.booking.admin_case import FormTestCase
from tests.booking.test_admin import booking_of


class TwoManagersTest(FormTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.show = factories.show(price="10.00", premium_surcharge="3.00")

    def read(self) -> tuple[str, str, bool]:
        show = Show.objects.get(pk=self.show.pk)
        return str(show.price), str(show.premium_surcharge), show.no_gaps

    def test_second_is_told_what_changed_and_saves_on_top_of_it(self) -> None:
        first, second = self.open(self.show), self.open(self.show)
        self.assertEqual(self.save(self.show, first | {"price": "12.00"}).status_code, 302)

        told = self.save(self.show, second | {"premium_surcharge": "5", "no_gaps": "on"})

        self.assertEqual(
            self.errors(told)["__all__"],
            [
                "Somebody else has saved this meanwhile: Price from 10.00 to 12.00. "
                "Check it and save again."
            ],
        )
        self.assertEqual(self.read(), ("12.00", "3.00", False))
        again = self.sent(told)
        self.assertEqual(
            (again["price"], again["premium_surcharge"], again["no_gaps"]), ("12.00", "5", "on")
        )
        self.assertEqual(self.save(self.show, again).status_code, 302)
        self.assertEqual(self.read(), ("12.00", "5.00", True))

    def test_what_both_changed_is_kept_as_typed_and_said_so(self) -> None:
        first, second = self.open(self.show), self.open(self.show)
        self.save(self.show, first | {"price": "12.00", "no_gaps": "on"})

        told = self.save(self.show, second | {"price": "11.00"})

        self.assertEqual(
            self.errors(told)["__all__"],
            [
                "Somebody else has saved this meanwhile: Price from 10.00 to 12.00; "
                "No single gaps from no to yes. What you typed for Price is still here. "
                "Check it and save again."
            ],
        )
        again = self.sent(told)
        self.assertEqual((again["price"], again["no_gaps"]), ("11.00", "on"))
        self.save(self.show, again)
        self.assertEqual(self.read(), ("11.00", "3.00", True))

    def test_film_hall_and_time_of_another_are_taken_over(self) -> None:
        movie = factories.movie(title="Other")
        twin = factories.auditorium()
        first, second = self.open(self.show), self.open(self.show)
        moved = {"movie": str(movie.pk), "auditorium": str(twin.pk), "starts_at_0": "2031-01-01"}
        self.save(self.show, first | moved)

        told = self.save(self.show, second | {"price": "1.00"})

        (error,) = self.errors(told)["__all__"]
        self.assertIn(f"Movie from {self.show.movie} to Other", error)
        self.assertIn(f"Auditorium from {self.show.auditorium} to {twin}", error)
        self.assertIn(f"Starts at from {moment_in_words(self.show.starts_at)} to 1 Jan 2031", error)
        self.assertEqual(self.sent(told) | moved, self.sent(told))
        self.assertEqual(self.save(self.show, self.sent(told)).status_code, 302)
        changed = Show.objects.get()
        self.assertEqual((changed.movie, changed.auditorium), (movie, twin))

    def test_undone_change_and_mangled_memory_stop_nobody(self) -> None:
        first, second = self.open(self.show), self.open(self.show)
        self.save(self.show, first | {"price": "12.00"})
        self.save(self.show, self.open(self.show) | {"price": "10.00"})
        self.assertEqual(self.save(self.show, second | {"price": "9.00"}).status_code, 302)
        for seen in ("", "null", "[]", '"x"', '{"price": 3, "nothing": "x"}', "{}"):
            with self.subTest(seen):
                data = self.open(self.show) | {"seen": seen}
                self.assertEqual(self.save(self.show, data).status_code, 302)
        for seen in ("{", '{"price": "x", "starts_at": "y", "movie": "z", "no_gaps": "?"}'):
            with self.subTest(seen):
                data = self.open(self.show) | {"seen": seen}
                self.assertEqual(self.save(self.show, data).status_code, 200)

    def test_movies_and_auditoriums_likewise(self) -> None:
        movie, hall = factories.movie(title="Old"), factories.auditorium(plan="SS\nSS")
        for one, theirs, mine, said in (
            (movie, {"title": "New"}, {"synopsis": "Rain."}, "Title from Old to New"),
            (movie, {"synopsis": "a\nb"}, {"title": "Newer"}, "Synopsis"),
            (hall, {"name": "New"}, {"plan": "SSS"}, f"Name from {hall.name} to New"),
            (hall, {"plan": "S"}, {"name": "Newer"}, "Plan from SSS to S"),
        ):
            with self.subTest(said):
                first, second = self.open(one), self.open(one)
                self.assertEqual(self.save(one, first | theirs).status_code, 302)
                told = self.save(one, second | mine)
                self.assertEqual(
                    self.errors(told)["__all__"],
                    [f"Somebody else has saved this meanwhile: {said}. Check it and save again."],
                )
                self.assertEqual(self.save(one, self.sent(told)).status_code, 302)
        movie, hall = Movie.objects.get(pk=movie.pk), Auditorium.objects.get(pk=hall.pk)
        self.assertEqual((movie.title, movie.synopsis), ("Newer", "a\nb"))
        self.assertEqual((hall.name, hall.plan), ("Newer", "S"))

    def test_who_may_only_look_sees_nothing_of_it(self) -> None:
        clerk = factories.user(is_staff=True)
        models = ("show", "movie", "auditorium")
        clerk.user_permissions.set(
            Permission.objects.filter(codename__in=[f"view_{name}" for name in models])
        )
        for one in (self.show, self.show.movie, self.show.auditorium):
            self.client.force_login(self.staff)
            self.assertContains(self.get(self.path(one)), 'name="seen"', count=1)
            self.client.force_login(clerk)
            for own in ("seen", "all the same"):
                self.assertNotContains(self.get(self.path(one)), own)

    def test_without_the_look_the_second_undoes_the_first(self) -> None:
        first, second = self.open(self.show), self.open(self.show)
        self.save(self.show, first | {"price": "12.00"})
        with mock.patch("booking.admin.forms.CarefulForm._changed_by_others", return_value={}):
            self.save(self.show, second | {"premium_surcharge": "5.00"})
        self.assertEqual(self.read(), ("10.00", "5.00", False))


class SoldTicketsTest(FormTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.show = factories.show(plan="SSS", starts_at=datetime(2030, 5, 1, 18, tzinfo=UTC))
        self.booking = booking_of(self.show, 1, 2)

    def start(self) -> str:
        return moment_in_words(Show.objects.get(pk=self.show.pk).starts_at)

    def test_moving_is_asked_first_with_the_number_of_tickets(self) -> None:
        moved = self.open(self.show) | {"starts_at_0": "2030-05-02", "price": "8"}
        asked = self.save(self.show, moved)
        self.assertEqual(
            self.errors(asked),
            {
                "confirm": [
                    "2 tickets are sold. You are about to change: Starts at from "
                    "1 May 2030, 20:00 to 2 May 2030, 20:00; Price from 10.00 to 8."
                ]
            },
        )
        html = asked.content.decode()
        for drawn in ("Change it all the same", 'type="checkbox" name="confirm"'):
            self.assertEqual(html.count(drawn), 1)
        self.assertEqual(self.start(), "1 May 2030, 20:00")

        sent = self.sent(asked)
        self.assertEqual(sent["starts_at_0"], "2030-05-02")
        self.assertEqual(self.save(self.show, sent).status_code, 200)  # not ticked
        confirmed = sent | {"confirm": self.question(asked)}
        self.assertEqual(self.save(self.show, confirmed).status_code, 302)
        self.assertEqual(self.start(), "2 May 2030, 20:00")

    def test_each_fact_is_asked_about(self) -> None:
        movie, twin = factories.movie(), factories.auditorium(plan="SSS")
        for changed in (
            {"movie": str(movie.pk)},
            {"auditorium": str(twin.pk)},
            {"starts_at_1": "20:01"},
            {"price": "11"},
            {"premium_surcharge": "0"},
        ):
            with self.subTest(changed):
                asked = self.save(self.show, self.open(self.show) | changed)
                self.assertEqual(list(self.errors(asked)), ["confirm"])
        free = {"no_gaps": "on"}
        self.assertEqual(self.save(self.show, self.open(self.show) | free).status_code, 302)

    def test_an_answer_is_to_its_question_only(self) -> None:
        asked = self.save(self.show, self.open(self.show) | {"starts_at_0": "2030-05-02"})
        confirmed = self.sent(asked) | {"confirm": self.question(asked)}
        other = self.save(self.show, confirmed | {"starts_at_0": "2030-05-03"})
        self.assertEqual(list(self.errors(other)), ["confirm"])
        booking_of(self.show, 3)
        more = self.save(self.show, confirmed)
        self.assertEqual(self.errors(more)["confirm"][0][:19], "3 tickets are sold.")

    def test_what_nobody_bought_is_changed_at_once(self) -> None:
        cancel_booking(user=None, booking_id=self.booking.pk, now=timezone.now())
        moved = self.open(self.show) | {"starts_at_0": "2030-05-02"}
        self.assertEqual(self.save(self.show, moved).status_code, 302)

    def test_names_of_movie_and_auditorium_are_asked_about(self) -> None:
        for one, changed in (
            (self.show.movie, {"title": "New"}),
            (self.show.auditorium, {"name": "New"}),
        ):
            with self.subTest(changed):
                asked = self.save(one, self.open(one) | changed)
                self.assertEqual(
                    self.errors(asked)["confirm"],
                    [
                        f"2 tickets are sold. You are about to change: "
                        f"{next(iter(changed)).capitalize()} from {one} to New."
                    ],
                )
                confirmed = self.sent(asked) | {"confirm": self.question(asked)}
                self.assertEqual(self.save(one, confirmed).status_code, 302)


class DeletingTest(FormTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.show = factories.show()
        self.booking = booking_of(self.show, 1)

    def delete(self, one: Any, **data: str) -> Any:
        return self.post(f"booking/{one._meta.model_name}/{one.pk}/delete/", data)

    def test_reason_is_said_where_there_is_one(self) -> None:
        cancel_booking(user=None, booking_id=self.booking.pk, now=timezone.now())
        them = "has a show. Delete them first; those with bookings are kept."
        for one, reason in (
            (self.show, f"{self.show} has a booking. Bookings are kept, cancelled ones, too."),
            (self.show.movie, f"{self.show.movie} {them}"),
            (self.show.auditorium, f"{self.show.auditorium} {them}"),
        ):
            name = one._meta.model_name
            selected = {"action": "delete_selected", "_selected_action": [one.pk]}
            for response in (
                self.get(f"booking/{name}/{one.pk}/delete/"),
                self.delete(one, post="yes"),
                self.post(f"booking/{name}/", selected),
                self.post(f"booking/{name}/", selected | {"post": "yes"}),
            ):
                with self.subTest(name, path=response.request["PATH_INFO"]):
                    self.assertContains(response, reason)
                    self.assertNotContains(response, "permission")
        self.assertEqual((Show.objects.count(), Movie.objects.count()), (1, 1))

    def test_what_nobody_booked_is_deleted(self) -> None:
        empty = factories.show()
        response = self.get(f"booking/show/{empty.pk}/delete/")
        self.assertEqual(response.context["deleted_objects"], [str(empty)])
        self.delete(empty, post="yes")
        self.delete(empty.movie, post="yes")
        self.assertEqual((list(Show.objects.all()), Movie.objects.count()), ([self.show], 1))

    def test_booking_that_comes_between_keeps_the_show(self) -> None:
        nothing: Any = [], {}, set(), []
        looks = "booking.admin.base.ServiceAdmin.get_deleted_objects"
        with mock.patch(looks, return_value=nothing):
            response = self.delete(self.show, post="yes")
            selected = {"action": "delete_selected", "_selected_action": [self.show.pk]}
            self.post("booking/show/", selected | {"post": "yes"})
        self.assertEqual(
            self.messages(response), ["Somebody has just come to use it. Nothing was deleted."]
        )
        self.assertEqual(Show.objects.get(), self.show)
