"""Who waits for which seat."""

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
