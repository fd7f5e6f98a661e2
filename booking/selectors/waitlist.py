"""Who waits for which seat."""

import hmac
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Count, F, Q, QuerySet

from booking.models import ShowSeat, WaitlistEntry
from booking.selectors.holds import hash_of
from foundation.instants import milliseconds


def waitlist_address(show_id: int, user_id: int) -> str:
    """Return the secret, good for nothing else, by which a socket is told of a user's offers."""
    message = f"waitlist\n{show_id}\n{user_id}".encode()
    return hmac.new(settings.SECRET_KEY.encode(), message, sha256).hexdigest()


def socket_path(show_id: int, user_id: int | None) -> str:
    """Return where the live seat map of the show is, with offers to the user if one is known."""
    return f"/ws/shows/{show_id}/{_with_offers(show_id, user_id)}"


def events_path(show_id: int, user_id: int | None) -> str:
    """Return where the same is without a WebSocket."""
    return f"/api/shows/{show_id}/events/{_with_offers(show_id, user_id)}"


def _with_offers(show_id: int, user_id: int | None) -> str:
    return "" if user_id is None else f"?waitlist={waitlist_address(show_id, user_id)}"


def addressed(show_id: int, offers: Sequence[Sequence[int]]) -> list[tuple[int, str]]:
    """Return offers of the log with the hash of the address of each in place of the user."""
    return [
        (seat_number, hash_of(waitlist_address(show_id, user_id)))
        for seat_number, user_id in offers
    ]


def current_offers(show_id: int) -> list[tuple[int, int, str]]:
    """Return the seats on offer, until when in milliseconds, and the hash of each one's address."""
    seats = ShowSeat.objects.filter(show_id=show_id, hold__is_offer=True, hold__user__isnull=False)
    return [
        (seat_number, milliseconds(until), hash_of(waitlist_address(show_id, user_id)))
        for seat_number, until, user_id in seats.values_list(
            "seat_number", "hold__expires_at", "hold__user_id"
        )
    ]


def entries_of(user: AbstractBaseUser, show_id: int) -> QuerySet[WaitlistEntry]:
    """Return the user's entries on the waitlists of a show, with seat and how many are `ahead`.

    Those that were offered a seat are among them, those that were left are not. `ahead` counts
    those who get their offer before the user's, in the order in which `services.offers` makes them:
    nobody is counted who would be passed over.
    """
    same_moment = Q(
        show_seat__waitlist__joined_at=F("joined_at"), show_seat__waitlist__pk__lt=F("pk")
    )
    ahead = Q(
        Q(show_seat__waitlist__joined_at__lt=F("joined_at")) | same_moment,
        show_seat__waitlist__offered_at=None,
        show_seat__waitlist__left_at=None,
        show_seat__waitlist__user__is_active=True,
    )
    return (
        WaitlistEntry.objects.select_related("show_seat__seat")
        .filter(user_id=user.pk, show_seat__show_id=show_id, left_at=None)
        .annotate(ahead=Count("show_seat__waitlist", filter=ahead))
        .order_by("joined_at", "pk")
    )


def seats_waited_for(user: AbstractBaseUser, show_id: int, now: datetime) -> list[int]:
    """Return the seats of a show that the user waits for or that are offered to them now."""
    held = Q(offered_at=None) | Q(show_seat__hold__user_id=user.pk, show_seat__held_until__gt=now)
    entries = WaitlistEntry.objects.filter(
        held, user_id=user.pk, show_seat__show_id=show_id, left_at=None
    )
    seat_numbers = entries.order_by("show_seat__seat_number").values_list("show_seat__seat_number")
    return [seat_number for (seat_number,) in seat_numbers.distinct()]
