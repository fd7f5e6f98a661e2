"""What seats cost, by who comes and beside whom; and what VAT is in it."""

import re
import subprocess
from decimal import Decimal
from pathlib import Path

from django.test import SimpleTestCase

from booking.currencies import SIGNS
from booking.models import Kind, Seat, Show, Ticket
from booking.prices import bill_of, contained, money, name_of, vat_of
from booking.seating.house import accompanied
from tests.programs import required

TYPES = [{"code": "child", "name": "Child", "price": "7.00", "premium_surcharge": "2.00"}]
ROOT = Path(__file__).parents[2]
LETTERS = {kind.letter: kind for kind in Kind}


def row(plan: str) -> list[Seat]:
    """Return the seats of one row; a dot is an aisle."""
    found: list[Seat] = []
    for x, letter in enumerate(plan):
        if letter != ".":
            number = len(found) + 1
            kind = LETTERS[letter].value
            found.append(
                Seat(pk=number, seat_number=number, row="A", position=number, kind=kind, x=x, y=0)
            )
    return found


def show(*, companions_free: bool = True) -> Show:
    facts = {"ticket_types": TYPES, "vat_rate": "7.00", "companions_free": companions_free}
    return Show(price=Decimal("10.00"), premium_surcharge=Decimal("3.00"), list_facts=facts)


class BillTests(SimpleTestCase):
    def prices(self, plan: str, types: dict[int, str], **options: bool) -> list[str]:
        return [f"{seat.price:.2f}" for seat in bill_of(show(**options), row(plan), types).seats]

    def test_each_seat_costs_what_its_type_pays_for_its_kind(self) -> None:
        self.assertEqual(
            self.prices("SPSP", {3: "child", 4: "child"}), ["10.00", "13.00", "7.00", "9.00"]
        )

    def test_companion_is_free_beside_a_wheelchair_space_of_its_own(self) -> None:
        for plan, paid in (
            ("WC", ["10.00", "0.00"]),
            ("CW", ["0.00", "10.00"]),
            ("CWC", ["0.00", "10.00", "10.00"]),
            ("CWCW", ["0.00", "10.00", "0.00", "10.00"]),
            ("W.C", ["10.00", "10.00"]),
            ("SC", ["10.00", "10.00"]),
        ):
            with self.subTest(plan):
                self.assertEqual(self.prices(plan, {}), paid)

    def test_companion_pays_where_the_list_does_not_say_otherwise(self) -> None:
        self.assertEqual(self.prices("WC", {}, companions_free=False), ["10.00", "10.00"])
        adults = Show(price=Decimal(10), premium_surcharge=Decimal(0))
        self.assertEqual(bill_of(adults, row("WC")).total, Decimal(20))

    def test_space_that_stays_makes_a_companion_free_once(self) -> None:
        seats = row("CWC")
        bill = bill_of(show(), seats[2:], staying=seats[1:2])
        self.assertEqual(bill.total, Decimal(0))
        bill = bill_of(show(), seats[2:], staying=seats[:2])
        self.assertEqual(bill.total, Decimal(10))

    def test_seats_of_other_rows_are_beside_nobody(self) -> None:
        space, companion = row("WC")
        companion.y = 1
        self.assertEqual(accompanied([space, companion]), frozenset())

    def test_type_that_is_sold_no_more_has_the_name_of_its_code(self) -> None:
        self.assertEqual(name_of(show(), "child"), "Child")
        self.assertEqual(name_of(show(), "over-60"), "Over 60")
        self.assertEqual(name_of(Show(), "adult"), "Adult")


class CurrencyTests(SimpleTestCase):
    def test_amounts_are_written_as_browsers_write_them(self) -> None:
        amounts = ("1234.50", "0.05", "7.00")
        terms = (ROOT / "static/js/terms.js").as_uri()
        script = f"""
            import {{ Wording }} from "{terms}";
            for (const currency of {list(SIGNS)}) for (const amount of {list(amounts)})
              console.log(new Wording({{ currency, timeZone: "UTC" }}).money.format(amount));"""
        node = [required("node"), "--input-type=module", "--eval", script]
        browser = subprocess.run(node, capture_output=True, text=True, check=True).stdout
        ours = []
        for code in SIGNS:
            with self.settings(CURRENCY=code):
                ours += [money(amount) for amount in amounts]
        self.assertEqual(browser.splitlines(), ours)

    def test_no_other_file_names_the_currency(self) -> None:
        """Comments and docstrings may."""
        written = re.compile(r"""^[^#]*(?:€|["']EUR["'])""")
        found = set()
        for package in ("booking", "cinema", "foundation", "payments", "realtime", "stage"):
            for path in (ROOT / package).rglob("*.py"):
                text = re.sub(r'""".*?"""', "", path.read_text(), flags=re.DOTALL)
                if path.parent.name != "migrations" and any(map(written.match, text.splitlines())):
                    found.add(str(path.relative_to(ROOT)))
        for folder, ending in (("templates", "html"), ("templates", "txt"), ("static/js", "js")):
            for path in (ROOT / folder).rglob(f"*.{ending}"):
                text = re.sub(r"^\s*//.*$", "", path.read_text(), flags=re.MULTILINE)
                if "€" in text or '"EUR"' in text:
                    found.add(str(path.relative_to(ROOT)))
        self.assertEqual(found, {"booking/currencies.py", "cinema/settings.py"})


class VatTests(SimpleTestCase):
    def test_vat_adds_up_when_tickets_are_cancelled_one_by_one(self) -> None:
        """Each ticket alone contains 0.5233, so 0.52 thrice; together they contain 1.57."""
        left = [Ticket(price=Decimal("8.00"), vat_rate=Decimal("7.00")) for _ in range(3)]
        amounts = []
        while left:
            [vat] = vat_of(left)
            amounts.append(vat.amount)
            left.pop()
        self.assertEqual(amounts, [Decimal("1.57"), Decimal("1.05"), Decimal("0.52")])
        given_back = [
            before - after
            for before, after in zip(amounts, [*amounts[1:], Decimal(0)], strict=True)
        ]
        self.assertEqual(sum(given_back), Decimal("1.57"))
        self.assertEqual(vat_of([]), [])

    def test_each_rate_has_its_own_sum(self) -> None:
        tickets = [
            Ticket(price=Decimal(price), vat_rate=Decimal(rate))
            for price, rate in (("10.00", "19.00"), ("8.00", "7.00"), ("8.00", "7.00"))
        ]
        self.assertEqual(
            [(vat.rate, vat.amount) for vat in vat_of(tickets)],
            [(Decimal("7.00"), Decimal("1.05")), (Decimal("19.00"), Decimal("1.60"))],
        )

    def test_half_a_cent_is_rounded_up_and_nothing_has_none(self) -> None:
        self.assertEqual(contained(Decimal("0.21"), Decimal("5.00")), Decimal("0.01"))
        self.assertEqual(contained(Decimal("1.07"), Decimal("7.00")), Decimal("0.07"))
        self.assertEqual(contained(Decimal("4.00"), Decimal(0)), Decimal("0.00"))


class MoneyTests(SimpleTestCase):
    def test_amounts_are_written_for_people(self) -> None:
        for amount, said in (("1234.5", "€1,234.50"), ("0", "€0.00"), ("-25", "−€25.00")):
            with self.subTest(amount):
                self.assertEqual(money(amount), said)
