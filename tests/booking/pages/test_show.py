from datetime import timedelta
from decimal import Decimal
from unittest import mock

from django.contrib.messages import get_messages
from django.test import Client, TestCase, tag
from django.utils import timezone

from booking.models import Booking, Show
from booking.selectors import seat_map
from booking.selectors.waitlist import events_path, socket_path
from booking.services.amendments import cancel_booking
from booking.services.sales import book_seats
from booking.templatetags.box_office import qr_code
from booking.terms import facts_of
from foundation.errors import TooMuchContention
from tests import factories


@tag("once")
class ShowPageTests(TestCase):
    def test_page_carries_everything_for_the_first_paint(self) -> None:
        user = factories.user()
        show = factories.show(plan="SP\nWC", price="12.50", premium_surcharge="3.00")
        book_seats(show_id=show.pk, seat_numbers=[2], user=user, now=timezone.now())
        self.client.force_login(user)

        data = self.client.get(f"/shows/{show.pk}/?seats=1,2,3,99").context["seat_map"]

        self.assertAlmostEqual(
            data.pop("server_time"), timezone.now().timestamp() * 1000, delta=9e3
        )
        self.assertEqual(
            data.pop("layout"),
            {"name": show.auditorium.name, "width": 2, "height": 2, "plan": "A:SP\nB:WC"},
        )
        self.assertEqual(
            data,
            {
                "show": {
                    "id": show.pk,
                    **facts_of(show),
                    "currency": "EUR",
                    "capacity": 4,
                    "available_seats": 3,
                    "bookable": True,
                },
                "kinds": {
                    "standard": {"name": "standard", "letter": "S", "price": ["price"]},
                    "premium": {
                        "name": "premium",
                        "letter": "P",
                        "price": ["price", "premium_surcharge"],
                    },
                    "wheelchair": {"name": "wheelchair space", "letter": "W", "price": ["price"]},
                    "companion": {"name": "companion seat", "letter": "C", "price": ["price"]},
                },
                "drawing": {"cell": 40, "side": 60, "top": 130},
                "version": 1,
                "digest": seat_map.checkpoint(show.pk).digest[:16],
                "states": "abaa",
                "state_letters": {"available": "a", "held": "h", "booked": "b", "blocked": "x"},
                "held": [],
                "hold": None,
                "lapsed": [],
                "mine": [2],
                "waiting": [],
                "chosen": [1, 3],
                "signed_in": True,
                "max_seats": 10,
                "hold_time": 8 * 60 * 1000,
                "socket": socket_path(show.pk, user.pk),
                "events": events_path(show.pk, user.pk),
                "time_zone": "Europe/Berlin",
            },
        )

    def test_price_of_a_kind_is_the_sum_of_the_facts_that_the_page_names(self) -> None:
        show = factories.show(price="12.50", premium_surcharge="3.00")
        data = self.client.get(f"/shows/{show.pk}/").context["seat_map"]
        for kind, facts in data["kinds"].items():
            total = sum(Decimal(data["show"][fact]) for fact in facts["price"])
            self.assertEqual(total, show.price_of(kind))

    def test_page_of_a_started_show_says_so_and_chooses_nothing(self) -> None:
        show = factories.show(starts_at=timezone.now() - timedelta(minutes=1))

        response = self.client.get(f"/shows/{show.pk}/?seats=1")

        self.assertContains(response, "This show has started")
        self.assertEqual(response.context["seat_map"]["show"]["bookable"], False)
        self.assertEqual(response.context["seat_map"]["chosen"], [])

    def test_page_of_an_unknown_show_is_not_found(self) -> None:
        self.assertEqual(self.client.get("/shows/99999999999999999999/").status_code, 404)

    def test_page_takes_three_queries(self) -> None:
        show = factories.show()
        seat_map.layout(show.auditorium)  # is read once

        with self.assertNumQueries(3):
            self.client.get(f"/shows/{show.pk}/")

    def test_page_leads_those_without_scripts_to_a_list_with_their_choice(self) -> None:
        show = factories.show()

        page = self.client.get(f"/shows/{show.pk}/?seats=3,1")

        self.assertContains(page, f'href="/shows/{show.pk}/list/?seats=3,1"')

    def test_page_of_a_big_house_is_small(self) -> None:
        for plan, most in (
            ("\n".join(["S" * 24 + ".." + "P" * 24 + ".." + "S" * 24] * 70), 40_000),
            ("\n".join(["S" * 100] * 100), 45_000),
        ):
            show = factories.show(plan=plan)
            with self.subTest(seats=show.auditorium.capacity):
                page = self.client.get(f"/shows/{show.pk}/").content
                self.assertLessEqual(len(page), most)


