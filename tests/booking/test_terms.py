from datetime import UTC, datetime, timedelta
from typing import Any

from django.test import SimpleTestCase

from booking.models import Auditorium, Kind, Movie, Seat, Show
from booking.price_bodies import BillSerializer
from booking.prices import bill_of
from booking.terms import ChangedFact, changed_facts, facts_of, sentence

EVENING = datetime(2030, 6, 7, 18, 0, tzinfo=UTC)  # 20:00 in the cinema's time zone


def show(**changed: Any) -> Show:
    facts = {
        "movie": Movie(pk=1, title="Salt"),
        "auditorium": Auditorium(pk=2, name="Hall"),
        "starts_at": EVENING,
        "price": "10",
        "premium_surcharge": "3.00",
    }
    made = Show(**(facts | changed))
    made.clean_fields(exclude=["movie", "auditorium"])  # makes numbers of the prices
    return made


def told(**changed: Any) -> str:
    return sentence(changed_facts(facts_of(show()), facts_of(show(**changed))))


def adult(seat_number: int, label: str, kind: str, price: str) -> dict[str, Any]:
    named = {"seat_number": seat_number, "label": label, "kind": kind}
    return named | {"type": "adult", "price": price}


class FactsTests(SimpleTestCase):
    def test_terms_are_named_by_the_facts_and_nothing_else(self) -> None:
        self.assertEqual(
            facts_of(show(no_gaps=True)),
            {
                "movie": {"id": 1, "title": "Salt"},
                "auditorium": {"id": 2, "name": "Hall"},
                "starts_at": 1907085600000,
                "price": "10.00",
                "premium_surcharge": "3.00",
                "terms": "b75576742acbf490",
            },
        )

    def test_each_fact_gives_other_terms(self) -> None:
        others: list[dict[str, Any]] = [
            {},
            {"movie": Movie(pk=3, title="Salt")},
            {"movie": Movie(pk=1, title="Sält")},
            {"auditorium": Auditorium(pk=4, name="Hall")},
            {"auditorium": Auditorium(pk=2, name="Room")},
            {"starts_at": EVENING + timedelta(minutes=1)},
            {"price": "10.01"},
            {"premium_surcharge": "0"},
        ]
        self.assertEqual(len({facts_of(show(**other))["terms"] for other in others}), len(others))

    def test_bill_has_each_seat_at_the_price_of_its_kind(self) -> None:
        seats = [
            Seat(pk=number, seat_number=number, row="A", position=number, kind=kind)
            for number, kind in enumerate([Kind.STANDARD, Kind.PREMIUM], start=1)
        ]
        self.assertEqual(
            BillSerializer.of(bill_of(show(), seats)),
            {
                "seats": [
                    {
                        "seat_number": 1,
                        "label": "A1",
                        "kind": "standard",
                        "type": "adult",
                        "price": "10.00",
                    },
                    {
                        "seat_number": 2,
                        "label": "A2",
                        "kind": "premium",
                        "type": "adult",
                        "price": "13.00",
                    },
                ],
                "total": "23.00",
                "currency": "EUR",
            },
        )


class SentenceTests(SimpleTestCase):
    def test_what_changed_is_said_in_one_sentence(self) -> None:
        self.assertEqual(told(price="12"), "The price is now €12.00 instead of €10.00.")
        self.assertEqual(
            told(premium_surcharge="0"), "The premium surcharge is now €0.00 instead of €3.00."
        )
        self.assertEqual(
            told(starts_at=EVENING + timedelta(hours=1)),
            "The film starts at 21:00 instead of 20:00.",
        )
        self.assertEqual(
            told(starts_at=EVENING + timedelta(days=1)),
            "The film starts on Saturday 8 June at 20:00 instead of Friday 7 June at 20:00.",
        )
        self.assertEqual(
            told(movie=Movie(pk=3, title="Pepper")), "The film is now “Pepper” instead of “Salt”."
        )
        self.assertEqual(
            told(
                auditorium=Auditorium(pk=2, name="Room"),
                price="9",
                starts_at=EVENING - timedelta(minutes=5),
            ),
            "The auditorium is now Room instead of Hall, the film starts at 19:55 instead of "
            "20:00, and the price is now €9.00 instead of €10.00.",
        )

    def test_hour_that_clocks_show_twice_is_told_apart(self) -> None:
        first, second = "2029-10-28T02:30:00+02:00", "2029-10-28T02:30:00+01:00"
        self.assertEqual(
            sentence([ChangedFact("starts_at", first, second)]),
            "The film starts at 02:30+01:00 instead of 02:30+02:00.",
        )

    def test_where_it_is_not_known_what_was_agreed_that_is_said(self) -> None:
        changed = changed_facts(None, facts_of(show()))
        self.assertEqual(sentence(changed), "The show is not the one that you agreed to.")
        self.assertEqual(
            [(fact.what, fact.was, fact.now) for fact in changed],
            [
                ("film", None, {"id": 1, "title": "Salt"}),
                ("auditorium", None, {"id": 2, "name": "Hall"}),
                ("starts_at", None, "2030-06-07T20:00:00+02:00"),
                ("price", None, "10.00"),
                ("premium_surcharge", None, "3.00"),
            ],
        )
