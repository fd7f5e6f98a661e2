"""Booking on the page with an e-mail address alone, and what its link is good for."""

from typing import Any
from unittest import mock

from django.conf import settings
from django.core import mail
from django.core.cache import caches
from django.test import Client, TestCase, override_settings
from django.utils import timezone
from rest_framework.settings import api_settings

from booking.buyers import Buyer
from booking.links import token_of
from booking.models import Booking, SeatChange
from booking.services.amendments import cancel_booking
from booking.services.sales import book_in_browser
from foundation.outbox import worker
from foundation.outbox.services import MAILS_TO_AN_ADDRESS
from tests import factories

ADA = "ada@example.org"
KEY = "0b2c7f0e-9f0e-4e0d-8f6e-0d6a3c1b5a77"


def booking_of(show: Any, *seat_numbers: int, email: str = ADA) -> Booking:
    return book_in_browser(
        show_id=show.pk,
        browser="of nobody",
        seat_numbers=seat_numbers,
        buyer=Buyer(email=email),
        now=timezone.now(),
    )


def page_of(booking: Booking) -> str:
    return f"/tickets/{token_of(booking.pk, booking.email)}/"


class GuestBooksTests(TestCase):
    def setUp(self) -> None:
        self.show = factories.show()

    def post(self, email: str = ADA, **fields: str) -> Any:
        form = {"seats": "1,2", "email": email, "key": KEY} | fields
        return self.client.post(f"/shows/{self.show.pk}/book/", form)

    def test_guest_books_and_is_led_to_the_tickets(self) -> None:
        answer = self.post(email=" Ada@Example.ORG ")
        booking = Booking.objects.get()
        self.assertEqual((booking.user_id, booking.email), (None, ADA))
        self.assertRedirects(answer, page_of(booking))
        page = self.client.get(page_of(booking))
        for said in (booking.reference, "The QR code of seat A1", "The QR code of seat A2", ADA):
            self.assertContains(page, said)

    def test_form_sent_twice_books_once(self) -> None:
        first, again = self.post(), self.post()
        self.assertEqual(first["Location"], again["Location"])
        self.assertEqual(Booking.objects.count(), 1)

    def test_key_that_could_be_guessed_is_refused(self) -> None:
        """Whoever sends a guest's form again gets the link."""
        self.assertEqual(self.post(key="1").status_code, 400)
        self.assertFalse(Booking.objects.exists())

    def test_without_a_key_a_second_form_gets_nobodys_booking(self) -> None:
        form = {"seats": "1,2", "email": ADA}
        url = f"/shows/{self.show.pk}/book/"
        self.assertEqual(self.client.post(url, form).status_code, 302)
        again = Client().post(url, form)
        self.assertContains(again, "Seats A1, A2 are already taken", status_code=409)
        self.assertNotContains(again, "/tickets/", status_code=409)

    def test_address_that_mail_does_not_reach_is_refused_and_the_seats_stay_chosen(self) -> None:
        for email in (
            "jörg@example.org",
            "jeſſ@example.org",
            "ada",
            "a@b",
            "a" * 250 + "@b.example",
        ):
            with self.subTest(email):
                answer = self.post(email=email)
                self.assertEqual(answer.status_code, 400)
                self.assertEqual(answer.context["seat_map"]["chosen"], [1, 2])
        self.assertFalse(Booking.objects.exists())

    def test_domain_of_any_script_is_taken(self) -> None:
        self.post(email="a@Bücher.example")
        self.assertEqual(Booking.objects.get().email, "a@bücher.example")

    def test_without_an_address_or_to_sign_in_first_it_leads_to_the_log_in(self) -> None:
        for fields in ({"email": ""}, {"account": ""}):
            self.assertIn("/accounts/login/?next=", self.post(**fields)["Location"])
        self.assertFalse(Booking.objects.exists())

    def test_who_is_signed_in_is_no_guest(self) -> None:
        user = factories.user()
        self.client.force_login(user)
        self.post()
        booking = Booking.objects.get()
        self.assertEqual((booking.user_id, booking.email), (user.pk, ""))

    def test_terms_that_changed_ask_anew_and_keep_the_address(self) -> None:
        answer = self.post(terms="others")
        self.assertContains(answer, "Agree and book these seats", status_code=409)
        self.assertContains(answer, f'name="email" value="{ADA}"', status_code=409)

    def test_list_without_scripts_asks_guests_for_an_address_alone(self) -> None:
        path = f"/shows/{self.show.pk}/list/?seats=1"
        self.assertContains(self.client.get(path), 'name="email" type="email"')
        self.client.force_login(factories.user())
        self.assertNotContains(self.client.get(path), 'name="email"')


