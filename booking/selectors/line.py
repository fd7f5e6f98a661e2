"""Who waits for which seat."""

import hmac
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Count, F, Q, QuerySet

from booking.instants import milliseconds
from booking.models import PlaceInLine, ShowSeat
from booking.selectors.holds import hash_of


def line_address(show_id: int, user_id: int) -> str:
    """Return the secret under which a socket is told of the user's turns at the show.

    It is good for nothing else, and nobody can guess it.
    """
    message = f"line\n{show_id}\n{user_id}".encode()
    return hmac.new(settings.SECRET_KEY.encode(), message, sha256).hexdigest()


def socket_path(show_id: int, user_id: int | None) -> str:
    """Return where the live seat map of the show is, with the user's turns if one is known."""
    path = f"/ws/shows/{show_id}/"
    return path if user_id is None else f"{path}?line={line_address(show_id, user_id)}"


def addressed(show_id: int, turns: Sequence[Sequence[int]]) -> list[tuple[int, str]]:
    """Return turns of the log with the hash of the address of each in place of the user."""
    return [
        (seat_number, hash_of(line_address(show_id, user_id))) for seat_number, user_id in turns
    ]


def turns_under_way(show_id: int) -> list[tuple[int, int, str]]:
    """Return the seats held for the next in line, until when, and the hash of whose address.

    Times are in milliseconds since the epoch.
    """
    seats = ShowSeat.objects.filter(show_id=show_id, hold__is_turn=True, hold__user__isnull=False)
    return [
        (seat_number, milliseconds(until), hash_of(line_address(show_id, user_id)))
        for seat_number, until, user_id in seats.values_list(
            "seat_number", "hold__expires_at", "hold__user_id"
        )
    ]


def places_of(user: AbstractBaseUser, show_id: int) -> QuerySet[PlaceInLine]:
    """Return the user's places in the lines of a show, with seat and how many are `ahead`.

    Those whose turn has come or gone are among them, those that were left are not.
    """
    ahead = Q(
        show_seat__line__turn_at=None,
        show_seat__line__left_at=None,
        show_seat__line__pk__lt=F("pk"),
    )
    return (
        PlaceInLine.objects.select_related("show_seat__seat")
        .filter(user_id=user.pk, show_seat__show_id=show_id, left_at=None)
        .annotate(ahead=Count("show_seat__line", filter=ahead))
        .order_by("joined_at", "pk")
    )


def awaited(user: AbstractBaseUser, show_id: int, now: datetime) -> list[int]:
    """Return the seats of a show that the user waits for or that are held for them in turn now."""
    held = Q(turn_at=None) | Q(show_seat__hold__user_id=user.pk, show_seat__held_until__gt=now)
    places = PlaceInLine.objects.filter(
        held, user_id=user.pk, show_seat__show_id=show_id, left_at=None
    )
    seat_numbers = places.order_by("show_seat__seat_number").values_list("show_seat__seat_number")
    return [seat_number for (seat_number,) in seat_numbers.distinct()]
