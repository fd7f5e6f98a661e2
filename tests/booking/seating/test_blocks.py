import math
from collections.abc import Collection
from unittest import mock

from django.test import SimpleTestCase, tag
from hypothesis import given
from hypothesis import strategies as st

from booking.seating import candidates
from booking.seating.blocks import best_blocks, gap_left_by, nearest_blocks, none_left
from booking.seating.house import Block, House
from booking.seating.kinds import Kind
from booking.seating.plan import seats_of_plan

plans = st.lists(st.text("SSSPWC.", min_size=1, max_size=12), min_size=1, max_size=6).map("\n".join)


def house_of(plan: str) -> House:
    return House(tuple(seats_of_plan(plan)))


def labels(block: Block) -> str:
    return " ".join(seat.label for seat in block)


@st.composite
def houses(draw: st.DrawFn) -> tuple[House, frozenset[int]]:
    """A house with at least one seat, and some of its seats free."""
    plan = draw(plans.filter(lambda plan: any(letter != "." for letter in plan.split())))
    house = house_of(plan if set(plan) - {".", "\n"} else plan + "S")
    return house, draw(st.frozensets(st.sampled_from([seat.seat_number for seat in house.seats])))


def blocks_of(
    house: House, free: Collection[int], count: int, *, accessible: bool = False
) -> list[Block]:
    return list(best_blocks(house, count, free, accessible=accessible))


