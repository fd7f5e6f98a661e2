"""Choosing seats: what a choice must satisfy, checked under the locks of its seats."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from functools import lru_cache

from booking.errors import (
    CompanionAlone,
    DuplicateSeats,
    LeavesGap,
    NamedSeat,
    NoSeats,
    SeatTaken,
    ShowFull,
    ShowNotFound,
    ShowStarted,
    TooManySeats,
)
from booking.models import Auditorium, Hold, Kind, Movie, Show, ShowSeat
from booking.selectors.seat_map import seats_of_layout
from booking.services.best_seats import Block, Place, best_blocks, nearest_blocks, runs
from booking.services.gaps import gap_left_by
from booking.services.seat_changes import (
    check_free,
    is_free,
    lock_seats,
    locked_seat,
    locking,
    unknown_seats,
)
from booking.services.turns import awaited, give_turns_after
from booking.statements import Columns, Row, Statement, run

MAX_SEATS = 10
MAX_SEAT_NUMBER, MAX_ID = 2**31 - 1, 2**63 - 1
COMPANIONS_FOR_ANYONE = timedelta(hours=1)
# A choice can leave a seat alone only between itself and the second seat beside it.
GAP_REACH = 2

SHOW = Columns(Show)
MOVIE = Columns(Movie, "id", "title")
AUDITORIUM = Columns(Auditorium, "id", "name", "layout_hash")
OPEN_SHOW = (
    f"SELECT {SHOW.sql}, {MOVIE.sql}, {AUDITORIUM.sql} FROM booking_show "
    "JOIN booking_movie ON booking_movie.id = booking_show.movie_id "
    "JOIN booking_auditorium ON booking_auditorium.id = booking_show.auditorium_id "
    "WHERE booking_show.id = %s"
)
GAPS_ALLOWED = (
    "NOT (SELECT no_gaps FROM booking_show WHERE booking_show.id = booking_showseat.show_id)"
)


def check_choice(seat_numbers: Sequence[int]) -> None:
    """Refuse a choice that no show could satisfy.

    Raises NoSeats, TooManySeats, DuplicateSeats, UnknownSeats.
    """
    check_distinct(seat_numbers)
    if len(seat_numbers) > MAX_SEATS:
        raise TooManySeats(f"At most {MAX_SEATS} seats can be had at once.")


def check_distinct(seat_numbers: Sequence[int]) -> None:
    """Refuse no seats at all, seats named twice, and numbers that no seat can have.

    Raises NoSeats, DuplicateSeats, UnknownSeats.
    """
    if not seat_numbers:
        raise NoSeats
    if len(set(seat_numbers)) < len(seat_numbers):
        raise DuplicateSeats
    if impossible := sorted(n for n in seat_numbers if not 0 < n <= MAX_SEAT_NUMBER):
        raise unknown_seats(impossible)


def open_show(show_id: int, now: datetime) -> Show:
    """Return the show, with its movie and auditorium by name. Raises ShowNotFound, ShowStarted."""
    [found] = run(_reading(show_id))
    return _open(found, now)


def open_show_with_seats(
    show_id: int, seat_numbers: Sequence[int], now: datetime
) -> tuple[Show, list[ShowSeat]]:
    """Do as `open_show`, and lock these seats in the same trip: those that the show has.

    None are locked where the show wants no gaps: there, `lock_choice` has to take their neighbours
    with them, all in seat order.
    """
    found, seats = run(_reading(show_id), locking(show_id, seat_numbers, only=GAPS_ALLOWED))
    return _open(found, now), [locked_seat(row) for row in seats]


def _reading(show_id: int) -> Statement:
    if show_id > MAX_ID:  # PostgreSQL would refuse the number instead of finding nothing
        raise ShowNotFound
    return Statement(OPEN_SHOW, [show_id])


def _open(found: Sequence[Row], now: datetime) -> Show:
    if not found:
        raise ShowNotFound
    [row] = found
    show = SHOW.instance(row[: SHOW.count])
    show.movie = MOVIE.instance(row[SHOW.count : SHOW.count + MOVIE.count])
    show.auditorium = AUDITORIUM.instance(row[-AUDITORIUM.count :])
    if now >= show.starts_at:
        raise ShowStarted
    return show


def lock_choice(
    show: Show,
    seat_numbers: Collection[int],
    *,
    now: datetime,
    hold: Hold | None = None,
    turns: Collection[Hold] = (),
    giving_up: Collection[int] = (),
    staying: Collection[int] = (),
    offer: bool = False,
    locked: Sequence[ShowSeat] = (),
) -> list[ShowSeat]:
    """Lock the chosen seats and those being given up for them, and check that the choice stands.

    Seats of the chooser's own `hold` and `turns` can be had. Seats that are `staying` are theirs
    already: a companion among the chosen may belong to one of them. Seats whose hold has expired go
    to who waits for them.

    What is `locked` already is not locked again if that is all of it.

    Returns all of them in seat order. Where the show wants no gaps, the neighbours that decide
    about gaps are locked too. Raises UnknownSeats, SeatTaken (with an `offer` if wanted),
    ShowFull, CompanionAlone, LeavesGap.
    """
    wanted = frozenset(seat_numbers)
    mine = wanted | frozenset(giving_up)
    house = places(show)
    neighbours = _neighbours(house, mine) if show.no_gaps else frozenset()
    if {seat.seat_number for seat in locked} != mine | neighbours:
        locked = lock_seats(show_id=show.pk, seat_numbers=mine | neighbours)
    chosen = [seat for seat in locked if seat.seat_number in wanted]
    _check_free(show, chosen, now=now, hold=hold, turns=turns, offer=offer)
    if alone := companion_alone(show, wanted | frozenset(staying), now):
        raise alone
    if show.no_gaps:
        _check_gaps(house, free_seats(show, now) | mine, wanted)
    return [seat for seat in locked if seat.seat_number in mine]


def _check_free(
    show: Show,
    seats: Sequence[ShowSeat],
    *,
    now: datetime,
    hold: Hold | None,
    turns: Collection[Hold],
    offer: bool,
) -> None:
    turn_keys = {turn.pk for turn in turns}
    others = [seat for seat in seats if seat.hold_id not in turn_keys or is_free(seat, now=now)]
    in_line = awaited(others, now)
    try:
        check_free(others, now=now, hold=hold, awaited=in_line)
    except (SeatTaken, ShowFull) as refusal:
        if in_line:
            give_turns_after(refusal, show_id=show.pk, now=now)
        if offer and isinstance(refusal, SeatTaken):
            wanted = [seat.seat_number for seat in seats]
            refusal.offer = _offer(places(show), free_seats(show, now), wanted)
        raise


def best_choice(
    show: Show,
    count: int,
    *,
    accessible: bool,
    now: datetime,
    own: Collection[int] = (),
) -> Block | None:
    """Return the best block that the show's rules allow, as far as can be told without locks.

    The chooser's `own` seats can be in it.
    """
    house, free = places(show), free_seats(show, now) | frozenset(own)
    for block in best_blocks(house, free, count, accessible=accessible):
        numbers = frozenset(place.seat_number for place in block)
        if show.no_gaps and gap_left_by(house, free, numbers):
            continue
        if companion_alone(show, numbers, now) is None:
            return block
    return None


def companion_alone(
    show: Show, seat_numbers: Collection[int], now: datetime
) -> CompanionAlone | None:
    """Return the refusal if one of these companion seats lacks its wheelchair space.

    They go together until COMPANIONS_FOR_ANYONE before the show.
    """
    if now >= show.starts_at - COMPANIONS_FOR_ANYONE:
        return None
    for companion, spaces in _companions(show.auditorium_id, show.auditorium.layout_hash):
        if companion.seat_number in seat_numbers and not any(
            space.seat_number in seat_numbers for space in spaces
        ):
            labels = " or ".join(space.label for space in spaces)
            return CompanionAlone(
                f"Seat {companion.label} accompanies wheelchair space {labels}: choose them "
                "together, or come back in the last hour before the show.",
                seats=[NamedSeat(companion.seat_number, companion.label)],
            )
    return None


def places(show: Show) -> tuple[Place, ...]:
    """Return where the seats of the show's auditorium are, in seat order."""
    return _places(show.auditorium_id, show.auditorium.layout_hash)


