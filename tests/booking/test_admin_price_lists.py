"""Price lists in the admin, and amounts as staff type them."""

from decimal import Decimal
from typing import Any

from django.contrib.admin.models import LogEntry
from django.core.exceptions import ValidationError
from django.test import SimpleTestCase
from django.utils import timezone

from booking.admin.amounts import AmountField
from booking.models import PriceList, SeatChange, Show
from booking.services.price_lists import save_price_list
from booking.services.sales import book_seats
from tests import factories
from tests.booking.admin_case import FormTestCase

TYPE = "types-0-"


class AmountTests(SimpleTestCase):
    def test_amount_is_what_was_typed_or_refused(self) -> None:
        field = AmountField(max_digits=6, decimal_places=2)
        for text, amount in (
            ("8.50", "8.50"),
            ("8,50", "8.50"),
            ("8,5", "8.5"),
            (" 8 ", "8"),
            ("1.234,50", "1234.50"),
            ("1,234.50", "1234.50"),
            ("1234,50", "1234.50"),
            ("0,00", "0.00"),
        ):
            with self.subTest(text):
                self.assertEqual(field.clean(text), Decimal(amount))
        for text in (
            "8,505",
            "8.505",
            "1.234",
            "1,234",
            "12,34,56",
            "8,50 €",
            "8,",
            ",5,",
            "1.23,4",
            "8 50",
            "1.234.5",
            "1,23.45",
            "NaN",
            "12345,00",
        ):
            with self.subTest(text), self.assertRaises(ValidationError):
                field.clean(text)


