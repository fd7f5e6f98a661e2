from django.test import SimpleTestCase

from booking.seating.house import House
from booking.seating.plan import seats_of_plan
from booking.seating.sections import LONGEST, WIDEST, sections_of


def house(plan: str) -> House:
    return House(tuple(seats_of_plan(plan)))


class SectionsTests(SimpleTestCase):
    def test_small_hall_is_one_section(self) -> None:
        plan = "\n".join(["S" * WIDEST] * LONGEST)

        [[section]] = sections_of(house(plan))

        self.assertEqual((section.first, section.last, section.side), ("A", "V", ""))
        self.assertEqual(section.bounds, (0, 0, WIDEST, LONGEST))

    def test_every_seat_of_a_big_hall_is_in_one_section(self) -> None:
        for plan in (
            "\n".join(["S" * 24 + ".." + "P" * 24 + ".." + "S" * 24] * 35 + [""] + ["S" * 76] * 35),
            "\n".join(["S" * 100] * 100),
            "\n".join(["S"] * 21),
        ):
            hall = house(plan)
            bounds = [section.bounds for line in sections_of(hall) for section in line]
            for seat in hall.seats:
                inside = [
                    one for one in bounds if one[0] <= seat.x < one[2] and one[1] <= seat.y < one[3]
                ]
                self.assertEqual(len(inside), 1, seat)

    def test_sections_are_named_by_their_rows_and_sides(self) -> None:
        lines = sections_of(house("\n".join(["S" * 80] * 24)))

        self.assertEqual(
            [[(each.first, each.last, each.side) for each in line] for line in lines],
            [
                [("A", "M", "left"), ("A", "M", "middle"), ("A", "M", "right")],
                [("N", "Z", "left"), ("N", "Z", "middle"), ("N", "Z", "right")],
            ],
        )