def free_seats(show: Show, now: datetime) -> frozenset[int]:
    """Return the numbers of the show's seats that can be had, as they are without a lock."""
    free = ShowSeat.objects.free(now).filter(show=show)
    return frozenset(free.values_list("seat_number", flat=True))


@lru_cache(maxsize=64)
def _places(auditorium_id: int, layout_hash: str) -> tuple[Place, ...]:
    seats = seats_of_layout(auditorium_id, layout_hash)
    return tuple(Place(s["seat_number"], s["label"], s["kind"], s["x"], s["y"]) for s in seats)


def _neighbours(house: Sequence[Place], wanted: Collection[int]) -> frozenset[int]:
    return frozenset(
        neighbour.seat_number
        for row in runs(house)
        for i, place in enumerate(row)
        if place.seat_number in wanted
        for neighbour in row[max(0, i - GAP_REACH) : i + GAP_REACH + 1]
    )


def _offer(
    house: Sequence[Place], free: Collection[int], wanted: Collection[int]
) -> list[NamedSeat]:
    blocks = nearest_blocks(house, free, wanted)
    return named_block(blocks[0]) if blocks else []


def named_block(block: Block) -> list[NamedSeat]:
    """Return the numbers and labels of a block's seats."""
    return [NamedSeat(place.seat_number, place.label) for place in block]


@lru_cache(maxsize=64)
def _companions(auditorium_id: int, layout_hash: str) -> list[tuple[Place, list[Place]]]:
    """Return each companion seat that is beside a wheelchair space, with the spaces beside it."""
    return [
        (place, spaces)
        for row in runs(_places(auditorium_id, layout_hash))
        for i, place in enumerate(row)
        if place.kind == Kind.COMPANION
        and (
            spaces := [
                other for other in row[max(0, i - 1) : i + 2] if other.kind == Kind.WHEELCHAIR
            ]
        )
    ]


def _check_gaps(house: Sequence[Place], free: Collection[int], wanted: Collection[int]) -> None:
    gap = gap_left_by(house, free, wanted)
    if gap is None:
        return
    alone, labels = gap.left_alone, [place.label for place in gap.move_to]
    instead = labels[0] if len(labels) == 1 else f"{labels[0]}–{labels[-1]}"
    add = f"add {alone.label}, or " if len(wanted) < MAX_SEATS else ""
    raise LeavesGap(
        f"Seat {alone.label} would be left alone: {add}move to {instead}.",
        seats=[NamedSeat(alone.seat_number, alone.label)],
        offer=named_block(gap.move_to),
    )
