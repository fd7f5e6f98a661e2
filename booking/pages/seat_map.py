"""What a page hands to its scripts, so that the first paint of a seat map needs no request."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

from booking.chain import SHORT
from booking.models import Auditorium, Hold, Show, State
from booking.rules import HOLD_TIME, SEATS_AT_ONCE
from booking.seating.house import House
from booking.seating.kinds import Kind
from booking.seating.plan import plan_in_runs
from booking.seating.sections import Section, sections_of
from booking.selectors import bookings, seat_map, waitlist
from booking.selectors.seat_map import SeatStates
from booking.terms import facts_of
from foundation.instants import milliseconds

# How the map is drawn, in the units of its SVG: a seat's cell, and the margins beside the seats and
# above them, where the screen is.
CELL, SIDE, TOP, BOTTOM = 40, 60, 130, 24
# That of a hall with 25 seats in a row.
WIDTH_OF_A_HALL = 1120


def seat_map_data(
    *,
    show: Show,
    states: SeatStates,
    user: AbstractBaseUser | AnonymousUser,
    held: Hold | None,
    chosen: Sequence[int],
    now: datetime,
) -> dict[str, Any]:
    """Return the show, its layout and its seat map as the scripts take them.

    `held` says of each held seat until when, `hold` is the moviegoer's own, `lapsed` are the seats
    of the one that expired, `waiting` those waited for, and `chosen` is cut down to seats that are
    free. `kinds` has each kind's name, and of which facts of the show its price is the sum. Times
    are in milliseconds. Runs no query, two for a signed-in user.

    The show must have been read after its `states`: sockets tell of what comes after their version
    alone, and would never tell of a change that they have and the show has not.
    """
    bookable = now < show.starts_at and not show.cancelled_at
    live = held if held and held.expires_at > now else None
    drawn = drawing_data(show)
    return {
        **drawn,
        "show": drawn["show"]
        | {"bookable": bookable, "available_seats": states.count_available(now)},
        "version": states.version,
        "digest": states.digest[:SHORT],
        "states": states.states,
        "held": states.held,
        "hold": hold_data(live, version=states.version) if live else None,
        "lapsed": held.seat_numbers if held and not live and bookable else [],
        "mine": [] if isinstance(user, AnonymousUser) else bookings.seats_of(user, show.pk),
        "waiting": []
        if isinstance(user, AnonymousUser)
        else waitlist.seats_waited_for(user, show.pk, now),
        "chosen": free_of(chosen, states.states) if bookable and not live else [],
        "signed_in": user.is_authenticated,
        "max_seats": SEATS_AT_ONCE,
        "socket": waitlist.socket_path(show.pk, user.pk),
        "events": waitlist.events_path(show.pk, user.pk),
        "server_time": milliseconds(now),
    }


def drawing_data(show: Show) -> dict[str, Any]:
    """Return what a seat map of the show is drawn with, whichever version it is of."""
    return {
        "show": _show(show),
        "layout": _layout(show.auditorium),
        "kinds": {
            kind: {"name": kind.word, "letter": kind.letter, "price": [*kind.category.value]}
            for kind in Kind
        },
        "drawing": {"cell": CELL, "side": SIDE, "top": TOP},
        "state_letters": {state.name.lower(): state for state in State},
        "hold_time": HOLD_TIME // timedelta(milliseconds=1),
        "time_zone": settings.TIME_ZONE,
    }


def _layout(auditorium: Auditorium) -> dict[str, Any]:
    house = seat_map.layout(auditorium)
    return {
        "name": auditorium.name,
        "width": house.width,
        "height": house.height,
        "plan": _plan(house),
    }


@lru_cache(maxsize=64)
def _plan(house: House) -> str:
    return plan_in_runs(house)


def hold_data(hold: Hold, *, version: int) -> dict[str, Any]:
    """Return a hold as scripts take it, without its token, and with `types` where there are some.

    `version` is one of the seat map with the hold in it: an earlier map says nothing against it.
    """
    return {
        "seats": hold.seat_numbers,
        "expires_at": milliseconds(hold.expires_at),
        "version": version,
        **({"types": hold.ticket_types} if hold.ticket_types else {}),
    }


def picture(auditorium: Auditorium) -> dict[str, Any]:
    """Return the drawing of an auditorium without its seats' states, for before scripts fill it in.

    It has its full size, so that nothing moves then. `places` is a path in cells.
    """
    return _picture(seat_map.layout(auditorium))


@lru_cache(maxsize=64)
def _picture(house: House) -> dict[str, Any]:
    width = house.width * CELL + 2 * SIDE
    middle, right = width // 2, width - 70
    screen = f"M70 62Q{middle} 22 {right} 62"
    # On the map of a big hall, which is shown small, the word is as large as on others.
    word_scale = max(1.0, round(width / WIDTH_OF_A_HALL, 2))
    runs = ((run[0].x, run[0].y, len(run)) for run in house.runs)
    return {
        "width": width,
        "height": house.height * CELL + TOP + BOTTOM,
        "middle": middle,
        "screen": screen,
        "light": f"{screen}L{right + 40} 150Q{middle} 118 30 150z",
        "word_scale": word_scale,
        "word_at": round(61 + 11 * word_scale),
        "places": "".join(f"M{x} {y}h{seats}v1h-{seats}z" for x, y, seats in runs),
        "places_at": f"translate({SIDE} {TOP}) scale({CELL})",
    }


@lru_cache(maxsize=64)
def sections_to_start_from(house: House) -> list[list[Section]]:
    """Return the sections of a hall, or nothing for one that is small enough to start with."""
    lines = sections_of(house)
    return lines if len(lines) * len(lines[0]) > 1 else []


def _show(show: Show) -> dict[str, Any]:
    return {
        "id": show.pk,
        **facts_of(show),
        "currency": settings.CURRENCY,
        "capacity": show.auditorium.capacity,
    }


def free_of(chosen: Sequence[int], states: str) -> list[int]:
    """Return those of the seats chosen that are free, as many as one may have at once."""
    return [
        seat_number
        for seat_number in dict.fromkeys(chosen)
        if 1 <= seat_number <= len(states) and states[seat_number - 1] == State.AVAILABLE
    ][:SEATS_AT_ONCE]
