from django.test import SimpleTestCase, tag
from hypothesis import given
from hypothesis import strategies as st

from booking.models import Kind
from booking.services.auditoriums import seats_of_plan
from booking.services.best_seats import Block, Place, best_blocks, nearest_blocks, runs
from booking.services.gaps import gap_left_by

plans = st.lists(st.text("SSSPWC.", min_size=1, max_size=12), min_size=1, max_size=6).map("\n".join)


def places_of(plan: str) -> list[Place]:
    return [
        Place(seat.seat_number, seat.label, seat.kind, seat.x, seat.y)
        for seat in seats_of_plan(plan)
    ]


def labels(block: Block) -> str:
    return " ".join(place.label for place in block)


@st.composite
def houses(draw: st.DrawFn) -> tuple[list[Place], frozenset[int]]:
    """A house with at least one seat, and some of its seats free."""
    plan = draw(plans.filter(lambda plan: any(letter != "." for letter in plan.split())))
    places = places_of(plan if set(plan) - {".", "\n"} else plan + "S")
    return places, draw(st.frozensets(st.sampled_from([p.seat_number for p in places])))


@tag("once")
class BestBlocksTests(SimpleTestCase):
    def best(self, plan: str, taken: str, count: int, **asked: bool) -> str:
        places = places_of(plan)
        free = {place.seat_number for place in places if place.label not in taken.split()}
        blocks = best_blocks(places, free, count, **asked)
        return labels(blocks[0]) if blocks else "none"

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

    @given(houses(), st.integers(1, 6))
    def test_every_block_is_a_straight_run_of_free_suitable_seats(
        self, house: tuple[list[Place], frozenset[int]], count: int
    ) -> None:
        places, free = house
        for block in best_blocks(places, free, count):
            self.assertEqual(len(block), count)
            self.assertEqual(
                [(place.x, place.y) for place in block],
                [(block[0].x + step, block[0].y) for step in range(count)],
            )
            self.assertLessEqual({place.seat_number for place in block}, free)
            self.assertLessEqual(
                {place.kind for place in block}, {Kind.STANDARD.value, Kind.PREMIUM.value}
            )

    @given(houses(), st.integers(1, 6))
    def test_no_possible_block_is_missing_and_none_comes_twice(
        self, house: tuple[list[Place], frozenset[int]], count: int
    ) -> None:
        places, free = house
        suitable = [
            place
            for place in places
            if place.seat_number in free and place.kind in (Kind.STANDARD, Kind.PREMIUM)
        ]
        possible = sum(max(0, len(run) - count + 1) for run in runs(suitable))

        found = best_blocks(places, free, count)

        self.assertEqual(len(found), possible)
        self.assertEqual(len(set(found)), possible)

    @given(houses(), st.integers(1, 6))
    def test_blocks_that_leave_no_single_seat_come_first(
        self, house: tuple[list[Place], frozenset[int]], count: int
    ) -> None:
        places, free = house

        singles = [
            _singles_beside(places, free, block) for block in best_blocks(places, free, count)
        ]

        self.assertEqual(singles, sorted(singles))

    @given(houses(), st.integers(1, 6))
    def test_an_accessible_block_has_a_wheelchair_space(
        self, house: tuple[list[Place], frozenset[int]], count: int
    ) -> None:
        for block in best_blocks(*house, count, accessible=True):
            self.assertIn(Kind.WHEELCHAIR.value, [place.kind for place in block])


@tag("once")
class NearestBlocksTests(SimpleTestCase):
    def test_the_nearest_equal_block_comes_first(self) -> None:
        places = places_of("SSSSSSSS\nSSSSSSSS")

        block = nearest_blocks(places, set(range(1, 17)) - {3}, [3, 4])[0]

        self.assertEqual(labels(block), "A4 A5")


@tag("once")
class GapTests(SimpleTestCase):
    def gap(self, plan: str, taken: set[int], chosen: set[int]) -> tuple[str, str] | None:
        places = places_of(plan)
        free = {place.seat_number for place in places} - taken
        gap = gap_left_by(places, free, chosen)
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
        self, house: tuple[list[Place], frozenset[int]], data: st.DataObject
    ) -> None:
        places, free = house
        if not free:
            return
        chosen = data.draw(st.frozensets(st.sampled_from(sorted(free)), min_size=1, max_size=4))

        gap = gap_left_by(places, free, chosen)

        if gap is not None:
            offered = [place.seat_number for place in gap.move_to]
            self.assertEqual(len(offered), len(chosen))
            self.assertIsNone(gap_left_by(places, free, offered))


def _singles_beside(places: list[Place], free: frozenset[int], block: Block) -> int:
    """Count the free runs of one seat next to the block, the slow and obvious way."""
    taken = {place.seat_number for place in block}
    left = [place for run in runs(places) for place in run]
    at = {(place.x, place.y): place for place in left}

    def is_free(x: int, y: int) -> bool:
        place = at.get((x, y))
        return place is not None and place.seat_number in free - taken

    first, last = block[0], block[-1]
    return sum(
        is_free(x, first.y) and not is_free(x + step, first.y)
        for x, step in ((first.x - 1, -1), (last.x + 1, 1))
    )
