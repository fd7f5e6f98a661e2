"""The terms of a show: what a buyer agrees to, and a name that changes with any of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any, Protocol

from django.utils import timezone

from booking.models import Booking, SeatChange, Show, ShowSeat, Ticket
from booking.rules import CURRENCY_SIGN
from booking.seating.claim import LabelledSeat
from booking.seating.kinds import PRICE_FACTS, PriceCategory
from foundation.canonical import canonical
from foundation.errors import Conflict, refuses
from foundation.instants import clock_time, milliseconds

# Enough to tell the terms of one show apart; pages, holds and forms carry it around.
LENGTH = 16
# Each fact as clients name it, and as the log does.
FACTS = {
    "film": "movie",
    "auditorium": "auditorium",
    "starts_at": "starts_at",
    **{fact: fact for fact in PRICE_FACTS},
}

Facts = Mapping[str, Any]


class SoldSeat(LabelledSeat, Protocol):
    """A seat, as a bill names it."""

    @property
    def kind(self) -> str: ...


def facts_of(show: Show) -> dict[str, Any]:
    """Return what a buyer agrees to, and under `terms` its name, as the log and sockets have it.

    Prices are decimal strings, the start is in milliseconds since the epoch. A show that was called
    off says since when, as `cancelled`. The show's movie and auditorium must have been read with
    it.
    """
    facts = {
        "movie": {"id": show.movie_id, "title": show.movie.title},
        "auditorium": {"id": show.auditorium_id, "name": show.auditorium.name},
        "starts_at": milliseconds(show.starts_at),
        **{fact: f"{getattr(show, fact):.2f}" for fact in PRICE_FACTS},
    }
    if show.cancelled_at:
        facts["cancelled"] = milliseconds(show.cancelled_at)
    return {**facts, "terms": sha256(canonical(facts).encode()).hexdigest()[:LENGTH]}


def terms_of(show: Show) -> str:
    """Return the name of the show's terms as they are."""
    name: str = facts_of(show)["terms"]
    return name


@dataclass(frozen=True)
class BilledSeat:
    """A seat and what it costs."""

    seat_number: int
    label: str
    kind: str
    price: Decimal


@dataclass(frozen=True)
class Bill:
    """What seats cost, each and together."""

    seats: list[BilledSeat]

    @property
    def total(self) -> Decimal:
        return sum((seat.price for seat in self.seats), Decimal(0))


def bill_of(show: Show, seats: Iterable[SoldSeat]) -> Bill:
    """Return what these seats of the show cost."""
    return Bill(
        [
            BilledSeat(seat.seat_number, seat.label, seat.kind, show.price_of(seat.kind))
            for seat in seats
        ]
    )


def tickets_for(booking: Booking, seats: Iterable[ShowSeat]) -> list[Ticket]:
    """Return unsaved tickets for these seats, at the prices of the show."""
    show = booking.show
    return [
        Ticket(
            booking=booking,
            show=show,
            seat=show_seat.seat,
            seat_number=show_seat.seat_number,
            price=show.price_of(show_seat.seat.kind),
        )
        for show_seat in seats
    ]


@dataclass(frozen=True)
class ChangedFact:
    """One of FACTS that is not what it was, as the API has it; `was` is None where not known."""

    what: str
    was: Any
    now: Any


def changed_facts(was: Facts | None, now: Facts) -> list[ChangedFact]:
    """Return what differs; where it is not known what the facts were, all of them do."""
    before = was or {}
    return [
        ChangedFact(what, _for_clients(name, before.get(name)), _for_clients(name, now[name]))
        for what, name in FACTS.items()
        if before.get(name) != now[name]
    ]


def sentence(changed: Iterable[ChangedFact]) -> str:
    """Return what changed as one sentence for people."""
    clauses = [_clause(fact) for fact in changed if fact.was]
    if not clauses:
        return "The show is not the one that you agreed to."
    *others, last = clauses
    text = f"{', '.join(others)}, and {last}" if others else last
    return f"{text[0].upper()}{text[1:]}."


def facts_in_words(facts: Facts) -> str:
    """Return the facts for people, in the words of static/js/terms.js."""
    surcharges = {
        fact.replace("_", " "): facts[fact] for fact in PRICE_FACTS if fact.endswith("_surcharge")
    }
    return ", ".join(
        [
            facts["movie"]["title"],
            facts["auditorium"]["name"],
            _day_and_time(_local(facts["starts_at"])),
            money(facts["price"]),
            *(f"{word} {money(amount)}" for word, amount in surcharges.items()),
            *(["called off"] if "cancelled" in facts else []),
        ]
    )


class TermsChanged(Conflict):
    """The show is not what the buyer agreed to: what `changed`, and the `terms` and `bill` now."""

    code = "terms_changed"

    def __init__(self, changed: Sequence[ChangedFact], terms: str, bill: Bill) -> None:
        super().__init__(sentence(changed))
        self.changed, self.terms, self.bill = list(changed), terms, bill


@refuses(TermsChanged)
def agreed(show: Show, terms: str | None, seats: Sequence[ShowSeat]) -> str:
    """Return the show's terms, and refuse when the buyer of these seats agreed to others.

    Without `terms` the buyer takes the show as it is. That the show's facts are
    still those read here when the seats are sold is for `booking.services.ledger` to see to.
    """
    facts = facts_of(show)
    own: str = facts["terms"]
    if terms is None or terms == own:
        return own
    log = SeatChange.objects.filter(show_id=show.pk, facts__isnull=False).order_by("-version")
    known = (
        facts for entry in log.values_list("facts", flat=True) for facts in (entry or {}).values()
    )
    changed = changed_facts(next((one for one in known if one["terms"] == terms), None), facts)
    raise TermsChanged(changed, own, bill_of(show, [show_seat.seat for show_seat in seats]))


def _for_clients(name: str, value: Any) -> Any:
    """Return a fact of the log as the API has it: the start as a local time."""
    return _local(value).isoformat() if name == "starts_at" and value is not None else value


def _local(at: int) -> datetime:
    return timezone.localtime(datetime.fromtimestamp(at / 1000, UTC))


def _clause(fact: ChangedFact) -> str:
    was, now = fact.was, fact.now
    match fact.what:
        case "film":
            return f"the film is now “{now['title']}” instead of “{was['title']}”"
        case "auditorium":
            return f"the auditorium is now {now['name']} instead of {was['name']}"
        case "starts_at":
            before, start = datetime.fromisoformat(was), datetime.fromisoformat(now)
            if before.date() == start.date():
                return f"the film starts at {clock_time(start)} instead of {clock_time(before)}"
            return f"the film starts on {_day_and_time(start)} instead of {_day_and_time(before)}"
        case _:
            name = fact.what.replace("_", " ")
            return f"the {name} is now {money(now)} instead of {money(was)}"


def _day_and_time(local: datetime) -> str:
    return f"{local:%A} {local.day} {local:%B} at {clock_time(local)}"


def money(amount: Decimal | str) -> str:
    """Return an amount for people, such as "€12.50"."""
    return f"{CURRENCY_SIGN}{Decimal(amount):,.2f}"


def prices_in_words(show: Show) -> str:
    """Return what a seat costs, such as "€12.50, premium €15.50"."""
    prices = {category.word: show.price_in(category) for category in PriceCategory}
    dearer = [f"{word} {money(price)}" for word, price in prices.items() if price != show.price]
    return ", ".join([money(show.price), *dearer])
