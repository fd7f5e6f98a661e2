"""Putting shows on."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from booking.models import Auditorium, Movie, SeatMap, Show, ShowSeat


@transaction.atomic
def create_show(
    *,
    movie: Movie,
    auditorium: Auditorium,
    starts_at: datetime,
    price: Decimal,
    premium_surcharge: Decimal,
    no_gaps: bool = False,
) -> Show:
    """Put a movie on, with one available ShowSeat for every seat; prices are in euros.

    Locks the auditorium, whose layout must not change meanwhile. Raises IntegrityError when the
    auditorium has a show that starts then.
    """
    Auditorium.objects.select_for_update(no_key=True).get(pk=auditorium.pk)
    show = Show.objects.create(
        movie=movie,
        auditorium=auditorium,
        starts_at=starts_at,
        price=price,
        premium_surcharge=premium_surcharge,
        no_gaps=no_gaps,
    )
    SeatMap.objects.create(show=show)
    ShowSeat.objects.bulk_create(
        ShowSeat(show=show, seat=seat, seat_number=seat.seat_number)
        for seat in auditorium.seats.all()
    )
    return show
