from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from booking.models import Booking, Hold, Show, ShowSeat, State
from booking.services.auditoriums import change_auditorium
from booking.services.shows import change_movie, change_show
from booking.terms import terms_of
from tests import factories
from tests.booking.api.case import ApiTestCase, bearer

UNKNOWN = "0123456789abcdef"


def adult(seat_number: int, label: str, kind: str, price: str) -> dict[str, Any]:
    named = {"seat_number": seat_number, "label": label, "kind": kind}
    return named | {"type": "adult", "price": price}


class TermsTestCase(ApiTestCase):
    def setUp(self) -> None:
        self.user = factories.user()
        self.show = factories.show(plan="SSPPSSSSSS", price="10.00", premium_surcharge="3.00")

    @property
    def terms(self) -> str:
        """The terms as a client reads them."""
        terms: str = self.get(f"/api/shows/{self.show.pk}/").json()["terms"]
        return terms

    def book(self, **body: Any) -> Any:
        return self.post(f"/api/shows/{self.show.pk}/book/", body, user=self.user)

    def hold(self, **body: Any) -> Any:
        return self.post(f"/api/shows/{self.show.pk}/hold/", body)

    def change(self, **facts: Any) -> None:
        change_show(show_id=self.show.pk, now=timezone.now(), **facts)

    def changes(self) -> Iterator[tuple[str, Callable[[], Any]]]:
        """Yield each kind of change of the facts, and the fact that it changes."""
        movie, room = self.show.movie, self.show.auditorium
        now, twin = timezone.now(), factories.auditorium(plan=room.plan)
        yield "price", lambda: self.change(price=Decimal("12.00"))
        yield "premium_surcharge", lambda: self.change(premium_surcharge=Decimal("4.00"))
        yield "starts_at", lambda: self.change(starts_at=self.show.starts_at + timedelta(days=1))
        yield "film", lambda: self.change(movie=factories.movie())
        yield (
            "film",
            lambda: change_movie(
                movie_id=Show.objects.get(pk=self.show.pk).movie_id,
                title="Renamed",
                synopsis=movie.synopsis,
                duration_minutes=movie.duration_minutes,
                certificate=movie.certificate,
                now=now,
            ),
        )
        yield "auditorium", lambda: self.change(auditorium=twin)
        yield (
            "auditorium",
            lambda: change_auditorium(
                auditorium_id=twin.pk, name="Renamed", plan=twin.plan, now=now
            ),
        )

    @contextmanager
    def nothing_sold(self) -> Iterator[None]:
        """Assert that no seat and no booking comes of what is done."""
        before = list(ShowSeat.objects.order_by("pk").values_list("state", flat=True))
        sold = Booking.objects.count()
        yield
        after = list(ShowSeat.objects.order_by("pk").values_list("state", flat=True))
        self.assertEqual((after, Booking.objects.count()), (before, sold))


