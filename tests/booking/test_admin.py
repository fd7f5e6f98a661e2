from datetime import timedelta
from typing import Any
from unittest import mock

from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.contrib.messages import get_messages
from django.test import TestCase
from django.utils import timezone

from booking.errors import LayoutInUse, OtherLayout
from booking.models import Auditorium, Booking, Movie, Show
from booking.services.amendments import cancel_booking
from booking.services.sales import book_seats
from tests import factories


def booking_of(show: Show, *seat_numbers: int) -> Booking:
    return book_seats(
        show_id=show.pk, seat_numbers=seat_numbers, user=factories.user(), now=timezone.now()
    )


class AdminTestCase(TestCase):
    def setUp(self) -> None:
        self.staff = factories.user(is_staff=True, is_superuser=True)
        self.client.force_login(self.staff)

    def post(self, path: str, data: dict[str, Any] | None = None) -> Any:
        return self.client.post(f"/admin/{path}", data or {})

    def get(self, path: str) -> Any:
        return self.client.get(f"/admin/{path}")

    def messages(self, response: Any) -> list[str]:
        return [str(message) for message in get_messages(response.wsgi_request)]

    def errors(self, response: Any) -> dict[str, list[str]]:
        errors: dict[str, list[str]] = response.context["adminform"].errors
        return errors


class MovieAdminTest(AdminTestCase):
    def test_movie_is_made(self) -> None:
        data = {"title": "A", "synopsis": "", "duration_minutes": 90, "certificate": "12"}
        self.assertRedirects(self.post("booking/movie/add/", data), "/admin/booking/movie/")
        self.assertEqual(Movie.objects.get().title, "A")


class AuditoriumAdminTest(AdminTestCase):
    def change(self, hall: Auditorium, plan: str, name: str = "Hall") -> Any:
        path = f"booking/auditorium/{hall.pk}/change/"
        return self.post(path, {"name": name, "plan": plan})

    def test_auditorium_is_built_with_its_seats(self) -> None:
        data = {"name": "Hall", "plan": "SS.S\r\n\r\nWC"}
        self.post("booking/auditorium/add/", data)
        hall = Auditorium.objects.get()
        self.assertEqual((hall.plan, hall.capacity, hall.seats.count()), ("SS.S\n\nWC", 5, 5))

    def test_plan_that_draws_nothing_is_refused_in_the_form(self) -> None:
        for plan, reason in (
            ("SQ", "Line 1, column 2: 'Q' is none of S, P, W, C and the dot."),
            ("...", "The plan has no seat."),
        ):
            response = self.post("booking/auditorium/add/", {"name": "Hall", "plan": plan})
            self.assertEqual(self.errors(response), {"plan": [reason]})

    def test_plan_of_an_auditorium_without_shows_is_changed(self) -> None:
        hall = factories.auditorium(plan="SS")
        self.change(hall, "SSS")
        hall.refresh_from_db()
        self.assertEqual((hall.name, hall.capacity, hall.seats.count()), ("Hall", 3, 3))

    def test_plan_of_an_auditorium_with_shows_is_refused_in_the_form(self) -> None:
        hall = factories.show(plan="SS").auditorium
        self.assertEqual(self.errors(self.change(hall, "SSS")), {"plan": [LayoutInUse.detail]})

    def test_auditorium_with_shows_is_renamed_though_browsers_change_line_ends(self) -> None:
        hall = factories.show(plan="\nSS\nSS\n").auditorium
        self.assertRedirects(self.change(hall, "\r\nSS\r\nSS"), "/admin/booking/auditorium/")
        hall.refresh_from_db()
        self.assertEqual((hall.name, hall.plan), ("Hall", "\nSS\nSS\n"))

    def test_refusal_by_the_service_is_shown_with_what_was_typed(self) -> None:
        hall = factories.auditorium(plan="SS")
        with mock.patch("booking.admin.catalogue.change_auditorium", side_effect=LayoutInUse):
            response = self.change(hall, "SSS")
        self.assertEqual(self.errors(response), {"__all__": [LayoutInUse.detail]})
        self.assertContains(response, "SSS</textarea>")

    def test_layout_is_drawn(self) -> None:
        hall = factories.auditorium(plan="S.\nWC")
        response = self.get(f"booking/auditorium/{hall.pk}/change/")
        for kind, x, y in (("standard", 0, 0), ("wheelchair", 0, 1), ("companion", 1, 1)):
            drawn = f'<rect class="{kind}" x="{x}.1" y="{y}.1"'
            self.assertContains(response, drawn, count=1)

    def test_deletion_names_no_seats(self) -> None:
        hall = factories.auditorium(plan="SS")
        response = self.get(f"booking/auditorium/{hall.pk}/delete/")
        self.assertEqual(response.context["deleted_objects"], [str(hall)])
        self.post(f"booking/auditorium/{hall.pk}/delete/", {"post": "yes"})
        self.assertEqual(Auditorium.objects.count(), 0)


