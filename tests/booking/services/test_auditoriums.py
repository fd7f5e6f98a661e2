from django.test import SimpleTestCase, TestCase

from booking.errors import InvalidPlan, LayoutInUse
from booking.models import Auditorium, Kind
from booking.services.auditoriums import change_auditorium, create_auditorium, seats_of_plan
from tests import factories


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
        rows = [seat.row for seat in seats_of_plan("S\n" * 28)]

        self.assertEqual(rows[25:], ["Z", "AA", "AB"])

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


class AuditoriumTests(TestCase):
    def test_create_stores_capacity_and_seats(self) -> None:
        auditorium = create_auditorium(name="One", plan="SS.S\nWC")

        self.assertEqual(auditorium.capacity, 5)
        self.assertEqual(auditorium.seats.count(), 5)

    def test_equal_plans_have_equal_hashes_and_others_do_not(self) -> None:
        hashes = [
            create_auditorium(name=name, plan=plan).layout_hash
            for name, plan in [("One", "SS"), ("Two", "SS"), ("Three", "SP")]
        ]

        self.assertEqual(hashes[0], hashes[1])
        self.assertNotEqual(hashes[0], hashes[2])

    def test_change_without_shows_replaces_the_seats(self) -> None:
        auditorium = factories.auditorium(plan="SS")

        changed = change_auditorium(auditorium_id=auditorium.pk, name="New", plan="SSS\nSS")

        self.assertEqual((changed.name, changed.capacity, changed.seats.count()), ("New", 5, 5))

    def test_change_under_a_show_is_refused_and_changes_nothing(self) -> None:
        show = factories.show(plan="SS")

        with self.assertRaises(LayoutInUse):
            change_auditorium(auditorium_id=show.auditorium_id, name="New", plan="SSS")

        auditorium = Auditorium.objects.get(pk=show.auditorium_id)
        self.assertEqual((auditorium.plan, auditorium.seats.count()), ("SS", 2))
        self.assertNotEqual(auditorium.name, "New")

    def test_rename_under_a_show_is_allowed(self) -> None:
        show = factories.show(plan="SS")

        change_auditorium(auditorium_id=show.auditorium_id, name="New", plan="SS")

        self.assertEqual(Auditorium.objects.get(pk=show.auditorium_id).name, "New")

    def test_invalid_plan_creates_nothing(self) -> None:
        with self.assertRaises(InvalidPlan):
            create_auditorium(name="One", plan="?")

        self.assertEqual(Auditorium.objects.count(), 0)
