"""What a page hands to its scripts, so that the first paint of a seat map needs no request."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

from booking.models import Show, State
from booking.selectors import bookings, seat_map
from booking.services.choices import MAX_SEATS


def seat_map_data(
    *, show: Show, user: AbstractBaseUser | AnonymousUser, chosen: Sequence[int], now: datetime
) -> dict[str, Any]:
    """Return the show, its layout and its seat map as the scripts take them.

    `chosen` is cut down to seats that are free; `server_time` is in milliseconds. Runs two
    queries, three for a signed-in user.
    """
    states = seat_map.states(show.pk)
    bookable = now < show.starts_at
    return {
        "show": _show(show) | {"bookable": bookable, "available_seats": states.available_seats},
        "layout": seat_map.layout(show.auditorium),
        "version": states.version,
        "states": states.states,
        "mine": [] if isinstance(user, AnonymousUser) else bookings.seats_of(user, show.pk),
        "chosen": _free(chosen, states.states) if bookable else [],
        "max_seats": MAX_SEATS,
        "socket": f"/ws/shows/{show.pk}/",
        "server_time": round(now.timestamp() * 1000),
        "time_zone": settings.TIME_ZONE,
    }


def view_box(layout: dict[str, Any]) -> dict[str, int]:
    """Return the size of the drawing that static/js/seat-map-view.js makes.

    The page keeps that room free, so that nothing moves when the script draws.
    """
    return {"width": layout["width"] * 40 + 120, "height": layout["height"] * 40 + 154}


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