class ShowAdminTest(AdminTestCase):
    def data(self, hall: Auditorium, movie: Movie) -> dict[str, Any]:
        return {
            "movie": movie.pk,
            "auditorium": hall.pk,
            "starts_at_0": "2099-01-01",
            "starts_at_1": "20:00",
            "price": "9.50",
            "premium_surcharge": "2",
        }

    def test_show_is_made_with_its_seats(self) -> None:
        hall = factories.auditorium(plan="SSS")
        self.post("booking/show/add/", self.data(hall, factories.movie()))
        show = Show.objects.get()
        self.assertEqual((show.show_seats.count(), show.seat_map.version), (3, 0))
        self.assertEqual(
            timezone.localtime(show.starts_at).isoformat(), "2099-01-01T20:00:00+01:00"
        )

        self.assertFalse(show.no_gaps)

    def test_rule_against_gaps_is_set_when_the_show_is_made_and_later(self) -> None:
        data = self.data(factories.auditorium(), factories.movie())
        self.post("booking/show/add/", data | {"no_gaps": "on"})
        show = Show.objects.get()
        self.assertTrue(show.no_gaps)
        self.post(f"booking/show/{show.pk}/change/", data)
        show.refresh_from_db()
        self.assertFalse(show.no_gaps)

    def test_second_show_at_the_same_time_is_refused_in_the_form(self) -> None:
        data = self.data(factories.auditorium(), factories.movie())
        self.post("booking/show/add/", data)
        response = self.post("booking/show/add/", data)
        (refusal,) = self.errors(response)["__all__"]
        self.assertTrue(refusal.endswith(f"{Show.objects.get()} has it until 21:55."), refusal)
        self.assertContains(response, 'value="9.50"')

    def test_auditorium_changes_to_one_with_the_same_layout_only(self) -> None:
        show = factories.show(plan="SS")
        other, twin = factories.auditorium(plan="SSS"), factories.auditorium(plan="SS")
        path = f"booking/show/{show.pk}/change/"
        refused = self.post(path, self.data(other, show.movie))
        self.assertEqual(self.errors(refused), {"__all__": [OtherLayout.detail]})
        self.assertEqual(Show.objects.get().auditorium, show.auditorium)
        self.post(path, self.data(twin, show.movie))
        self.assertEqual(Show.objects.get().auditorium, twin)

    def test_list_shows_sales_in_the_same_queries_for_1_and_30_shows(self) -> None:
        hall = factories.auditorium(plan="SSS")
        movie = factories.movie()
        for count in (1, 30):
            for number in range(count):
                starts_at = timezone.now() + timedelta(days=count, hours=2 * number)
                booking_of(factories.show(of=movie, room=hall, starts_at=starts_at), 1, 3)
            self.get("booking/show/")
            # The session, the user, the filter, the count, the shows and two for the dates.
            with self.subTest(count=count), self.assertNumQueries(7):
                response = self.get("booking/show/")
        self.assertContains(response, "2 / 3", count=31)