@tag("once")
class BestBlocksTests(SimpleTestCase):
    def best(self, plan: str, taken: str, count: int, **asked: bool) -> str:
        house = house_of(plan)
        free = {seat.seat_number for seat in house.seats if seat.label not in taken.split()}
        blocks = blocks_of(house, free, count, **asked)
        return labels(blocks[0]) if blocks else "none"

    def test_pairs_fill_every_row_however_wide(self) -> None:
        for width in (4, 6, 8, 14, 20, 22):
            with self.subTest(width=width):
                plan = "\n".join(["S" * width] * 3)
                house = house_of(plan)
                free = {seat.seat_number for seat in house.seats}
                while block := next(best_blocks(house, 2, free), None):
                    free -= {seat.seat_number for seat in block}
                self.assertEqual(free, set())

    def test_the_best_seats_are_in_the_middle_two_thirds_back(self) -> None:
        self.assertEqual(self.best("\n".join(["SSSSSSS"] * 7), "", 3), "E3 E4 E5")

    def test_a_block_that_leaves_no_single_seat_is_better_than_a_nearer_one(self) -> None:
        self.assertEqual(self.best("SSSSS", "", 2), "A1 A2")

    def test_a_single_is_left_over_where_it_cannot_be_helped(self) -> None:
        self.assertEqual(self.best("SSS", "", 2), "A1 A2")

    def test_a_block_has_no_aisle_in_it(self) -> None:
        self.assertEqual(self.best("SS.SSS", "", 3), "A3 A4 A5")
        self.assertEqual(self.best("SS.SS", "", 3), "none")

    def test_taken_seats_are_passed_over(self) -> None:
        self.assertEqual(self.best("SSSSSS\nSSSSSS", "B3", 3), "B4 B5 B6")

    def test_spaces_for_wheelchairs_are_kept_for_those_who_ask(self) -> None:
        plan = "SSSS\nSWCS"
        self.assertEqual(self.best(plan, "", 2), "A1 A2")
        self.assertEqual(self.best(plan, "", 2, accessible=True), "B1 B2")

    def test_where_no_accessible_block_is_left_the_others_sit_as_near_as_can_be(self) -> None:
        plan = "SSSSSS\nSSSSSS\nWC..CW"
        for count, taken, party in (
            (5, "", "C1 C2 B1 B2 B3"),
            (5, "B2", "C4 C3 B4 B5 B6"),
            (3, "C1", "C4 C3 B6"),
            (2, "C2 C3", "C1 B1"),
            (4, "A1 A3 A5 B2 B4 B6", "C1 C2 B1 B3"),
            (2, "C1 C4", "none"),
        ):
            with self.subTest(count=count, taken=taken):
                self.assertEqual(self.best(plan, taken, count, accessible=True), party)

    @given(houses(), st.integers(1, 6))
    def test_an_accessible_party_is_found_whenever_there_is_a_space_and_room_for_the_others(
        self, drawn: tuple[House, frozenset[int]], count: int
    ) -> None:
        house, free = drawn
        kinds = [place.kind for place in house.seats if place.seat_number in free]
        others = sum(kind in (Kind.STANDARD, Kind.PREMIUM) for kind in kinds)
        found = blocks_of(house, free, count, accessible=True)
        if Kind.WHEELCHAIR in kinds and others >= count - 1:
            self.assertNotEqual(found, [])
        for block in found:
            numbers = {seat.seat_number for seat in block}
            self.assertEqual(len(numbers), count)
            self.assertLessEqual(numbers, free)

    def test_why_there_is_none_is_said(self) -> None:
        house = house_of("SSSS\nWC")
        for free, count, accessible, why in (
            ({1, 2, 3}, 2, True, "No wheelchair space is left."),
            ({1, 5}, 3, True, "Not enough seats are left for 3: there are 2."),
            ({1, 5, 6}, 2, False, "Not enough seats are left for 2: there are 1."),
            (
                {1, 3},
                2,
                False,
                "No 2 seats together are left. Pick them one by one, or in smaller groups.",
            ),
        ):
            with self.subTest(why):
                self.assertEqual(none_left(house, count, free, accessible=accessible), why)

    @given(houses(), st.integers(1, 6))
    def test_every_block_is_a_straight_run_of_free_suitable_seats(
        self, drawn: tuple[House, frozenset[int]], count: int
    ) -> None:
        house, free = drawn
        for block in blocks_of(house, free, count):
            self.assertEqual(len(block), count)
            self.assertEqual(
                [(seat.x, seat.y) for seat in block],
                [(block[0].x + step, block[0].y) for step in range(count)],
            )
            self.assertLessEqual({seat.seat_number for seat in block}, free)
            self.assertLessEqual(
                {seat.kind for seat in block}, {Kind.STANDARD.value, Kind.PREMIUM.value}
            )

    @given(houses(), st.integers(1, 6))
    def test_no_possible_block_is_missing_and_none_comes_twice(
        self, drawn: tuple[House, frozenset[int]], count: int
    ) -> None:
        house, free = drawn
        suitable = [
            place
            for place in house.seats
            if place.seat_number in free and place.kind in (Kind.STANDARD, Kind.PREMIUM)
        ]
        possible = sum(max(0, len(run) - count + 1) for run in House(tuple(suitable)).runs)

        found = blocks_of(house, free, count)

        self.assertEqual(len(found), possible)
        self.assertEqual(len(set(found)), possible)

    @given(houses(), st.integers(1, 6))
    def test_blocks_that_leave_no_single_seat_come_first(
        self, drawn: tuple[House, frozenset[int]], count: int
    ) -> None:
        house, free = drawn

        singles = [_singles_beside(house, free, block) for block in blocks_of(house, free, count)]

        self.assertEqual(singles, sorted(singles))

    @given(houses(), st.integers(1, 6))
    def test_an_accessible_block_has_a_wheelchair_space(
        self, drawn: tuple[House, frozenset[int]], count: int
    ) -> None:
        for block in blocks_of(*drawn, count, accessible=True):
            self.assertIn(Kind.WHEELCHAIR.value, [seat.kind for seat in block])


