"""What was sold, taken and admitted on some days: the figures of an evening, or of a month."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from booking.models import Show, Taking, Ticket
from booking.prices import name_of
from booking.selectors.door import counting_admissions
from booking.selectors.money import CENT, OWED
from booking.selectors.shares import Share, shares_of_types

NOTHING = Decimal("0.00")
METHODS = tuple(method.value for method in Taking.Method)
TYPE = "type"
NAMES: dict[str, Callable[[Show, str], str]] = {
    "show": lambda show, _: f"{_local(show):%Y-%m-%d %H:%M} {show.movie}, {show.auditorium}",
    "film": lambda show, _: show.movie.title,
    "day": lambda show, _: f"{_local(show):%Y-%m-%d}",
    TYPE: name_of,
}


@dataclass
class Line:
    """The figures of one show, film, day or ticket type.

    `sold` are live tickets and `returned` those that were given back or exchanged; `worth` is what
    all of them cost. `taken` is what came in by each method, less what went out the same way, which
    is `back`. Of whose takings are known, `owed` is the worth.
    """

    name: str
    sold: int = 0
    returned: int = 0
    admitted: int = 0
    worth: Decimal = NOTHING
    owed: Decimal = NOTHING
    back: Decimal = NOTHING
    taken: dict[str, Decimal] = field(default_factory=lambda: dict.fromkeys(METHODS, NOTHING))

    @property
    def total(self) -> Decimal:
        return sum(self.taken.values(), NOTHING)

    @property
    def due(self) -> Decimal:
        """What is still to be paid; below 0 it is owed to buyers."""
        return self.owed - self.total


@dataclass(frozen=True)
class Drawer:
    """What a member of staff took on a day by one method, and what they gave back, below 0."""

    day: date
    method: str
    by: str
    taken: Decimal
    back: Decimal

    @property
    def total(self) -> Decimal:
        return self.taken + self.back


@dataclass
class Figures:
    """Lines by what they are of, and all of them together."""

    lines: dict[str, Line] = field(default_factory=dict)
    total: Line = field(default_factory=lambda: Line("Total"))

    def of(self, name: str) -> tuple[Line, Line]:
        """Return the lines that something of this name counts in."""
        return self.lines.setdefault(name, Line(name)), self.total

    @property
    def rows(self) -> list[Line]:
        return [*(self.lines[name] for name in sorted(self.lines)), self.total]


def figures_of_shows(first: date, last: date, by: str) -> Figures:
    """Return the figures of the shows that begin on these days, by NAMES.

    It takes four queries, and one more by type: money comes for a booking.
    """
    begins, ends = moments_of(first, last)
    shows = Show.objects.filter(is_listed=True, starts_at__gte=begins, starts_at__lt=ends)
    known = {show.pk: show for show in shows.select_related("movie", "auditorium")}
    figures, name = Figures(), NAMES[by]
    tickets = Ticket.objects.filter(show__in=known)
    for show_id, kind, sold, returned, worth, owed in _sums_of(tickets):
        for line in figures.of(name(known[show_id], kind)):
            line.sold += sold
            line.returned += returned
            line.worth += _exact(worth)
            line.owed += _exact(owed)
    admissions = counting_admissions().filter(ticket__show__in=known).order_by()
    by_type = admissions.values_list("ticket__show", "ticket__type")
    for show_id, kind, admitted in by_type.annotate(Count("pk")):
        for line in figures.of(name(known[show_id], kind)):
            line.admitted += admitted
    for show_id, kind, method, left, back in _money(known, tickets, by):
        for line in figures.of(name(known[show_id], kind)):
            line.taken[method] += left
            line.back += back
    return figures


def drawers(first: date, last: date) -> list[Drawer]:
    """Return what was taken on these days of the cinema's calendar, in one query.

    A day ends at the cinema's own midnight.
    """
    begins, ends = moments_of(first, last)
    takings = Taking.objects.filter(at__gte=begins, at__lt=ends, booking__show__is_listed=True)
    rows = _flows(takings.annotate(day=TruncDate("at")), "day", "method", "by__username")
    found = (Drawer(day, method, by or "", *flow) for day, method, by, *flow in rows)
    return sorted(found, key=lambda one: (one.day, one.method, one.by))


def moments_of(first: date, last: date) -> tuple[datetime, datetime]:
    """Return when the first day begins by the cinema's clock, and when the last one is over."""
    begin, end = (datetime.combine(day, time()) for day in (first, last + timedelta(days=1)))
    return timezone.make_aware(begin), timezone.make_aware(end)


def _local(show: Show) -> datetime:
    return timezone.localtime(show.starts_at)


def _sums_of(tickets: QuerySet[Ticket]) -> Any:
    """Return by show and type: tickets sold, and returned, what they cost, and what is owed."""
    live = Q(cancelled_at=None)
    return (
        tickets.order_by()
        .values_list("show", "type")
        .annotate(
            sold=Count("pk", filter=live),
            returned=Count("pk", filter=~live),
            worth=Sum(OWED),
            owed=Sum(OWED, filter=Q(booking__is_accounted=True)),
        )
    )


def _money(known: Collection[int], tickets: QuerySet[Ticket], by: str) -> Iterator[Share]:
    """Generate what was taken for these shows, by their types of ticket where that is asked for."""
    takings = Taking.objects.filter(booking__show__in=known)
    if by == TYPE:
        yield from shares_of_types(tickets, _flows(takings, "booking", "method"))
        return
    for show_id, method, taken, back in _flows(takings, "booking__show", "method"):
        yield show_id, "", method, taken + back, back


def _flows(takings: QuerySet[Taking], *by: str) -> Iterator[tuple[Any, ...]]:
    """Generate what came in and what went out, below 0, by these columns."""
    sums = {
        "taken": Sum("amount", filter=Q(amount__gt=0)),
        "back": Sum("amount", filter=Q(amount__lt=0)),
    }
    for *key, taken, back in takings.order_by().values_list(*by).annotate(**sums):
        yield (*key, _exact(taken), _exact(back))


def _exact(amount: Decimal | None) -> Decimal:
    """Return a sum to the cent: SQLite adds up in floats."""
    return (amount or NOTHING).quantize(CENT)
