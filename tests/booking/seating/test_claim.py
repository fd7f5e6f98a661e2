from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from unittest import mock

from django.test import SimpleTestCase, tag
from django.utils import timezone

from booking import errors
from booking.rules import COMPANIONS_FOR_ANYONE
from booking.seating.blocks import gaps_left_by
from booking.seating.claim import Best, Claim, best_choice, chosen, named, refusal
from booking.seating.house import House
from booking.seating.kinds import State
from booking.seating.plan import seats_of_plan
from foundation.errors import Refusal

NOW = timezone.now()
LATER = NOW + timedelta(minutes=1)
MINE, THEIRS = 1, 2


@dataclass
class Seat:
    """A seat of a board; its key is its number."""

    seat_number: int
    label: str
    state: str = State.AVAILABLE
    hold_id: int | None = None
    held_until: datetime | None = None

    @property
    def pk(self) -> int:
        return self.seat_number


@dataclass
class Board:
    house: House
    seats: list[Seat]
    starts_at: datetime = NOW + timedelta(days=1)
    no_gaps: bool = False
    awaited: frozenset[int] = frozenset()
    is_full: bool = False
    now: datetime = NOW
    free: frozenset[int] = field(init=False)

    def __post_init__(self) -> None:
        free = [seat.seat_number for seat in self.seats if seat.state == State.AVAILABLE]
        self.free = frozenset(free)


def board(plan: str = "SSSSSS", states: str = "", **changed: Any) -> Board:
    """Make a board: its seats are available (a), booked (b), held by others (h), or mine (m)."""
    house = House(tuple(seats_of_plan(plan)))
    until = changed.pop("until", LATER)
    seats = []
    for seat, letter in zip(house.seats, states.ljust(len(house.seats), "a"), strict=True):
        hold = {"h": THEIRS, "m": MINE}.get(letter)
        state = State.HELD if hold else State(letter)
        seats.append(Seat(seat.seat_number, seat.label, state, hold, until if hold else None))
    return Board(house, seats, **changed)


def claim(*wanted: int, **more: Any) -> Claim:
    return Claim(frozenset(wanted), **more)


@tag("once")
class RefusalTests(SimpleTestCase):
    def refused(self, wanted: Claim, on: Board) -> tuple[type[Refusal], list[str]] | None:
        found = refusal(wanted, on)
        if found is None:
            return None
        return type(found), [seat.label for seat in found.members.get("seats", [])]

    def test_free_seats_can_be_had(self) -> None:
        self.assertIsNone(refusal(claim(1, 2), board()))

    def test_every_seat_that_is_lost_is_named(self) -> None:
        self.assertEqual(
            self.refused(claim(1, 2, 3), board(states="bah")), (errors.SeatTaken, ["A1", "A3"])
        )

    def test_only_the_seats_wanted_count(self) -> None:
        self.assertIsNone(refusal(claim(2, given_up=frozenset({1})), board(states="b")))

    def test_seats_of_ones_own_holds_can_be_had(self) -> None:
        on = board(states="m")
        self.assertIsNone(refusal(claim(1, holds=frozenset({MINE})), on))
        self.assertEqual(self.refused(claim(1), on), (errors.SeatTaken, ["A1"]))

    def test_an_expired_hold_keeps_nobody_out_unless_somebody_waits(self) -> None:
        for letter, holds in (("h", frozenset[int]()), ("m", frozenset({MINE}))):
            with self.subTest(letter):
                on = board(states=letter, until=NOW)
                self.assertIsNone(refusal(claim(1, holds=holds), on))
                on.awaited = frozenset({1})
                self.assertEqual(
                    self.refused(claim(1, holds=holds), on), (errors.SeatTaken, ["A1"])
                )

    def test_a_full_show_says_so(self) -> None:
        self.assertEqual(
            self.refused(claim(1), board("S", "b", is_full=True)), (errors.ShowFull, ["A1"])
        )

    def test_what_was_settled_needs_its_seats_and_no_more(self) -> None:
        settled = {"holds": frozenset({MINE}), "settled": True}
        self.assertIsNone(refusal(claim(2, **settled), board("WCS", "am")))
        self.assertIsNone(refusal(claim(2, **settled), board(states="am", no_gaps=True)))
        self.assertEqual(
            self.refused(claim(2, **settled), board("WCS", "ab")), (errors.HoldExpired, ["A2"])
        )

    def test_seats_go_out_of_sale_before_those_who_wait(self) -> None:
        on = board("WCS", "ah", until=NOW, awaited=frozenset({2}))
        self.assertIsNone(refusal(claim(2, out_of_sale=True), on))

    def test_a_companion_goes_with_its_space_until_the_last_hour(self) -> None:
        on = board("WC.S")
        self.assertEqual(self.refused(claim(2), on), (errors.CompanionAlone, ["A2"]))
        self.assertIsNone(refusal(claim(1, 2), on))
        self.assertIsNone(refusal(claim(2, staying=frozenset({1})), on))
        on.starts_at = NOW + COMPANIONS_FOR_ANYONE
        self.assertIsNone(refusal(claim(2), on))

    def test_a_gap_is_refused_with_a_way_out_where_the_show_wants_none(self) -> None:
        wanted, states = claim(3, 4), "baaaaa"
        self.assertIsNone(refusal(wanted, board(states=states)))

        refused = refusal(wanted, board(states=states, no_gaps=True))

        assert isinstance(refused, errors.LeavesGap)
        self.assertEqual(refused.detail, "Seat A2 would be left alone: add A2, or move to A2–A3.")
        self.assertEqual([seat.label for seat in refused.members["alternative"]], ["A2", "A3"])

    def test_seats_given_up_leave_no_gap(self) -> None:
        on = board(states="bmmaaa", no_gaps=True)
        self.assertIsNone(refusal(claim(2, 3, 4, holds=frozenset({MINE})), on))
        moved = claim(4, 5, holds=frozenset({MINE}), given_up=frozenset({2, 3}))
        self.assertIsNone(refusal(moved, on))


@tag("once")
class ChosenTests(SimpleTestCase):
    def test_a_choice_that_no_show_could_satisfy_is_refused(self) -> None:
        for seat_numbers, error in (
            ([], errors.NoSeats),
            ([1, 1], errors.DuplicateSeats),
            (range(1, 12), errors.TooManySeats),
            ([0], errors.UnknownSeats),
            ([2**31], errors.UnknownSeats),
        ):
            with self.subTest(seat_numbers=seat_numbers), self.assertRaises(error):
                chosen(seat_numbers)

    def test_staff_choose_as_many_as_they_like(self) -> None:
        self.assertEqual(len(chosen(range(1, 101), at_most=None)), 100)

    def test_seats_are_named_by_number_and_label(self) -> None:
        self.assertEqual(named([Seat(12, "B4")]), [errors.NamedSeat(12, "B4")])


@tag("once")
class BestChoiceTests(SimpleTestCase):
    def test_each_block_is_asked_for_gaps_twice_at_most(self) -> None:
        """Every block but the farthest leaves a gap, and whether one leaves none is asked once."""
        rows = 20
        on = board("SSS\n" + "\n".join(["SSSSS"] * rows), "aaa" + "baaab" * rows, no_gaps=True)
        for module in ("blocks", "claim"):
            asked = mock.Mock(side_effect=gaps_left_by)
            with mock.patch(f"booking.seating.{module}.gaps_left_by", asked):
                found = best_choice(on, Best(2), own=(), without=())
            self.assertEqual(found, {2, 3})
            self.assertLessEqual(asked.call_count, 2 * rows + 2)
