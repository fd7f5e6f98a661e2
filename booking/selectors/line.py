"""Who waits for which seat."""

from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Count, F, Q, QuerySet

from booking.models import PlaceInLine


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
