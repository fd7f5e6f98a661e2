import re

from django.test import SimpleTestCase

from booking.errors import InvalidPlan
from booking.seating.house import House
from booking.seating.kinds import Kind
from booking.seating.plan import plan_in_runs, seats_of_plan


class SeatsOfPlanTests(SimpleTestCase):
    def test_plan_numbers_seats_row_by_row_and_counts_positions_within_a_row(self) -> None:
        seats = seats_of_plan(".SP\n\nWC.S")

        self.assertEqual(
            [(s.seat_number, s.label, s.kind, s.x, s.y) for s in seats],
            [
                (1, "A1", Kind.STANDARD, 1, 0),
                (2, "A2", Kind.PREMIUM, 2, 0),
                (3, "B1", Kind.WHEELCHAIR, 0, 2),
                (4, "B2", Kind.COMPANION, 1, 2),
                (5, "B3", Kind.STANDARD, 3, 2),
            ],
        )

    def test_plan_names_rows_beyond_z_with_two_letters(self) -> None:
        rows = [seat.row for seat in seats_of_plan("S\n" * 34)]

        self.assertEqual(rows[23:26], ["Z", "AA", "AB"])
        self.assertEqual("".join(rows[:24]), "ABCDEFGHJKLMNPQRSTUVWXYZ")
        self.assertEqual(rows[31:], ["AH", "AJ", "AK"])

    def test_plan_names_rows_as_it_says_and_the_others_around_them(self) -> None:
        seats = seats_of_plan("B:SS\nS\n\nI:.PW\nS")

        self.assertEqual(
            [(seat.label, seat.kind, seat.x, seat.y) for seat in seats],
            [
                ("B1", Kind.STANDARD, 0, 0),
                ("B2", Kind.STANDARD, 1, 0),
                ("A1", Kind.STANDARD, 0, 1),
                ("I1", Kind.PREMIUM, 1, 3),
                ("I2", Kind.WHEELCHAIR, 2, 3),
                ("C1", Kind.STANDARD, 0, 4),
            ],
        )

    def test_plan_that_names_two_rows_alike_is_refused(self) -> None:
        with self.assertRaisesMessage(InvalidPlan, "Two rows are named K."):
            seats_of_plan("K:S\nS\nK:S")

    def test_column_of_an_unknown_letter_counts_the_name(self) -> None:
        for plan, place in (("A:SX", "Line 1, column 4: 'X'"), ("1:S", "Line 1, column 1: '1'")):
            with self.subTest(plan), self.assertRaisesMessage(InvalidPlan, place):
                seats_of_plan(plan)

    def test_plan_with_an_unknown_letter_names_its_place(self) -> None:
        with self.assertRaisesMessage(InvalidPlan, "Line 2, column 3: 'Q'"):
            seats_of_plan("SSS\nSSQ")

    def test_plan_without_seats_is_refused(self) -> None:
        for plan in ("", "\n\n", "...\n.."):
            with self.subTest(plan=plan), self.assertRaisesMessage(InvalidPlan, "no seat"):
                seats_of_plan(plan)

    def test_plan_beyond_the_bounds_is_refused(self) -> None:
        for plan in ("S" * 101, "S\n" * 101):
            with self.subTest(lines=plan.count("\n")), self.assertRaises(InvalidPlan):
                seats_of_plan(plan)


class PlanInRunsTests(SimpleTestCase):
    def test_plan_counts_what_stands_side_by_side_and_names_every_row(self) -> None:
        house = House(tuple(seats_of_plan("SSS..PPW\n\nI:.C")))

        self.assertEqual(plan_in_runs(house), "A:3S2.2PW\n\nI:.C")

    def test_plan_in_runs_draws_the_same_seats(self) -> None:
        for plan in ("S", "B:SS\nS\n\n..SS.PW", "\n" * 3 + "S" * 100 + "\nW" + "." * 98 + "C"):
            seats = seats_of_plan(plan)
            written = plan_in_runs(House(tuple(seats)))
            told = re.sub(r"(\d+)(.)", lambda run: int(run[1]) * run[2], written)
            with self.subTest(plan[:20]):
                self.assertEqual(seats_of_plan(told), seats)
