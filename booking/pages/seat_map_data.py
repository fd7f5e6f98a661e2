"""What a page hands to its scripts, so that the first paint of a seat map needs no request."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from booking.instants import milliseconds
from booking.models import Auditorium, Hold, Show, State
from booking.pages.kept_hold import KeptHold
from booking.selectors import bookings, line, seat_map
from booking.services.choices import MAX_SEATS


def seat_map_data(
    *,
    show: Show,
    user: AbstractBaseUser | AnonymousUser,
    kept: KeptHold,
    chosen: Sequence[int],
    now: datetime,
) -> dict[str, Any]:
    """Return the show, its layout and its seat map as the scripts take them.

    `held` says of each held seat until when, `hold` is the moviegoer's own, `lapsed` are the seats
    of the one that expired, `waiting` those waited for, and `chosen` is cut down to seats that are
    free. Times are in milliseconds. Runs one query, three for a signed-in user.
    """
    states = seat_map.states(show.pk)
    bookable = now < show.starts_at
    live, expired = kept.live(now), kept.expired(now)
    return {
        "show": _show(show) | {"bookable": bookable, "available_seats": states.available_seats},
        "layout": seat_map.layout(show.auditorium),
        "version": states.version,
        "states": states.states,
        "held": sorted(states.held_until.items()),
        "hold": hold_data(live, version=states.version) if live else None,
        "lapsed": expired.seat_numbers if expired and bookable else [],
        "mine": [] if isinstance(user, AnonymousUser) else bookings.seats_of(user, show.pk),
        "waiting": [] if isinstance(user, AnonymousUser) else line.awaited(user, show.pk, now),
        "chosen": _free(chosen, states.states) if bookable and not live else [],
        "max_seats": MAX_SEATS,
        "socket": line.socket_path(show.pk, user.pk),
        "server_time": milliseconds(now),
        "time_zone": settings.TIME_ZONE,
    }


def free_seat_options(auditorium: Auditorium, states: str, chosen: Sequence[int]) -> SafeString:
    """Return the options of a list of the free seats, with those chosen selected."""
    options = _options(auditorium.pk, auditorium.layout_hash)
    return mark_safe(  # noqa: S308 (each was escaped)
        "".join(
            option.replace("<option", "<option selected") if seat_number in chosen else option
            for seat_number, (option, state) in enumerate(zip(options, states, strict=True), 1)
            if state == State.AVAILABLE
        )
    )


@lru_cache(maxsize=64)
def _options(auditorium_id: int, layout_hash: str) -> list[SafeString]:
    """Return an option for each seat: made for each page, they took half of its time."""
    return [
        format_html('<option value="{seat_number}">{label} ({kind})</option>', **seat)
        for seat in seat_map.seats_of_layout(auditorium_id, layout_hash)
    ]


def hold_data(hold: Hold, *, version: int) -> dict[str, Any]:
    """Return a hold as scripts take it, without its token.

    `version` is one of the seat map with the hold in it: an earlier map says nothing against it.
    """
    return {
        "seats": hold.seat_numbers,
        "expires_at": milliseconds(hold.expires_at),
        "version": version,
    }


def view_box(layout: dict[str, Any]) -> dict[str, Any]:
    """Return the size of the drawing that static/js/seat-map-view.js fills, and its screen.

    The page draws the screen and keeps the seats' room free, so that nothing moves when the script
    draws them.
    """
    width = layout["width"] * 40 + 120
    middle, right = width // 2, width - 70
    screen = f"M70 62Q{middle} 22 {right} 62"
    return {
        "width": width,
        "height": layout["height"] * 40 + 154,
        "middle": middle,
        "screen": screen,
        "light": f"{screen}L{right + 40} 150Q{middle} 118 30 150z",
    }


def _show(show: Show) -> dict[str, Any]:
    return {
        "id": show.pk,
        "movie": {"id": show.movie.pk, "title": show.movie.title},
        "auditorium": {"id": show.auditorium.pk, "name": show.auditorium.name},
        "starts_at": show.starts_at.isoformat(),
        "price": f"{show.price:.2f}",
        "premium_price": f"{show.premium_price:.2f}",
        "currency": "EUR",
        "capacity": show.auditorium.capacity,
    }


def _free(chosen: Sequence[int], states: str) -> list[int]:
    return [
        seat_number
        for seat_number in dict.fromkeys(chosen)
        if 1 <= seat_number <= len(states) and states[seat_number - 1] == State.AVAILABLE
    ][:MAX_SEATS]
