"""What the door knows: which shows let people in, their tickets, and who is in."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, QuerySet

from booking.codes import code_of
from booking.errors import ShowNotFound
from booking.models import Admission, SeatMap, Show, Taking, Ticket
from booking.rules import LONGEST_FILM, SHOWN_AT_THE_DOOR_BEFORE
from booking.selectors.money import accounts_of
from foundation.errors import refuses
from foundation.instants import clock_time

# Whoever let people in, and is not here any more.
SOMEBODY = "somebody who has left"


def counting_admissions() -> QuerySet[Admission]:
    """Return the admissions that count: not undone, and contradicted by nothing."""
    return Admission.objects.filter(undone_at=None, conflict="").select_related("admitted_by")


def admissions_that_cannot_be(show_id: int) -> list[Admission]:
    """Return those that count and came after the ticket was given back, or after another one."""
    admissions = counting_admissions().filter(ticket__show_id=show_id).select_related("ticket")
    seen, found = set(), []
    for one in admissions.order_by("recorded_at", "pk"):
        given_back = one.ticket.cancelled_at
        if one.ticket_id in seen or (given_back and given_back < one.recorded_at):
            found.append(one)
        seen.add(one.ticket_id)
    return found


def name_of(staff: Any) -> str:
    return staff.get_username() if staff else SOMEBODY


def sentence_of(admission: Admission, label: str) -> str:
    """Return when and by whom somebody was let in, for people."""
    at, by = clock_time(admission.admitted_at, seconds=True), name_of(admission.admitted_by)
    return f"Somebody came in with the ticket for {label} at {at}, let in by {by}."


def shows_at_the_door(now: datetime) -> list[Show]:
    """Return the shows that people come in to now, or soon, in one query."""
    shows = Show.objects.filter(
        is_listed=True,
        starts_at__gt=now - LONGEST_FILM,
        starts_at__lte=now + SHOWN_AT_THE_DOOR_BEFORE,
    )
    found = shows.select_related("movie", "auditorium").order_by("starts_at", "pk")
    return [show for show in found if now < show.film_ends_at]


@dataclass(frozen=True)
class DoorList:
    """All that a door must know of a show to do without a network; `name` changes with it.

    `tickets` are those that let somebody in: none where the show was called off. Each has its code,
    reference, seat_number and label, what is `due` for its booking, and `admission`, which is None
    or its id, `at` and `by`.
    """

    show: int
    name: str
    tickets: list[dict[str, Any]]


@refuses(ShowNotFound)
def door_list_name(show_id: int) -> str:
    """Return the name of a show's list as it is now, in three queries that read no ticket.

    Every sale, cancellation and exchange is a version of the seat map; admissions are made and
    undone; and money is taken.
    """
    show = SeatMap.objects.filter(pk=show_id, show__is_listed=True)
    version = show.values_list("version", flat=True).first()
    if version is None:
        raise ShowNotFound
    of_show = Admission.objects.filter(ticket__show_id=show_id)
    made = of_show.aggregate(made=Count("pk"), undone=Count("undone_at"))
    takings = Taking.objects.filter(booking__show_id=show_id).count()
    return f"{version}-{made['made']}-{made['undone']}-{takings}"


@refuses(door_list_name)
def door_list(show_id: int) -> DoorList:
    """Return the list of a show, in seven queries; what it is called is read first.

    So a list that changes meanwhile has the earlier name, and is asked for again.
    """
    name = door_list_name(show_id)
    of_show = counting_admissions().filter(ticket__show_id=show_id)
    admitted = {one.ticket_id: one for one in of_show}
    live = Ticket.objects.filter(show_id=show_id, cancelled_at=None, show__cancelled_at=None)
    tickets = list(live.select_related("seat", "booking").order_by("seat_number"))
    return DoorList(show_id, name, list(_entries(tickets, admitted)))


def _entries(tickets: list[Ticket], admitted: dict[int, Admission]) -> Iterable[dict[str, Any]]:
    accounts = accounts_of(ticket.booking for ticket in tickets)
    for ticket in tickets:
        admission = admitted.get(ticket.pk)
        yield {
            "code": code_of(ticket.pk),
            "reference": ticket.booking.reference,
            "seat_number": ticket.seat_number,
            "label": ticket.seat.label,
            "due": f"{accounts[ticket.booking_id].due:.2f}",
            "admission": admission
            and {
                "id": admission.pk,
                "at": admission.admitted_at,
                "by": name_of(admission.admitted_by),
            },
        }
