"""What has been over for so long that nobody asks for it; the log says all that it said."""

from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from booking.models import Hold, KeptMap, ShowSeat, State, WaitlistEntry
from foundation.db.purge import KEPT_FOR, deleting_old
from foundation.db.statements import Statement

WITHOUT_SEATS = (
    "NOT EXISTS (SELECT 1 FROM booking_showseat WHERE booking_showseat.hold_id = booking_hold.id)"
)


def old_holds(now: datetime) -> QuerySet[Hold]:
    """Return holds that ended long ago, but for those whose seats nobody has wanted since."""
    unwanted = Exists(ShowSeat.objects.filter(hold=OuterRef("pk")))
    old = Hold.objects.filter(expires_at__lte=now - KEPT_FOR).exclude(unwanted)
    return old.order_by("expires_at")


def deleting_old_holds(now: datetime) -> Statement:
    """Return what deletes some of them, written out, since each new hold does it."""
    return deleting_old("booking_hold", "expires_at", now=now, only=WITHOUT_SEATS)


def shows_with_unwanted_seats(now: datetime) -> list[int]:
    """Return the ids of shows with seats whose holds ended long ago; nobody looked since."""
    unwanted = ShowSeat.objects.filter(state=State.HELD, held_until__lte=now - KEPT_FOR)
    return list(unwanted.order_by("show").values_list("show", flat=True).distinct())


def old_waitlist_entries(now: datetime) -> QuerySet[WaitlistEntry]:
    """Return places on waitlists that were left, led to an offer, or were for an earlier show."""
    over = now - KEPT_FOR
    old = Q(offered_at__lte=over) | Q(left_at__lte=over) | Q(show_seat__show__starts_at__lte=over)
    return WaitlistEntry.objects.filter(old).order_by("pk")


def old_kept_maps(now: datetime) -> QuerySet[KeptMap]:
    """Return copies of seat maps of earlier shows; whoever asks for one has it made again."""
    return KeptMap.objects.filter(show__room_free_at__lte=now - KEPT_FOR).order_by("pk")
