"""The free seats of a show as a list, some rows at a time, for those who run no scripts."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import groupby

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from booking.errors import ShowNotFound
from booking.models import State
from booking.pages.catalogue import OTHER_TIMES
from booking.pages.chosen import seat_numbers_in, seats_text, types_in
from booking.pages.holds import own_hold
from booking.pages.seat_map import free_of
from booking.prices import bill_of, known_types
from booking.rules import SEATS_AT_ONCE
from booking.seating.house import House, SeatPosition
from booking.selectors import catalogue, seat_map

# Whole rows come together until there are as many; a row has at most a hundred.
SEATS_OF_A_PART = 100


@dataclass(frozen=True)
class Part:
    """Some neighbouring rows of a house, such as "A–D", and their seats that are free."""

    first: str
    last: str
    free: list[SeatPosition]

    @property
    def rows(self) -> str:
        return self.first if self.first == self.last else f"{self.first}–{self.last}"


@require_safe
@cache_control(private=True, no_store=True)
def seat_list(request: HttpRequest, show_id: int) -> HttpResponse:
    """List the free seats of a part of the house, and offer to book those chosen so far.

    Those that the visitor holds, as after a payment that was declined, are free for them, and
    chosen until they choose others.
    """
    now = timezone.now()
    held = own_hold(request, show_id)
    held_seats = held.seat_numbers if held and held.expires_at > now else []
    try:
        states = _free_again(seat_map.states(show_id).at(now), held_seats)
        show = catalogue.show_uncounted(show_id)
    except ShowNotFound as error:
        raise Http404 from error
    house = seat_map.layout(show.auditorium)
    parts = parts_of(house, states)
    named = request.GET.getlist("seats")
    if held and held_seats and not named:
        named = [seats_text(held_seats, held.types)]
    chosen = free_of(seat_numbers_in(named), states)
    types = known_types(show, types_in(named))
    asked = request.GET.getlist("part")[-1:]
    number = int(asked[0]) if asked and asked[0] in map(str, range(len(parts))) else 0
    context = {
        "show": show,
        "bookable": now < show.starts_at and not show.cancelled_at,
        "parts": parts,
        "number": number,
        "part": parts[number],
        "bill": bill_of(show, (house.seats[seat_number - 1] for seat_number in chosen), types),
        "max_seats": SEATS_AT_ONCE,
    }
    if not context["bookable"] or State.AVAILABLE not in states:
        others = catalogue.other_times(show, now=now, limit=OTHER_TIMES)
        return render(request, "pages/seat_list.html", context | {"other_times": others})
    return render(request, "pages/seat_list.html", context)


def _free_again(states: str, held: Collection[int]) -> str:
    """Return the states with these held seats free."""
    return "".join(
        State.AVAILABLE if letter == State.HELD and seat_number in held else letter
        for seat_number, letter in enumerate(states, 1)
    )


def parts_of(house: House, states: str) -> list[Part]:
    """Return the parts of a house, from the screen to the back."""
    parts: list[Part] = []
    rows: list[list[SeatPosition]] = []
    for _, seats in groupby(house.seats, key=lambda seat: seat.row):
        row = list(seats)
        if rows and sum(map(len, rows)) + len(row) > SEATS_OF_A_PART:
            parts.append(_part(rows, states))
            rows = []
        rows.append(row)
    return [*parts, _part(rows, states)]


def _part(rows: Sequence[Sequence[SeatPosition]], states: str) -> Part:
    free = [seat for row in rows for seat in row if states[seat.seat_number - 1] == State.AVAILABLE]
    return Part(rows[0][0].row, rows[-1][0].row, free)