@tag("once")
class BookTests(TestCase):
    def setUp(self) -> None:
        self.user = factories.user()
        self.client.force_login(self.user)
        self.show = factories.show()
        self.url = f"/shows/{self.show.pk}/book/"

    def test_book_leads_to_the_booking(self) -> None:
        response = self.client.post(self.url, {"seats": "1,2"})

        booking = Booking.objects.get(user=self.user)
        self.assertRedirects(response, f"/bookings/{booking.reference}/")
        self.assertEqual(list(booking.tickets.values_list("seat_number", flat=True)), [1, 2])

    def test_book_takes_seats_from_a_list_without_scripts(self) -> None:
        self.client.post(self.url, {"seats": ["3", "4"]})

        booking = Booking.objects.get(user=self.user)
        self.assertEqual(list(booking.tickets.values_list("seat_number", flat=True)), [3, 4])

    def test_book_of_a_taken_seat_names_it_and_keeps_the_others(self) -> None:
        book_seats(
            show_id=self.show.pk, seat_numbers=[1], user=factories.user(), now=timezone.now()
        )

        response = self.client.post(self.url, {"seats": "1,2"})

        self.assertContains(response, "Seat A1 was taken ", status_code=409)
        self.assertEqual(response.context["seat_map"]["chosen"], [2])
        self.assertEqual(Booking.objects.filter(user=self.user).count(), 0)

    def test_book_refuses_with_the_status_of_the_error(self) -> None:
        for seats, status in (("", 400), ("1,1", 400), ("1,99", 400), ("x", 400)):
            with self.subTest(seats=seats):
                self.assertEqual(self.client.post(self.url, {"seats": seats}).status_code, status)

    def test_book_under_too_much_contention_says_that_nothing_was_changed(self) -> None:
        with mock.patch("booking.pages.bookings.book_in_browser", side_effect=TooMuchContention):
            response = self.client.post(self.url, {"seats": "1"})

        self.assertContains(response, "Nothing was changed", status_code=500)
        self.assertEqual(response["Retry-After"], "1")
        self.assertEqual(response.context["seat_map"]["chosen"], [1])

    def test_book_without_an_account_leads_to_sign_in_and_keeps_the_choice(self) -> None:
        response = Client().post(self.url, {"seats": "1,2"})

        self.assertRedirects(
            response, f"/accounts/login/?next=/shows/{self.show.pk}/%3Fseats%3D1%2C2"
        )

    def test_book_of_an_unknown_show_is_not_found(self) -> None:
        self.assertEqual(self.client.post("/shows/999999/book/", {"seats": "1"}).status_code, 404)

    def test_book_needs_post_and_the_token_against_forgery(self) -> None:
        strict = Client(enforce_csrf_checks=True)
        strict.force_login(self.user)

        self.assertEqual(self.client.get(self.url).status_code, 405)
        self.assertContains(
            strict.post(self.url, {"seats": "1"}), "That form went stale", status_code=403
        )
        self.assertEqual(Booking.objects.count(), 0)