@tag("once")
class NearestBlocksTests(SimpleTestCase):
    def test_the_nearest_equal_block_comes_first(self) -> None:
        house = house_of("SSSSSSSS\nSSSSSSSS")

        block = next(nearest_blocks(house, set(range(1, 17)) - {3}, [3, 4]))

        self.assertEqual(labels(block), "A4 A5")

    @given(houses(), st.data())
    def test_they_are_all_there_are_by_singles_left_and_distance(
        self, drawn: tuple[House, frozenset[int]], data: st.DataObject
    ) -> None:
        house, free = drawn
        numbers = [seat.seat_number for seat in house.seats]
        wanted = data.draw(st.frozensets(st.sampled_from(numbers), min_size=1, max_size=4))
        asked = [seat for seat in house.seats if seat.seat_number in wanted]
        accessible = not wanted.isdisjoint(house.wheelchair_spaces)
        x, y = (
            sum(values) / len(asked) for values in zip(*((s.x, s.y) for s in asked), strict=True)
        )

        def far(block: Block) -> float:
            away = [math.hypot(seat.x - x, candidates.ROW_WEIGHT * (seat.y - y)) for seat in block]
            return sum(away) / len(away)

        every = {
            one.block: (_singles_beside(house, free, one.block), far(one.block), one.numbers[0])
            for one in candidates.suitable(house, len(wanted), accessible=accessible)
            if free.issuperset(one.numbers)
        }
        found = list(nearest_blocks(house, free, wanted))
        self.assertEqual(found, sorted(every, key=every.__getitem__))

    def test_in_the_biggest_hall_only_rows_near_by_are_looked_at(self) -> None:
        house = house_of("\n".join(["S" * 100] * 100))
        with mock.patch.object(candidates, "mean", wraps=candidates.mean) as measured:
            next(nearest_blocks(house, range(1, 10_001), [5_050, 5_051]))
        self.assertLess(measured.call_count, 500)


@tag("once")
class GapTests(SimpleTestCase):
    def gap(self, plan: str, taken: set[int], chosen: set[int]) -> tuple[str, str] | None:
        house = house_of(plan)
        free = {seat.seat_number for seat in house.seats} - taken
        gap = gap_left_by(house, free, chosen)
        return (gap.left_alone.label, labels(gap.move_to)) if gap else None

    def test_a_seat_left_alone_is_named_with_the_way_out(self) -> None:
        self.assertEqual(self.gap("SSSSSSSS", {1}, {3, 4}), ("A2", "A2 A3"))

    def test_walls_and_aisles_make_no_gap(self) -> None:
        self.assertIsNone(self.gap("SSSS", set(), {2, 3}))
        self.assertIsNone(self.gap("SS.SS", set(), {2, 3}))

    def test_a_gap_that_was_there_before_is_nobodys_fault(self) -> None:
        self.assertIsNone(self.gap("SSSSSSSS", {1, 3}, {6, 7}))

    def test_a_gap_is_allowed_when_no_block_of_that_size_makes_none(self) -> None:
        self.assertIsNone(self.gap("SSSS", {1, 4}, {3}))

    @given(houses(), st.data())
    def test_what_is_offered_instead_makes_no_gap(
        self, drawn: tuple[House, frozenset[int]], data: st.DataObject
    ) -> None:
        house, free = drawn
        if not free:
            return
        chosen = data.draw(st.frozensets(st.sampled_from(sorted(free)), min_size=1, max_size=4))

        gap = gap_left_by(house, free, chosen)

        if gap is not None:
            offered = [place.seat_number for place in gap.move_to]
            self.assertEqual(len(offered), len(chosen))
            self.assertIsNone(gap_left_by(house, free, offered))


def _singles_beside(house: House, free: frozenset[int], block: Block) -> int:
    """Count the free runs of one seat next to the block, the slow and obvious way."""
    taken = {seat.seat_number for seat in block}
    left = [place for run in house.runs for place in run]
    at = {(place.x, place.y): place for place in left}

    def is_free(x: int, y: int) -> bool:
        place = at.get((x, y))
        return place is not None and place.seat_number in free - taken

    first, last = block[0], block[-1]
    return sum(
        is_free(x, first.y) and not is_free(x + step, first.y)
        for x, step in ((first.x - 1, -1), (last.x + 1, 1))
    )