@override_settings(THROTTLES=True)
class GuestLimitTests(TestCase):
    def setUp(self) -> None:
        rates: dict[str, Any] = dict(api_settings.DEFAULT_THROTTLE_RATES)
        rates |= {"guest": "3/hour", "guest_mail": "2/hour", "guest_seats": "4/day"}
        self.enterContext(mock.patch.object(api_settings, "DEFAULT_THROTTLE_RATES", rates))
        for cache in (caches["default"], caches["local"]):
            cache.clear()
        self.show = factories.show()

    def book(self, seat_number: int, email: str, address: str) -> int:
        form = {"seats": str(seat_number), "email": email}
        url = f"/shows/{self.show.pk}/book/"
        return Client().post(url, form, REMOTE_ADDR=address).status_code

    def test_bookings_of_a_network_address_are_limited(self) -> None:
        codes = [self.book(n, f"{n}@example.org", "192.0.2.1") for n in (1, 2, 3, 4)]
        self.assertEqual(codes, [302, 302, 302, 429])
        self.assertEqual(self.book(4, "4@example.org", "192.0.2.2"), 302)

    def test_guests_of_an_address_take_no_more_than_some_seats_of_a_show(self) -> None:
        self.book(1, "1@example.org", "192.0.2.1")
        url, other = f"/shows/{self.show.pk}/book/", factories.show()
        form = {"seats": "2,3,4,5", "email": ADA}
        self.assertEqual(self.client.post(url, form, REMOTE_ADDR="192.0.2.1").status_code, 429)
        self.assertEqual(Booking.objects.count(), 1)
        # Of another show, from elsewhere, or with an account.
        path = f"/shows/{other.pk}/book/"
        self.assertEqual(self.client.post(path, form, REMOTE_ADDR="192.0.2.1").status_code, 302)
        form |= {"email": "bob@example.org"}
        self.assertEqual(self.client.post(url, form, REMOTE_ADDR="192.0.2.2").status_code, 302)
        self.client.force_login(factories.user())
        form |= {"seats": "6,7,8,9,10"}
        self.assertEqual(self.client.post(url, form, REMOTE_ADDR="192.0.2.1").status_code, 302)

    def test_seats_that_others_took_are_not_counted(self) -> None:
        self.book(1, "1@example.org", "192.0.2.1")
        form = {"seats": "1,2,3", "email": ADA}
        url = f"/shows/{self.show.pk}/book/"
        self.assertEqual(self.client.post(url, form, REMOTE_ADDR="192.0.2.1").status_code, 409)
        form |= {"seats": "2,3,4"}
        self.assertEqual(self.client.post(url, form, REMOTE_ADDR="192.0.2.1").status_code, 302)

    def test_who_fails_to_book_locks_nobody_out(self) -> None:
        self.book(1, "1@example.org", "192.0.2.1")
        codes = [self.book(1, ADA, f"192.0.2.{n}") for n in (2, 3, 4)]
        self.assertEqual(codes, [409, 409, 409])
        self.assertEqual(self.book(2, ADA, "192.0.2.9"), 302)

    def test_limit_says_when_there_is_more(self) -> None:
        for n in (1, 2):
            self.book(n, ADA, f"192.0.2.{n}")
        form = {"seats": "3", "email": ADA}
        with mock.patch("time.time", return_value=86_400 * 20_000 - 1165.5):
            for n in (4, 5):
                self.book(n, ADA, f"192.0.2.{n}")
            answer = self.client.post(f"/shows/{self.show.pk}/book/", form)
        said = "sign in to book more, or try again in 20 minutes."
        self.assertContains(answer, said, status_code=429)
        self.assertNotContains(answer, "Expected available", status_code=429)
        self.assertEqual(answer["Retry-After"], "1166")

    def test_payments_begun_for_an_address_of_mail_are_counted(self) -> None:
        path = f"/shows/{self.show.pk}/pay/pretend/"
        for n in (1, 2):
            form = {"seats": str(n), "email": ADA}
            self.assertEqual(Client().post(path, form, REMOTE_ADDR="192.0.2.1").status_code, 302)
        self.assertEqual(self.book(3, ADA, "192.0.2.3"), 429)

    def test_bookings_for_an_address_of_mail_are_limited_wherever_they_come_from(self) -> None:
        codes = [self.book(n, ADA, f"192.0.2.{n}") for n in (1, 2, 3)]
        self.assertEqual(codes, [302, 302, 429])
        self.assertEqual(self.book(3, "bob@example.org", "192.0.2.3"), 302)