class PriceListAdminTest(FormTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.list = factories.price_list()
        self.show = factories.show(by=self.list)

    def types(self) -> list[tuple[str, str]]:
        return [
            (one.code, f"{one.price:.2f}")
            for one in PriceList.objects.get(pk=self.list.pk).types.all()
        ]

    def confirmed(self, data: dict[str, str]) -> Any:
        """Save the list, and tick the box that is asked for."""
        asked = self.save(self.list, data)
        return self.save(self.list, data | {"confirm": self.question(asked)})

    def test_list_is_made_with_its_types(self) -> None:
        data = self.sent(self.get("booking/pricelist/add/"))
        typed = {"name": "Child", "code": "child", "price": "7,50", "premium_surcharge": "2"}
        data |= {"name": "Weekdays", "vat_rate": "19,00"}
        data |= {TYPE + name: value for name, value in typed.items()}
        answer = self.post("booking/pricelist/add/", data)
        self.assertRedirects(answer, "/admin/booking/pricelist/")
        made = PriceList.objects.get(name="Weekdays")
        self.assertEqual(
            made.facts,
            {
                "ticket_types": [
                    {"code": "child", "name": "Child", "price": "7.50", "premium_surcharge": "2.00"}
                ],
                "vat_rate": "19.00",
                "companions_free": False,
            },
        )

    def test_staff_see_first_which_shows_change(self) -> None:
        data = self.open(self.list) | {f"{TYPE}price": "6,00"}
        asked = self.save(self.list, data)
        [sentence] = self.errors(asked)["confirm"]
        self.assertEqual(
            sentence,
            f"1 show changes with this list: {self.show}. Tickets that are sold keep their price.",
        )
        self.assertEqual(self.types()[0], ("child", "7.00"))
        other = factories.show(by=self.list)
        data["confirm"] = self.question(asked)
        [sentence] = self.errors(self.save(self.list, data))["confirm"]
        self.assertIn(f"2 shows change with this list: {self.show}; {other}.", sentence)
        self.confirmed(data)
        self.assertEqual(self.types()[0], ("child", "6.00"))
        self.assertEqual(SeatChange.objects.filter(facts__isnull=False).count(), 2)
        self.assertIn("Changed Price for ticket type", LogEntry.objects.get().get_change_message())

    def test_types_are_added_deleted_and_put_in_order(self) -> None:
        data = self.open(self.list)
        data |= {f"{TYPE}DELETE": "on", "types-1-position": "2"}
        new = {"name": "Senior", "code": "senior", "price": "9.00", "premium_surcharge": "0"}
        data |= {f"types-2-{name}": value for name, value in (new | {"position": "1"}).items()}
        self.confirmed(data)
        self.assertEqual(self.types(), [("senior", "9.00"), ("student", "8.50")])
        self.show.refresh_from_db()
        self.assertEqual([one["code"] for one in self.show.ticket_types], ["senior", "student"])

    def test_nobody_overwrites_types_that_somebody_else_changed(self) -> None:
        data = self.open(self.list) | {f"{TYPE}price": "6.00"}
        save_price_list(
            price_list_id=self.list.pk,
            name=self.list.name,
            vat_rate=self.list.vat_rate,
            companions_free=True,
            types=[factories.type_given("child", "5.00")],
            now=timezone.now(),
        )
        answer = self.save(self.list, data)
        self.assertIn("Somebody else has changed the types", str(self.errors(answer)["__all__"]))
        self.assertEqual(self.types(), [("child", "5.00")])

    def test_types_that_make_no_sense_are_refused_in_the_form(self) -> None:
        for wrong in (
            {f"{TYPE}code": "adult"},
            {f"{TYPE}code": "student"},
            {f"{TYPE}code": "a b"},
            {f"{TYPE}price": "-1"},
            {f"{TYPE}price": "9999", f"{TYPE}premium_surcharge": "9"},
            {f"{TYPE}price": "8,505"},
            {f"{TYPE}price": "1.234"},
            {"vat_rate": "-1"},
            {"vat_rate": "seven"},
        ):
            with self.subTest(wrong):
                answer = self.save(self.list, self.open(self.list) | wrong)
                self.assertEqual(answer.status_code, 200)
                self.assertEqual(self.types(), [("child", "7.00"), ("student", "8.50")])

    def test_list_that_shows_use_is_not_deleted(self) -> None:
        answer = self.get(f"booking/pricelist/{self.list.pk}/delete/")
        self.assertContains(answer, f"A show uses {self.list}.")
        self.post(f"booking/pricelist/{self.list.pk}/delete/", {"post": "yes"})
        self.assertTrue(PriceList.objects.filter(pk=self.list.pk).exists())
        unused = factories.price_list()
        self.post(f"booking/pricelist/{unused.pk}/delete/", {"post": "yes"})
        self.assertFalse(PriceList.objects.filter(pk=unused.pk).exists())

    def test_show_gets_another_list_after_a_question_and_none(self) -> None:
        now = timezone.now()
        book_seats(show_id=self.show.pk, seat_numbers=[1], user=self.staff, now=now)
        data = self.open(self.show) | {"price_list": ""}
        asked = self.save(self.show, data)
        self.assertIn(f"from {self.list} to nothing", self.errors(asked)["confirm"][0])
        self.save(self.show, data | {"confirm": self.question(asked)})
        self.show.refresh_from_db()
        self.assertEqual((self.show.price_list, self.show.list_facts), (None, None))

        opened_before = self.open(self.show)
        data = opened_before | {"price_list": str(self.list.pk)}
        asked = self.save(self.show, data)
        self.save(self.show, data | {"confirm": self.question(asked)})
        self.assertEqual(Show.objects.get(pk=self.show.pk).list_facts, self.list.facts)
        answer = self.save(self.show, opened_before | {"no_gaps": "on"})
        self.assertIn(
            f"Price list from nothing to {self.list}", str(self.errors(answer)["__all__"])
        )

    def test_amounts_of_a_show_are_typed_with_a_comma(self) -> None:
        self.save(self.show, self.open(self.show) | {"price": "11,50"})
        self.assertEqual(Show.objects.get(pk=self.show.pk).price, Decimal("11.50"))
        self.save(self.show, self.open(self.show) | {"price": "1.234"})
        self.assertEqual(Show.objects.get(pk=self.show.pk).price, Decimal("11.50"))
