"""The stage's show: a new one whenever the stage is cleared, in an auditorium that has no other."""

from decimal import Decimal
from itertools import count

from booking.models import Auditorium, Booking, Movie, Show, ShowSeat, Ticket
from booking.rules import LAST_START
from booking.services.auditoriums import create_auditorium
from booking.services.shows import create_show

TITLE = "Dress Rehearsal"
SYNOPSIS = "Nothing here is for sale: what is booked on the stage is gone when it is cleared."
AUDITORIUM = "The Stage"
PLAN = """\
..SSSSSS
.SSSSSSSS
SSSSSSSSSS
SSSSSSSSSS
SSSSSSSSSS
SSSSSSSSSS
.SSSSSSSS"""


def new_show(before: Show | None) -> Show:
    """Put the stage's film on, and take off the show before with all that was booked for it.

    It starts as late as a show can: so it never does, and is never over.
    """
    if before is None:
        movie = Movie.objects.create(title=TITLE, synopsis=SYNOPSIS, duration_minutes=1)
        auditorium = create_auditorium(name=_free_name(), plan=PLAN)
    else:
        movie, auditorium = before.movie, before.auditorium
        _take_off(before.pk)
    return create_show(
        movie=movie,
        auditorium=auditorium,
        starts_at=LAST_START,
        price=Decimal(0),
        premium_surcharge=Decimal(0),
        is_listed=False,
    )


def _free_name() -> str:
    names = (AUDITORIUM if number == 1 else f"{AUDITORIUM} {number}" for number in count(1))
    return next(name for name in names if not Auditorium.objects.filter(name=name).exists())


def _take_off(show_id: int) -> None:
    """Delete a show that is not listed, its bookings first.

    Locks the seats in their order, as who sells them does, and the show, to which bookings refer.
    """
    seats = ShowSeat.objects.filter(show_id=show_id, show__is_listed=False).order_by("seat_number")
    list(seats.select_for_update(of=("self",), no_key=True).values_list("pk", flat=True))
    own = Show.objects.filter(pk=show_id, is_listed=False)
    list(own.select_for_update().values_list("pk", flat=True))
    Ticket.objects.filter(show__in=own).delete()
    Booking.objects.filter(show__in=own).delete()
    own.delete()