class LinkTests(TestCase):
    def setUp(self) -> None:
        self.show = factories.show()
        self.booking = booking_of(self.show, 1, 2)
        self.page = page_of(self.booking)

    def cancel(self, page: str | None = None, **fields: Any) -> Any:
        return self.client.post(f"{page or self.page}cancel/", fields, follow=True)

    def test_guest_cancels_some_tickets_then_all(self) -> None:
        answer = self.cancel(some="", seats=[1])
        self.assertContains(answer, "Cancelled and free again: A1.")
        self.assertRedirects(answer, self.page)
        self.assertContains(self.cancel(), "is cancelled. Its seats are free.")

    def test_guest_exchanges_a_seat(self) -> None:
        form = {"give": "1", "take": "5"}
        answer = self.client.post(f"{self.page}exchange/", form, follow=True)
        self.assertContains(answer, "Your seats are exchanged.")

    def test_no_search_keeps_what_the_link_shows(self) -> None:
        for path in (self.page, f"{self.page}calendar.ics"):
            self.assertEqual(self.client.get(path)["X-Robots-Tag"], "noindex")

    def test_calendar_entry_has_no_secret(self) -> None:
        answer = self.client.get(f"{self.page}calendar.ics")
        self.assertEqual(answer["Content-Type"], "text/calendar; charset=utf-8")
        said = answer.content.decode().replace("\r\n ", "")
        self.assertIn(f"UID:{self.booking.reference}@front-row", said)
        self.assertIn(f"URL:http://testserver/shows/{self.show.pk}/", said)
        self.assertNotIn("/tickets/", said)

    def test_nothing_but_the_very_link_opens_a_booking(self) -> None:
        """Neither a reference, nor another's link, nor that of another guest of one address."""
        other = booking_of(self.show, 3)
        name, signature = self.page[9:-1][:9], self.page[9:-1][10:]
        tokens = [
            self.booking.reference,
            str(self.booking.pk),
            token_of(self.booking.pk, "bob@example.org"),
            name + page_of(other)[9:-1][9:],
            name + "x" + signature,
            self.page[9:-2],
            "é",
            "a" * 400,
        ]
        for token in tokens:
            with self.subTest(token):
                for suffix in ("", "calendar.ics"):
                    self.assertEqual(self.client.get(f"/tickets/{token}/{suffix}").status_code, 404)
                for suffix in ("cancel", "exchange"):
                    answer = self.client.post(f"/tickets/{token}/{suffix}/")
                    self.assertEqual(answer.status_code, 404)
        self.client.force_login(factories.user(confirmed_email=ADA))
        for path in (f"/bookings/{self.booking.reference}/", f"/api/bookings/{self.booking.pk}/"):
            self.assertIn(self.client.get(path).status_code, (401, 404))
        self.assertContains(self.client.get(page_of(other)), "A3")
        self.assertNotContains(self.client.get(page_of(other)), self.booking.reference)

    def test_link_of_one_booking_cancels_no_other(self) -> None:
        other = booking_of(self.show, 3)
        self.cancel(page_of(other))
        self.booking.refresh_from_db()
        other.refresh_from_db()
        self.assertEqual((self.booking.status, other.status), ("confirmed", "cancelled"))

    def test_looking_changes_nothing(self) -> None:
        entries = SeatChange.objects.count()
        for path in (self.page, f"{self.page}calendar.ics"):
            for method in (self.client.get, self.client.head):
                self.assertEqual(method(path).status_code, 200)
        for path in (f"{self.page}cancel/", f"{self.page}exchange/"):
            for method in (self.client.get, self.client.head):
                self.assertEqual(method(path).status_code, 405)
        strict = Client(enforce_csrf_checks=True)
        self.assertEqual(strict.post(f"{self.page}cancel/").status_code, 403)
        self.assertEqual(SeatChange.objects.count(), entries)
        self.assertEqual(self.client.get(self.page).status_code, 200)

    def test_page_is_kept_nowhere_and_tells_no_other_site_where_it_is(self) -> None:
        for path in (self.page, f"{self.page}calendar.ics", "/tickets/no-good/"):
            answer = self.client.get(path)
            self.assertIn("no-store", answer["Cache-Control"])
            self.assertEqual(answer["Referrer-Policy"], "same-origin")
        said = self.client.get(self.page).content.decode()
        self.assertNotIn("next=", said)
        self.assertNotRegex(said, r'(?:src|href)="https?://')

    def test_link_is_dead_once_the_address_is_another(self) -> None:
        Booking.objects.update(email="ada@example.com")
        self.assertEqual(self.client.get(self.page).status_code, 404)
        self.assertEqual(self.client.get(page_of(Booking.objects.get())).status_code, 200)

    def test_key_of_before_verifies_links(self) -> None:
        with self.settings(SECRET_KEY="another" * 8):
            self.assertEqual(self.client.get(self.page).status_code, 404)
        with self.settings(SECRET_KEY="another" * 8, SECRET_KEY_FALLBACKS=[settings.SECRET_KEY]):
            self.assertEqual(self.client.get(self.page).status_code, 200)


