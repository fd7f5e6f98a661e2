"""What every request for seats must satisfy before a seat is locked."""

from collections.abc import Sequence
from datetime import datetime

from booking.errors import DuplicateSeats, NoSeats, ShowNotFound, ShowStarted, TooManySeats
from booking.models import Show

MAX_SEATS = 10


def check_choice(seat_numbers: Sequence[int]) -> None:
    """Refuse a choice that no show could satisfy. Raises NoSeats, TooManySeats, DuplicateSeats."""
    if not seat_numbers:
        raise NoSeats
    if len(seat_numbers) > MAX_SEATS:
        raise TooManySeats(f"At most {MAX_SEATS} seats can be had at once.")
    if len(set(seat_numbers)) < len(seat_numbers):
        raise DuplicateSeats


def open_show(show_id: int, now: datetime) -> Show:
    """Return the show with movie and auditorium. Raises ShowNotFound, ShowStarted."""
    show = Show.objects.select_related("movie", "auditorium").filter(pk=show_id).first()
    if show is None:
        raise ShowNotFound
    if now >= show.starts_at:
        raise ShowStarted
    return show