class AgreementTest(TermsTestCase):
    def test_hold_of_a_show_that_changed_is_booked_only_when_agreed_anew(self) -> None:
        for seat_number, (what, change) in enumerate(self.changes(), start=1):
            held = self.hold(seat_numbers=[seat_number]).json()
            change()
            with self.subTest(what):
                with self.nothing_sold():
                    problem = self.assert_problem(
                        self.book(hold=held["token"]), 409, "terms_changed"
                    )
                    self.assertEqual([fact["what"] for fact in problem["changed"]], [what])
                    self.assertNotEqual(problem["terms"], held["terms"])
                booked = self.book(hold=held["token"], terms=problem["terms"]).json()
                self.assertEqual(booked["show"]["terms"], problem["terms"])
                for ticket in booked["tickets"]:
                    own = (ticket.pop("vat_rate"), ticket.pop("kept"))
                    self.assertEqual(own, ("7.00", "0.00"))
                self.assertEqual(
                    (booked["tickets"], booked["total"]),
                    (problem["bill"]["seats"], problem["bill"]["total"]),
                )

    def test_seats_with_terms_of_a_show_that_changed_are_booked_only_when_agreed_anew(self) -> None:
        for seat_number, (what, change) in enumerate(self.changes(), start=1):
            before = self.terms
            change()
            with self.subTest(what):
                with self.nothing_sold():
                    problem = self.assert_problem(
                        self.book(seat_number=seat_number, terms=before), 409, "terms_changed"
                    )
                self.assertEqual([fact["what"] for fact in problem["changed"]], [what])
                self.assertEqual(problem["terms"], self.terms)
                answer = self.book(seat_numbers=[seat_number], terms=problem["terms"])
                self.assertEqual(answer.status_code, 201)

    def test_problem_says_what_changed_and_brings_the_new_bill(self) -> None:
        before = self.terms
        self.change(price=Decimal("12.00"))

        problem = self.book(seat_numbers=[2, 3], terms=before).json()

        self.assertEqual(problem["detail"], "The price is now €12.00 instead of €10.00.")
        self.assertEqual(problem["changed"], [{"what": "price", "was": "10.00", "now": "12.00"}])
        self.assertEqual(
            problem["bill"],
            {
                "seats": [
                    {
                        "seat_number": 2,
                        "label": "A2",
                        "kind": "standard",
                        "type": "adult",
                        "price": "12.00",
                    },
                    {
                        "seat_number": 3,
                        "label": "A3",
                        "kind": "premium",
                        "type": "adult",
                        "price": "15.00",
                    },
                ],
                "total": "27.00",
                "currency": "EUR",
            },
        )

    def test_two_changes_are_told_against_what_was_agreed(self) -> None:
        before = self.terms
        self.change(price=Decimal("12.00"))
        self.change(price=Decimal("11.00"), premium_surcharge=Decimal("2.00"))

        problem = self.book(seat_number=1, terms=before).json()

        self.assertEqual(
            problem["changed"],
            [
                {"what": "price", "was": "10.00", "now": "11.00"},
                {"what": "premium_surcharge", "was": "3.00", "now": "2.00"},
            ],
        )

    def test_change_that_was_taken_back_changed_nothing(self) -> None:
        held = self.hold(seat_numbers=[1]).json()
        self.change(price=Decimal("12.00"))
        self.change(price=Decimal("10.00"))

        self.assertEqual(self.book(hold=held["token"]).status_code, 201)

    def test_whoever_names_seats_without_terms_gets_those_of_today(self) -> None:
        self.change(price=Decimal("12.00"))

        booked = self.book(seat_number=1).json()

        self.assertEqual((booked["total"], booked["show"]["terms"]), ("12.00", self.terms))

    def test_price_changed_past_the_service_is_caught_too(self) -> None:
        held = self.hold(seat_numbers=[1]).json()
        Show.objects.update(price=Decimal("12.00"))

        with self.nothing_sold():
            problem = self.assert_problem(self.book(hold=held["token"]), 409, "terms_changed")
        self.assertEqual({fact["was"] for fact in problem["changed"]}, {None})

    def test_unknown_terms_are_not_the_shows_own(self) -> None:
        with self.nothing_sold():
            problem = self.assert_problem(
                self.book(seat_number=1, terms=UNKNOWN), 409, "terms_changed"
            )
        self.assertEqual(len(problem["changed"]), 5)
        self.assertEqual(problem["terms"], self.terms)

    def test_terms_of_the_wrong_type_are_refused(self) -> None:
        for terms in (1, None, ["a"], "", "x" * 101):
            with self.subTest(terms=terms):
                problem = self.assert_problem(self.book(seat_number=1, terms=terms), 400, "invalid")
                self.assertEqual(list(problem["errors"]), ["terms"])
        self.assert_problem(self.book(terms=self.terms), 400, "invalid")

    def test_answer_that_was_lost_is_given_again_whatever_changed_since(self) -> None:
        body = {"seat_number": 1, "terms": self.terms}
        sent = {"headers": bearer(self.user) | {"Idempotency-Key": "k" * 32}}
        path = f"/api/shows/{self.show.pk}/book/"
        first = self.post(path, body, **sent)
        self.change(price=Decimal("12.00"))

        again = self.post(path, body, **sent)

        self.assertEqual((again.status_code, again.json()), (201, first.json()))
        self.assertEqual(Booking.objects.count(), 1)