@override_settings(SITE_URL="https://frontrow.example")
class GuestLetterTests(TestCase):
    def sent(self) -> list[Any]:
        mail.outbox.clear()
        while worker.do_next():
            pass
        return list(mail.outbox)

    def test_tickets_come_with_the_link(self) -> None:
        booking = booking_of(factories.show(), 1, email="a@bücher.example")
        [sent] = self.sent()
        self.assertEqual(sent.to, ["a@bücher.example"])
        link = f"https://frontrow.example{page_of(booking)}"
        self.assertIn(link, sent.body)
        [html] = [one for one in sent.message().walk() if one.get_content_type() == "text/html"]
        self.assertIn(link, html.get_payload(decode=True).decode())
        kinds = [one.get_content_type() for one in sent.message().walk()]
        self.assertEqual((kinds.count("image/png"), kinds.count("text/calendar")), (1, 1))
        _, file, _ = sent.attachments[-1]
        self.assertNotIn("/tickets/", file)

    def test_more_mails_than_anybody_needs_are_left_out_but_what_staff_do_is_told(self) -> None:
        show = factories.show(plan="S" * 20)
        for seat_number in range(1, MAILS_TO_AN_ADDRESS + 3):
            booking_of(show, seat_number)
        self.assertEqual(len(self.sent()), MAILS_TO_AN_ADDRESS)
        for _ in range(MAILS_TO_AN_ADDRESS + 1):
            booking = Booking.objects.filter(cancelled_at=None).first()
            assert booking is not None
            cancel_booking(booking_id=booking.pk, user=None, now=timezone.now())
        self.assertEqual(len(self.sent()), MAILS_TO_AN_ADDRESS + 1)

    def test_guest_is_told_of_what_staff_cancel(self) -> None:
        booking = booking_of(factories.show(), 1)
        self.sent()
        cancel_booking(booking_id=booking.pk, user=None, now=timezone.now())
        [sent] = self.sent()
        self.assertEqual((sent.to, sent.subject[:9]), ([ADA], "Cancelled"))
