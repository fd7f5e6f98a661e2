"""Who sees the figures, and what a spreadsheet makes of them."""

import csv
from typing import Any

from django.contrib.auth.models import Permission
from django.test import TestCase
from django.utils import timezone

from booking.models import SEE_FIGURES, Show
from booking.services.sales import book_seats
from tests import factories

PATHS = ("/figures/", "/figures/shows.csv", "/figures/takings.csv")


class FiguresPageTests(TestCase):
    def setUp(self) -> None:
        self.manager = factories.user(username="=cmd|calc")
        film = factories.movie(title='=HYPERLINK("https://example.org")')
        self.show = factories.show(of=film)
        booking = book_seats(
            show_id=self.show.pk, seat_numbers=[1, 2], user=self.manager, now=timezone.now()
        )
        factories.paid(booking).takings.update(by=self.manager)
        self.day = f"{timezone.localtime(self.show.starts_at):%Y-%m-%d}"
        self.today = f"{timezone.localdate():%Y-%m-%d}"

    def sign_in(self) -> None:
        may = Permission.objects.get(codename=SEE_FIGURES.partition(".")[2])
        self.manager.user_permissions.add(may)
        self.client.force_login(self.manager)

    def table(self, name: str, **query: Any) -> list[list[str]]:
        answer = self.client.get(f"/figures/{name}.csv", query)
        self.assertEqual(answer["Content-Type"], "text/csv; charset=utf-8")
        self.assertIn("attachment", answer["Content-Disposition"])
        text = answer.content.decode("utf-8-sig")
        return list(csv.reader(text.splitlines()))

    def test_only_managers_see_them(self) -> None:
        for path in PATHS:
            with self.subTest(path):
                self.assertRedirects(self.client.get(path), f"/accounts/login/?next={path}")
        self.client.force_login(self.manager)
        for path in PATHS:
            with self.subTest(path):
                self.assertEqual(self.client.get(path).status_code, 403)
        self.sign_in()
        for path in PATHS:
            with self.subTest(path):
                self.assertEqual(self.client.get(path).status_code, 200)

    def test_page_shows_today_unless_asked_for_other_days(self) -> None:
        self.sign_in()
        today = self.client.get("/figures/").context
        self.assertEqual([name for name, _ in today["rows"]], ["Total"])
        self.assertEqual(len(today["drawers"]), 1)
        other = self.client.get("/figures/", {"first": self.day, "by": "day"})
        self.assertEqual([name for name, _ in other.context["rows"]], [self.day, "Total"])
        self.assertContains(other, f"/figures/shows.csv?first={self.day}&amp;last={self.day}")

    def test_days_that_cannot_be_meant_are_refused(self) -> None:
        self.sign_in()
        for query in (
            {"first": "2030-05-02", "last": "2030-05-01"},
            {"first": "2030-05-01", "last": "2030-06-01"},
            {"first": "0001-01-01"},
            {"first": "9999-12-31"},
            {"first": "yesterday"},
            {"by": "password"},
            {"first": "\0"},
        ):
            for path in PATHS:
                with self.subTest(path, **query):
                    self.assertEqual(self.client.get(path, query).status_code, 400)
        month = {"first": "2030-05-01", "last": "2030-05-31"}
        self.assertEqual(self.client.get("/figures/", month).status_code, 200)

    def test_tables_are_what_the_page_shows_and_text_is_never_a_formula(self) -> None:
        self.sign_in()
        by_film = self.table("shows", first=self.day, by="film")
        heads = ["Film", "Sold", "Returned", "Admitted", "Worth"]
        money = ["Cash", "Card", "Online", "Of it given back", "Due"]
        figures = ["2", "0", "0", *["20.00"] * 2, *["0.00"] * 4]
        self.assertEqual(
            by_film,
            [heads + money, [f"'{self.show.movie.title}", *figures], ["Total", *figures]],
        )
        by_type = self.table("shows", first=self.day, by="type")
        self.assertEqual(by_type[:2], [["Type", *heads[1:], *money], ["Adult", *figures]])
        self.assertEqual(
            self.table("takings")[1:],
            [[self.today, "cash", "'=cmd|calc", "20.00", "0.00", "20.00"]],
        )

    def test_amounts_below_0_stay_numbers(self) -> None:
        self.sign_in()
        Show.objects.get().bookings.get().takings.update(amount="-3.50")
        self.assertEqual(self.table("takings")[1][3:], ["0.00", "-3.50", "-3.50"])