@tag("once")
class BookingPagesTests(TestCase):
    def setUp(self) -> None:
        self.user = factories.user()
        self.client.force_login(self.user)

    def book(self, *seat_numbers: int, show_id: int | None = None) -> Booking:
        show_id = show_id or factories.show().pk
        now = timezone.now()
        return book_seats(show_id=show_id, seat_numbers=seat_numbers, user=self.user, now=now)

    def test_bookings_are_upcoming_or_past(self) -> None:
        cancelled, kept = self.book(1), self.book(1)
        self.client.post(f"/bookings/{cancelled.reference}/cancel/")

        response = self.client.get("/bookings/")

        self.assertEqual(list(response.context["upcoming"]), [kept])
        self.assertEqual(list(response.context["past"]), [cancelled])

    def test_bookings_take_as_many_queries_for_ten_as_for_one(self) -> None:
        for count in range(1, 11):
            self.book(1)
            if count in (1, 10):
                with self.subTest(bookings=count), self.assertNumQueries(9):
                    self.client.get("/bookings/")

    def test_bookings_are_upcoming_until_the_film_is_over(self) -> None:
        running, over = self.book(1), self.book(1)
        for booking, minutes in ((running, 99), (over, 100)):  # the film has a hundred
            start = timezone.now() - timedelta(minutes=minutes)
            Show.objects.filter(pk=booking.show_id).update(starts_at=start)

        context = self.client.get("/bookings/").context

        self.assertEqual((list(context["upcoming"]), list(context["past"])), ([running], [over]))

    @mock.patch("booking.pages.bookings.ON_A_PAGE", 2)
    def test_bookings_come_in_pages(self) -> None:
        show = factories.show(plan="S" * 8).pk
        made = [self.book(number, show_id=show) for number in range(1, 9)]
        for booking in made[5:]:
            cancel_booking(booking_id=booking.pk, user=self.user, now=timezone.now())
        for name, bookings in (("upcoming", made[:5]), ("past", made[5:])):
            path, found = "/bookings/", []
            while path:
                response = self.client.get(path)
                page = response.context[name]
                found.append(list(page))
                query = f"?{name}={page.next_page_number()}" if page.has_next() else ""
                path = query and f"/bookings/{query}"
                self.assertContains(response, f'href="{query}" rel="next"', count=bool(query))
            with self.subTest(name):
                self.assertEqual({len(page) for page in found}, {2, 1})
                self.assertEqual(len(bookings), sum(map(len, found)))
                self.assertEqual(set(bookings), {one for page in found for one in page})

    def test_page_of_bookings_that_is_none_is_the_nearest(self) -> None:
        self.book(1)
        for number in ("0", "2", "-1", "x", "9" * 5000, "\0"):
            with self.subTest(number[:5]):
                response = self.client.get("/bookings/", {"upcoming": number})
                self.assertEqual(len(response.context["upcoming"]), 1)

    def test_booking_shows_reference_seats_and_total(self) -> None:
        booking = self.book(1, 2)

        response = self.client.get(f"/bookings/{booking.reference}/")

        self.assertContains(response, booking.reference)
        self.assertContains(response, qr_code(booking.reference), html=True)
        for ticket in booking.tickets.all():
            self.assertContains(response, qr_code(ticket.code), html=True)
        cancel_booking(booking_id=booking.pk, user=self.user, now=timezone.now())
        cancelled = self.client.get(f"/bookings/{booking.reference}/")
        self.assertNotContains(cancelled, "QR code")
        self.assertContains(response, "<td>€20.00</td>", html=True)

    def test_booking_of_somebody_else_is_not_found(self) -> None:
        booking = self.book(1)
        self.client.force_login(factories.user())

        for path in ("", "calendar.ics"):
            with self.subTest(path=path):
                response = self.client.get(f"/bookings/{booking.reference}/{path}")
                self.assertEqual(response.status_code, 404)
        response = self.client.post(f"/bookings/{booking.reference}/cancel/")
        self.assertEqual(response.status_code, 404)
        booking.refresh_from_db()
        self.assertIsNone(booking.cancelled_at)

    def test_bookings_are_for_those_signed_in(self) -> None:
        self.assertRedirects(Client().get("/bookings/"), "/accounts/login/?next=/bookings/")

    def test_cancel_frees_the_seats_and_says_so(self) -> None:
        booking = self.book(1)

        response = self.client.post(f"/bookings/{booking.reference}/cancel/")

        self.assertRedirects(response, f"/bookings/{booking.reference}/")
        booking.refresh_from_db()
        self.assertEqual(booking.status, "cancelled")

    def test_cancel_a_second_time_says_why_not(self) -> None:
        booking = self.book(1)
        self.client.post(f"/bookings/{booking.reference}/cancel/")
        self.client.get("/bookings/")

        response = self.client.post(f"/bookings/{booking.reference}/cancel/")

        told = [str(message) for message in get_messages(response.wsgi_request)]
        self.assertEqual(told, ["This booking is already cancelled."])

    def test_cancel_needs_post(self) -> None:
        booking = self.book(1)

        response = self.client.get(f"/bookings/{booking.reference}/cancel/")

        self.assertEqual(response.status_code, 405)

    def test_booking_goes_into_a_calendar(self) -> None:
        movie = factories.movie(title="Salt, Signal; " * 7 + "end")
        booking = self.book(1, 2, show_id=factories.show(of=movie).pk)

        response = self.client.get(f"/bookings/{booking.reference}/calendar.ics")

        self.assertEqual(response["Content-Type"], "text/calendar; charset=utf-8")
        lines = response.content.decode().split("\r\n")
        self.assertLessEqual(max(len(line.encode()) for line in lines), 75)
        unfolded = response.content.decode().replace("\r\n ", "").split("\r\n")
        self.assertIn(f"UID:{booking.reference}@front-row", unfolded)
        [about] = [line for line in unfolded if line.startswith("DESCRIPTION:")]
        self.assertIn(f"Booking {booking.reference}\\, seats A1\\, A2. Entry 1 of", about)
        self.assertIn("SUMMARY:" + r"Salt\, Signal\; " * 7 + "end", unfolded)