class HeldTermsTest(TermsTestCase):
    def test_hold_answers_terms_and_bill(self) -> None:
        held = self.hold(seat_numbers=[2, 3], terms=self.terms).json()

        self.assertEqual(held["terms"], terms_of(self.show))
        self.assertEqual(
            held["bill"],
            {
                "seats": [
                    {
                        "seat_number": 2,
                        "label": "A2",
                        "kind": "standard",
                        "type": "adult",
                        "price": "10.00",
                    },
                    {
                        "seat_number": 3,
                        "label": "A3",
                        "kind": "premium",
                        "type": "adult",
                        "price": "13.00",
                    },
                ],
                "total": "23.00",
                "currency": "EUR",
            },
        )
        self.assertEqual(Hold.objects.get().terms, held["terms"])

    def test_hold_under_other_terms_than_the_shows_own_is_refused(self) -> None:
        before = self.terms
        self.change(price=Decimal("12.00"))
        with self.nothing_sold():
            for selection in ({"seat_numbers": [1]}, {"best": {"count": 2}}):
                problem = self.assert_problem(
                    self.hold(**selection, terms=before), 409, "terms_changed"
                )
                self.assertEqual(problem["bill"]["seats"][0]["price"], "12.00")
        held = self.hold(seat_numbers=[5], terms=problem["terms"])
        self.assertEqual(held.status_code, 201)

    def test_changed_hold_is_under_the_terms_that_its_answer_shows(self) -> None:
        held = self.hold(seat_numbers=[1]).json()
        path = f"/api/holds/{held['token']}/"
        self.change(price=Decimal("12.00"))

        refused = self.client.put(
            path, {"seat_numbers": [1, 2], "terms": held["terms"]}, content_type="application/json"
        )
        self.assert_problem(refused, 409, "terms_changed")
        self.assertEqual(Hold.objects.get().terms, held["terms"])

        changed = self.client.put(
            path, {"seat_numbers": [1, 2]}, content_type="application/json"
        ).json()
        self.assertEqual(changed["bill"]["total"], "24.00")
        booked = self.book(hold=held["token"]).json()
        self.assertEqual((booked["total"], booked["show"]["terms"]), ("24.00", changed["terms"]))

    def test_reading_a_hold_shows_the_bill_of_now_and_agrees_to_nothing(self) -> None:
        held = self.hold(seat_numbers=[1]).json()
        self.change(price=Decimal("12.00"))

        read = self.get(f"/api/holds/{held['token']}/").json()

        self.assertEqual(read["bill"]["total"], "12.00")
        self.assert_problem(self.book(hold=held["token"]), 409, "terms_changed")
        self.assertEqual(self.book(hold=held["token"], terms=read["terms"]).status_code, 201)

    def test_offer_is_under_the_terms_of_joining_the_waitlist(self) -> None:
        held = self.hold(seat_numbers=[1]).json()
        waitlist = f"/api/shows/{self.show.pk}/waitlist/"
        self.post(waitlist, {"seat_number": 1}, user=self.user)
        self.change(price=Decimal("12.00"))
        self.client.delete(f"/api/holds/{held['token']}/")
        [place] = self.get(waitlist, user=self.user).json()

        with self.nothing_sold():
            problem = self.assert_problem(self.book(hold=place["hold"]), 409, "terms_changed")
        booked = self.book(hold=place["hold"], terms=problem["terms"])
        self.assertEqual(booked.json()["total"], "12.00")


class ExchangeTermsTest(TermsTestCase):
    def test_exchange_by_other_terms_is_refused_with_the_bill_of_the_new_seats(self) -> None:
        booked = self.book(seat_number=1, terms=self.terms).json()
        path = f"/api/bookings/{booked['id']}/exchange/"
        self.change(price=Decimal("12.00"))
        body = {"give": [1], "take": [3], "terms": booked["show"]["terms"]}

        with self.nothing_sold():
            refused = self.post(path, body, user=self.user)
            problem = self.assert_problem(refused, 409, "terms_changed")
        self.assertEqual(problem["bill"]["total"], "15.00")
        answer = self.post(path, body | {"terms": problem["terms"]}, user=self.user).json()
        self.assertEqual(
            [(ticket["seat_number"], ticket["price"]) for ticket in answer["tickets"]],
            [(3, "15.00")],
        )
        self.assertEqual(
            list(ShowSeat.objects.filter(state=State.BOOKED).values_list("seat_number", flat=True)),
            [3],
        )
