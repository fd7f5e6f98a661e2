"""Building auditoriums from a plan drawn in text."""

from dataclasses import asdict
from datetime import datetime

from django.db import transaction

from booking.errors import LayoutInUse
from booking.models import Auditorium, Seat
from booking.seating.plan import seats_of_plan
from booking.selectors.seat_map import hash_of_layout
from booking.services.shows import facts_logged


@transaction.atomic
def create_auditorium(*, name: str, plan: str) -> Auditorium:
    """Build an auditorium with the seats that the plan draws. Raises InvalidPlan."""
    auditorium = Auditorium(name=name)
    _furnish(auditorium, plan)
    return auditorium


@transaction.atomic
def change_auditorium(*, auditorium_id: int, name: str, plan: str, now: datetime) -> Auditorium:
    """Rename an auditorium, and give it new seats when the plan is another one.

    A new name is logged as a version of each show to come. Locks the auditorium, then these shows
    and their seat maps in the order of their ids. Raises InvalidPlan, and LayoutInUse when it has
    shows.
    """
    auditorium = Auditorium.objects.select_for_update(no_key=True).get(pk=auditorium_id)
    auditorium.name = name
    if plan == auditorium.plan:
        with facts_logged(auditorium.shows.filter(starts_at__gt=now), now):
            auditorium.save(update_fields=["name"])
        return auditorium
    if auditorium.shows.exists():
        raise LayoutInUse
    auditorium.seats.all().delete()
    _furnish(auditorium, plan)
    return auditorium


def _furnish(auditorium: Auditorium, plan: str) -> None:
    seats = seats_of_plan(plan)
    auditorium.plan = plan
    auditorium.capacity = len(seats)
    auditorium.layout_hash = hash_of_layout(seats)
    auditorium.save()
    Seat.objects.bulk_create(Seat(auditorium=auditorium, **asdict(seat)) for seat in seats)
