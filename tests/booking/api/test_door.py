"""The door's part of the API: who may, what is answered, and a list that is cheap to ask for."""

from typing import Any

from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from booking.models import ADMIT, TAKE_MONEY, Taking, Ticket
from booking.services.amendments import cancel_booking
from booking.services.sales import book_seats
from tests import factories
from tests.booking.api.case import ApiTestCase


def usher(**fields: Any) -> Any:
    """Create a user who works at the door."""
    user = factories.user(**fields)
    user.user_permissions.add(permission(ADMIT))
    return user


def permission(name: str) -> Permission:
    return Permission.objects.get(codename=name.partition(".")[2])


class DoorTests(ApiTestCase):
    def setUp(self) -> None:
        self.show = factories.show()
        self.ann = usher(username="ann")
        self.buyer = factories.user()
        self.booking = book_seats(
            show_id=self.show.pk, seat_numbers=[1, 2], user=self.buyer, now=timezone.now()
        )
        factories.paid(self.booking)
        self.ticket = Ticket.objects.get(booking=self.booking, seat_number=1)
        self.list = f"/api/door/shows/{self.show.pk}/"

    def admit(self, user: Any = None, **body: Any) -> Any:
        wanted = {"show": self.show.pk, "code": self.ticket.code} | body
        wanted = {name: value for name, value in wanted.items() if value is not None}
        return self.post("/api/door/admit/", wanted, user=user or self.ann)

    def test_admission_says_who_is_in(self) -> None:
        admitted = self.admit()
        self.assertEqual(admitted.status_code, 201)
        body = admitted.json()
        self.assertEqual(
            [body[name] for name in ("label", "reference", "admitted_by", "conflict", "undone_at")],
            ["A1", self.booking.reference, "ann", None, None],
        )
        problem = self.assert_problem(self.admit(), 409, "already_admitted")
        self.assertEqual(problem["admission"], body["id"])
        undone = self.post(f"/api/door/admissions/{body['id']}/undo/", user=self.ann)
        self.assertEqual(undone.status_code, 200)
        self.assertIsNotNone(undone.json()["undone_at"])
        self.assertEqual(self.admit().status_code, 201)

    def test_every_refusal_has_its_code(self) -> None:
        by_reference = {"code": None, "reference": self.booking.reference}
        self.assert_problem(self.admit(code="x"), 404, "ticket_not_found")
        self.assert_problem(self.admit(show=self.show.pk + 1), 404, "show_not_found")
        self.assert_problem(self.admit(**by_reference), 409, "several_tickets")
        other = factories.show(starts_at=self.show.starts_at)
        self.assert_problem(self.admit(show=other.pk), 409, "other_show")
        cancel_booking(booking_id=self.booking.pk, user=None, now=timezone.now())
        self.assert_problem(self.admit(), 409, "ticket_cancelled")
        missing = self.post("/api/door/admissions/1/undo/", user=self.ann)
        self.assert_problem(missing, 404, "admission_not_found")

    def test_unpaid_ticket_is_paid_and_admitted_in_one_request(self) -> None:
        Taking.objects.all().delete()
        problem = self.assert_problem(self.admit(), 409, "unpaid")
        self.assertEqual((problem["due"], problem["detail"]), ("20.00", "€20.00 is due."))
        paid = {"amount": problem["due"], "method": "card"}
        self.assert_problem(self.admit(**paid), 403, "not_at_the_till")
        self.ann.user_permissions.add(permission(TAKE_MONEY))
        self.assertEqual(self.admit(**paid).status_code, 201)
        self.assertEqual(Taking.objects.get().by, self.ann)
        other = {"code": None, "reference": self.booking.reference, "seat_number": 2}
        self.assert_problem(self.admit(**other | paid), 409, "not_due")
        self.assertEqual(self.admit(**other).status_code, 201)

    def test_bodies_are_strict(self) -> None:
        both = "Give exactly one of code, reference."
        self.assert_invalid(self.admit(code=None), {"code": [both], "reference": [both]})
        own, half = "A code has its own seat.", "Give amount and method together."
        self.assert_invalid(self.admit(seat_number=1), {"seat_number": [own]})
        self.assert_invalid(self.admit(paid=True), {"paid": ["There is no such field."]})
        self.assert_invalid(self.admit(key="x"), {"key": ["Must be a valid UUID."]})
        self.assert_invalid(self.admit(amount="1.00"), {"method": [half]})
        self.assert_invalid(self.admit(method="cash"), {"method": [half]})
        self.assert_invalid(
            self.admit(amount="1", method="online"), {"method": ['"online" is not a valid choice.']}
        )
        for amount in (20, 20.0, "8,50", "1.234,50", "0.001", "0", "-1", "NaN", "Infinity", "1e9"):
            with self.subTest(amount):
                answer = self.admit(amount=amount, method="cash")
                self.assertEqual(list(answer.json()["errors"]), ["amount"])
        for long_ago in ("0001-01-01T00:10:00", "0001-01-01T00:00:00Z", "1999-12-30T23:59:59Z"):
            refusal = {"at": ["Datetime value out of range."]}
            self.assert_invalid(self.admit(at=long_ago), refusal)
        for odd in ("", " ", "\0", "x" * 101):
            with self.subTest(odd):
                self.assertEqual(self.admit(code=odd).status_code, 400)

    def test_only_staff_of_the_door_may(self) -> None:
        self.assert_problem(self.admit(user=self.buyer), 403, "not_at_the_door")
        self.assert_problem(self.get(self.list, user=self.buyer), 403, "not_at_the_door")
        self.assert_problem(self.get(self.list), 401, "not_authenticated")
        self.assertEqual(self.admit(user=factories.user(is_superuser=True)).status_code, 201)

    def test_a_session_does_with_its_token_against_forgery(self) -> None:
        client = Client(enforce_csrf_checks=True)
        client.force_login(self.ann)
        body = {"show": self.show.pk, "code": self.ticket.code}
        options: dict[str, Any] = {"content_type": "application/json"}
        forged = client.post("/api/door/admit/", body, **options)
        self.assertEqual((forged.status_code, forged.json()["code"]), (403, "permission_denied"))
        client.cookies["csrftoken"] = token = "a" * 32
        options["headers"] = {"X-CSRFToken": token}
        self.assertEqual(client.post("/api/door/admit/", body, **options).status_code, 201)

    def test_list_has_all_that_is_live_and_is_not_sent_again(self) -> None:
        seen = set[str]()

        def changed() -> list[Any]:
            answer = self.get(self.list, user=self.ann)
            etag = answer["ETag"]
            self.assertNotIn(etag, seen)
            seen.add(etag)
            again = self.get(self.list, user=self.ann, If_None_Match=etag)
            self.assertEqual((again.status_code, again.content), (304, b""))
            self.assertEqual(answer["Cache-Control"], "private, no-store")
            return [(one["label"], one["admission"]) for one in answer.json()["tickets"]]

        self.assertEqual(changed(), [("A1", None), ("A2", None)])
        admission = self.admit().json()
        [(_, first), second] = changed()
        self.assertEqual((first["id"], first["by"]), (admission["id"], "ann"))
        self.post(f"/api/door/admissions/{admission['id']}/undo/", user=self.ann)
        self.assertEqual(changed(), [("A1", None), second])
        cancel_booking(booking_id=self.booking.pk, user=None, now=timezone.now(), seat_numbers=[1])
        self.assertEqual(changed(), [second])
