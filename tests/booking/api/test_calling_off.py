"""Calling shows off and moving them by the API: who may, what is said before, and what is left."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from booking.models import CALL_OFF, Booking, Show
from booking.services.calling_off import errands
from booking.services.sales import book_seats
from foundation.outbox.models import Message
from tests import factories
from tests.booking.api.case import ApiTestCase
from tests.booking.api.test_door import permission
from tests.booking.services.test_calling_off import work

NOTHING_LEFT: dict[str, Any] = {"live": [], "refunds": [], "to_give_back": [], "untold": []}


class CallingOffApiTests(ApiTestCase):
    def setUp(self) -> None:
        self.show = factories.show()
        self.boss = factories.user()
        self.boss.user_permissions.add(permission(CALL_OFF))
        self.user = factories.user(confirmed_email="ada@example.org")
        self.path = f"/api/shows/{self.show.pk}"

    def book(self, *seat_numbers: int, user: Any = None) -> Booking:
        user = user or self.user
        now = timezone.now()
        return book_seats(show_id=self.show.pk, seat_numbers=seat_numbers, user=user, now=now)

    def report(self) -> Any:
        return self.get(f"{self.path}/cancel/", user=self.boss).json()

    def call_off(self) -> Any:
        return self.post(f"{self.path}/cancel/", user=self.boss)

    def move(self, **body: Any) -> Any:
        return self.post(f"{self.path}/move/", body, user=self.boss)

    def test_only_who_is_in_charge_may(self) -> None:
        for path in ("cancel", "move"):
            url = f"{self.path}/{path}/"
            self.assert_problem(self.post(url, {}), 401, "not_authenticated")
            self.assert_problem(self.post(url, {}, user=self.user), 403, "not_in_charge")
        refused = self.get(f"{self.path}/cancel/", user=self.user)
        self.assert_problem(refused, 403, "not_in_charge")
        self.assertEqual(Show.objects.get().cancelled_at, None)

    def test_preview_counts_bookings_tickets_money_and_people(self) -> None:
        factories.paid(self.book(1, 2))
        self.book(3)
        self.book(4, user=factories.user())
        book_seats(
            show_id=self.show.pk, seat_numbers=[5], user=None, now=timezone.now(), at_counter=True
        )

        body = self.report()

        self.assertEqual(
            body["affected"],
            {
                "bookings": 4,
                "tickets": 5,
                "paid": [{"method": "cash", "amount": "20.00"}],
                "with_address": 1,
                "without_address": 2,
            },
        )
        self.assertEqual((body["cancelled_at"], body["left"]), (None, NOTHING_LEFT))

    def test_report_says_what_is_left_and_why(self) -> None:
        paid = self.book(1)
        factories.paid(paid)
        unknown = self.book(2, user=factories.user())
        answer = self.call_off()

        self.assertEqual(answer.status_code, 200)
        left = answer.json()["left"]
        waits = "It waits for a worker."
        live = sorted([paid.reference, unknown.reference])
        self.assertEqual(left["live"], [{"reference": one, "why": waits} for one in live])

        errands(self.show.pk).filter(payload__booking=paid.pk).update(error="no luck")
        left = self.report()["left"]
        self.assertIn({"reference": paid.reference, "why": "no luck"}, left["live"])

        work()
        body = self.report()
        self.assertIsNotNone(body["cancelled_at"])
        self.assertEqual(
            body["left"],
            {
                "live": [],
                "refunds": [],
                "to_give_back": [
                    {"reference": paid.reference, "why": "It was paid here.", "amount": "10.00"}
                ],
                "untold": [
                    {"reference": unknown.reference, "why": "There is no address to write to."}
                ],
            },
        )
        factories.paid(paid)  # or rather given back
        self.assertEqual(self.report()["left"]["to_give_back"], [])

    def test_mail_that_failed_for_good_is_left(self) -> None:
        booking = self.book(1)
        self.call_off()
        work()
        letters = Message.objects.filter(kind="mail.called_off")
        letters.update(failed_at=timezone.now(), sent_at=None, error="550 no such user")
        untold = self.report()["left"]["untold"]
        self.assertEqual(untold, [{"reference": booking.reference, "why": "550 no such user"}])

    def test_show_says_that_it_is_called_off(self) -> None:
        self.call_off()
        body = self.get(f"{self.path}/").json()
        self.assertIsNotNone(body["cancelled_at"])
        listed = self.get("/api/shows/").json()
        self.assertEqual([one["cancelled_at"] for one in listed], [body["cancelled_at"]])
        user = factories.user()
        refused = self.post(f"{self.path}/book/", {"seat_number": 1}, user=user)
        self.assert_problem(refused, 409, "show_cancelled")
        self.assert_problem(
            self.post(f"{self.path}/hold/", {"seat_numbers": [1]}), 409, "show_cancelled"
        )

    def test_show_is_moved(self) -> None:
        start = self.show.starts_at + timedelta(hours=1)
        moved = self.move(starts_at=start.isoformat())
        self.assertEqual(moved.status_code, 200)
        self.assertIsNotNone(moved.json()["moved_at"])
        self.assertEqual(Show.objects.get().starts_at, start)

    def test_move_that_can_not_be_is_refused(self) -> None:
        self.assert_problem(self.move(), 400, "invalid")
        self.assert_problem(self.move(starts_at="1999-01-01T00:00:00Z"), 400, "invalid")
        self.assert_problem(self.move(starts_at="2001-01-01T00:00:00Z"), 400, "invalid_show")
        for half in ("2099-11-22", "2099-11-22T20:15:00", "2099-11-22+01:00"):
            self.assert_problem(self.move(starts_at=half), 400, "invalid")
        other = factories.show(room=factories.auditorium(plan="SS"))
        refused = self.move(auditorium=other.auditorium_id)
        self.assert_problem(refused, 409, "other_layout")
        self.assert_problem(self.move(auditorium=10**6), 404, "auditorium_not_found")
        taken = factories.show(
            room=self.show.auditorium, starts_at=timezone.now() + timedelta(days=3)
        )
        refused = self.move(starts_at=taken.starts_at.isoformat())
        self.assert_problem(refused, 409, "auditorium_taken")
        self.call_off()
        refused = self.move(starts_at=(self.show.starts_at + timedelta(hours=1)).isoformat())
        self.assert_problem(refused, 409, "show_cancelled")

    def test_nothing_is_sent_to_call_a_show_off(self) -> None:
        url = f"{self.path}/cancel/"
        for body, code in (
            ({"dry_run": True}, "invalid"),
            (b"[]", "invalid"),
            (b"{nonsense", "parse_error"),
        ):
            self.assert_problem(self.post(url, body, user=self.boss), 400, code)
        self.assertEqual(Show.objects.get().cancelled_at, None)
        self.assertEqual(self.post(url, {}, user=self.boss).status_code, 200)

    def test_unknown_show_is_not_found(self) -> None:
        self.path = "/api/shows/1000000"
        for answer in (self.call_off(), self.move(auditorium=1)):
            self.assert_problem(answer, 404, "show_not_found")
        refused = self.get(f"{self.path}/cancel/", user=self.boss)
        self.assert_problem(refused, 404, "show_not_found")


class RefundTests(ApiTestCase):
    def setUp(self) -> None:
        self.user = factories.user()
        self.show = factories.show()
        now = timezone.now()
        self.booking = book_seats(
            show_id=self.show.pk, seat_numbers=[1, 2], user=self.user, now=now
        )
        factories.paid(self.booking)
        self.path = f"/api/bookings/{self.booking.pk}/"

    def refund(self) -> Any:
        return self.get(self.path, user=self.user).json()["refund"]

    def test_booking_says_what_comes_back(self) -> None:
        self.assertEqual(self.refund(), {"total": "20.00", "kept": "0.00"})
        late = timezone.now() + timedelta(minutes=90)
        Show.objects.update(starts_at=late, room_free_at=late)
        half = {"total": "10.00", "kept": "10.00"}
        self.assertEqual(self.refund(), half)
        mine = self.get("/api/my-bookings/", user=self.user).json()["results"]
        self.assertEqual([one["refund"] for one in mine], [half])

        some = self.post(f"{self.path}cancel/", {"seat_numbers": [1]}, user=self.user)
        self.assertEqual(some.json()["refund"], {"total": "5.00", "kept": "5.00"})
        rest = self.post(f"{self.path}cancel/", {}, user=self.user).json()
        self.assertEqual(rest["refund"], None)
        self.assertEqual([one["kept"] for one in rest["tickets"]], ["5.00"])

    def test_new_booking_has_nothing_to_come_back(self) -> None:
        answer = self.post(f"/api/shows/{self.show.pk}/book/", {"seat_number": 3}, user=self.user)
        self.assertEqual(answer.json()["refund"], {"total": "0.00", "kept": "0.00"})

    def test_booking_says_what_is_paid_and_what_is_due(self) -> None:
        def account(body: Any) -> tuple[str, str]:
            return body["paid"], body["due"]

        self.assertEqual(account(self.get(self.path, user=self.user).json()), ("20.00", "0.00"))
        some = self.post(f"{self.path}cancel/", {"seat_numbers": [1]}, user=self.user).json()
        self.assertEqual(account(some), ("20.00", "-10.00"))
        with self.assertNumQueries(7):
            mine = self.get("/api/my-bookings/", user=self.user).json()["results"]
        self.assertEqual(list(map(account, mine)), [("20.00", "-10.00")])
        Booking.objects.update(is_accounted=False)
        self.assertEqual(account(self.get(self.path, user=self.user).json()), ("10.00", "0.00"))