class BookingAdminTest(AdminTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.show = factories.show(plan="SS\nPP")
        self.booking = booking_of(self.show, 2, 3)

    def cancel(self, booking: Booking) -> Any:
        return self.post(f"booking/booking/{booking.pk}/cancel/")

    def cancel_selected(self, *selected: Booking) -> Any:
        data = {"action": "cancel_bookings", "_selected_action": [one.pk for one in selected]}
        return self.post("booking/booking/", data)

    def test_list_takes_as_many_queries_for_3_bookings_as_for_1(self) -> None:
        for seats in ((), (1,), (4,)):
            if seats:
                booking_of(self.show, *seats)
            # The session, the user, the count, bookings and tickets.
            with self.subTest(seats), self.assertNumQueries(5):
                self.get("booking/booking/")

    def test_booking_is_found_by_reference_user_and_movie(self) -> None:
        booking_of(factories.show(), 1)
        for term in (
            self.booking.reference.lower(),
            str(self.booking.user),
            self.show.movie.title[1:].upper(),
        ):
            with self.subTest(term):
                found = self.get(f"booking/booking/?q={term}").context["cl"].result_list
                self.assertEqual([booking.pk for booking in found], [self.booking.pk])

    def test_booking_is_read_only(self) -> None:
        path = f"booking/booking/{self.booking.pk}"
        response = self.get(f"{path}/change/")
        self.assertContains(response, "A2, B1")
        self.assertContains(response, "€23.00")
        self.assertNotContains(response, "_save")
        self.assertEqual(self.post(f"{path}/change/", {"reference": "x"}).status_code, 403)
        self.assertEqual(self.post(f"{path}/delete/", {"post": "yes"}).status_code, 403)
        self.assertEqual(self.get("booking/booking/add/").status_code, 403)

    def test_booking_shows_the_tickets_that_still_hold(self) -> None:
        number = self.booking.tickets.get(seat__row="A").seat_number
        cancel_booking(
            booking_id=self.booking.pk,
            seat_numbers=[number],
            user=self.booking.user,
            now=timezone.now(),
        )
        response = self.get(f"booking/booking/{self.booking.pk}/change/")
        self.assertContains(response, '<div class="readonly">B1</div>')
        self.assertContains(response, '<div class="readonly">€13.00</div>')

    def test_button_cancels_and_says_so(self) -> None:
        self.assertContains(
            self.get(f"booking/booking/{self.booking.pk}/change/"), "Cancel this booking"
        )
        response = self.cancel(self.booking)
        self.assertRedirects(response, f"/admin/booking/booking/{self.booking.pk}/change/")
        self.assertEqual(self.messages(response), [f"{self.booking.reference} is cancelled."])
        self.booking.refresh_from_db()
        self.assertEqual(self.booking.status, "cancelled")
        self.assertEqual(set(self.show.show_seats.values_list("state", flat=True)), {"a"})
        self.assertEqual(LogEntry.objects.get().get_change_message(), "Cancelled.")
        self.assertNotContains(
            self.get(f"booking/booking/{self.booking.pk}/change/"), "Cancel this booking"
        )

    def test_ticked_tickets_are_cancelled_and_the_others_stay(self) -> None:
        number = self.booking.tickets.get(seat__row="A").seat_number
        page = f"booking/booking/{self.booking.pk}/change/"
        self.assertContains(self.get(page), "Cancel the ticked tickets")

        path = f"booking/booking/{self.booking.pk}/cancel/"
        response = self.post(path, {"some": "", "seats": [number]})

        self.assertEqual(self.messages(response), ["Cancelled A2."])
        live = self.booking.tickets.filter(cancelled_at=None)
        self.assertEqual([ticket.seat.label for ticket in live], ["B1"])
        self.assertEqual(LogEntry.objects.get().get_change_message(), "Cancelled A2.")
        self.assertNotContains(self.get(page), "Cancel the ticked tickets")

    def test_no_ticks_cancel_nothing(self) -> None:
        response = self.post(f"booking/booking/{self.booking.pk}/cancel/", {"some": ""})

        refusal = f"{self.booking.reference}: Choose at least one seat."
        self.assertEqual(self.messages(response), [refusal])
        self.booking.refresh_from_db()
        self.assertEqual(self.booking.status, "confirmed")

    def test_refusal_is_a_message(self) -> None:
        self.cancel(self.booking)
        self.client.get("/admin/")
        response = self.cancel(self.booking)
        reason = "This booking is already cancelled."
        self.assertIn(f"{self.booking.reference}: {reason}", self.messages(response))

    def test_action_cancels_what_can_be_cancelled(self) -> None:
        other = booking_of(self.show, 1)
        self.cancel(other)
        self.client.get("/admin/")
        response = self.cancel_selected(self.booking, other)
        self.assertEqual(
            self.messages(response)[-2:],
            [
                f"{other.reference}: This booking is already cancelled.",
                f"{self.booking.reference} is cancelled.",
            ],
        )

    def test_cancelling_takes_a_post_and_the_permission(self) -> None:
        path = f"/admin/booking/booking/{self.booking.pk}/cancel/"
        self.assertEqual(self.client.get(path).status_code, 405)
        clerk = factories.user(is_staff=True)
        clerk.user_permissions.add(Permission.objects.get(codename="view_booking"))
        self.client.force_login(clerk)
        self.cancel(self.booking)
        self.cancel_selected(self.booking)
        self.booking.refresh_from_db()
        self.assertEqual(self.booking.status, "confirmed")
        self.assertNotContains(
            self.get(f"booking/booking/{self.booking.pk}/change/"), "Cancel this booking"
        )

    def test_unknown_booking_is_said(self) -> None:
        response = self.post("booking/booking/999/cancel/")
        self.assertEqual(response.status_code, 302)


class UserAdminTest(AdminTestCase):
    def test_user_is_made_and_its_name_is_unique_in_any_case(self) -> None:
        data = {
            "username": "ada",
            "usable_password": "true",
            "password1": "popcorn-at-nine",
            "password2": "popcorn-at-nine",
        }
        self.assertEqual(self.post("accounts/user/add/", data).status_code, 302)
        self.assertTrue(get_user_model().objects.filter(username="ada").exists())
        response = self.post("accounts/user/add/", data | {"username": "ADA"})
        self.assertEqual(
            self.errors(response), {"username": ["A user with that username already exists."]}
        )

    def test_look_alike_names_and_blank_passwords_are_refused(self) -> None:
        data = {
            "username": "\N{CYRILLIC SMALL LETTER A}dmin",
            "usable_password": "true",
            "password1": " " * 8,
            "password2": " " * 8,
        }
        errors = self.errors(self.post("accounts/user/add/", data))
        self.assertEqual(
            {name: len(said) for name, said in errors.items()}, {"username": 1, "password2": 1}
        )
