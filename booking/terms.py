"""The terms of a show: what a buyer agrees to, and a name that changes with any of it."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any

from django.utils import timezone

from booking.errors import UnknownTicketType
from booking.models import Seat, SeatChange, Show, ShowSeat
from booking.prices import ADULTS, Bill, Types, bill_of, known_types, money
from booking.rules import VAT_RATE
from booking.seating.kinds import PRICE_FACTS
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
    "ticket_types": "ticket_types",
    "vat_rate": "vat_rate",
    "companions_free": "companions_free",
}
# What goes without saying where a show has no price list.
WITHOUT_LIST: Mapping[str, Any] = {
    "ticket_types": [],
    "vat_rate": f"{VAT_RATE:.2f}",
    "companions_free": False,
}

Facts = Mapping[str, Any]


def facts_of(show: Show) -> dict[str, Any]:
    """Return what a buyer agrees to, and under `terms` its name, as the log and sockets have it.

    Prices are decimal strings, the start is in milliseconds since the epoch. What a price list says
    is in there where the show has one, and since when it is called off, as `cancelled`, where it
    is. The show's movie and auditorium must have been read with it.
    """
    facts = {
        "movie": {"id": show.movie_id, "title": show.movie.title},
        "auditorium": {"id": show.auditorium_id, "name": show.auditorium.name},
        "starts_at": milliseconds(show.starts_at),
        **{fact: f"{getattr(show, fact):.2f}" for fact in PRICE_FACTS},
        **(show.list_facts or {}),
    }
    if show.cancelled_at:
        facts["cancelled"] = milliseconds(show.cancelled_at)
    return {**facts, "terms": sha256(canonical(facts).encode()).hexdigest()[:LENGTH]}


def terms_of(show: Show) -> str:
    """Return the name of the show's terms as they are."""
    name: str = facts_of(show)["terms"]
    return name


@dataclass(frozen=True)
class ChangedFact:
    """One of FACTS that is not what it was, as the API has it; `was` is None where not known."""

    what: str
    was: Any
    now: Any


def changed_facts(was: Facts | None, now: Facts) -> list[ChangedFact]:
    """Return what differs; where it is not known what the facts were, all of them do."""
    before = {} if was is None else {**WITHOUT_LIST, **was}
    after = now if was is None else {**WITHOUT_LIST, **now}
    return [
        ChangedFact(what, _for_clients(name, before.get(name)), _for_clients(name, after[name]))
        for what, name in FACTS.items()
        if before.get(name) != after.get(name)
    ]


def sentence(changed: Iterable[ChangedFact]) -> str:
    """Return what changed as one sentence for people."""
    clauses = [clause for fact in changed if fact.was is not None for clause in _clauses(fact)]
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
            *(f"{one['name']} {_price_of(one)}" for one in facts.get("ticket_types", ())),
            *(["called off"] if "cancelled" in facts else []),
        ]
    )


class TermsChanged(Conflict):
    """The show is not what the buyer agreed to: what `changed`, and the `terms` and `bill` now."""

    code = "terms_changed"

    def __init__(self, changed: Sequence[ChangedFact], terms: str, bill: Bill) -> None:
        super().__init__(sentence(changed))
        self.changed, self.terms, self.bill = list(changed), terms, bill


@refuses(TermsChanged, UnknownTicketType)
def agreed(
    show: Show,
    terms: str | None,
    seats: Sequence[ShowSeat],
    types: Types = ADULTS,
    *,
    staying: Collection[Seat] = (),
) -> str:
    """Return the show's terms, and refuse when the buyer of these seats agreed to others.

    That they want a type of ticket which the show had once says that they did.
    Without `terms` the buyer takes the show as it is. The bill is as `booking.prices` has it with
    seats `staying`. That the show's facts are still those read here when the seats are sold is for
    `booking.services.ledger` to see to.
    """
    facts = facts_of(show)
    own: str = facts["terms"]
    known = known_types(show, types)
    unknown = set(types.values()) - set(known.values())
    if terms in (None, own) and not unknown:
        return own
    if terms is None:
        was = next((one for one in _facts_until_now(show) if unknown <= _codes(one)), None)
    else:
        was = next((one for one in _facts_until_now(show) if one["terms"] == terms), None)
    if terms == own or (terms is None and was is None):
        raise UnknownTicketType(f"This show has no ticket of type “{min(unknown)}”.")
    bill = bill_of(show, [show_seat.seat for show_seat in seats], known, staying=staying)
    raise TermsChanged(changed_facts(was, facts), own, bill)


def _facts_until_now(show: Show) -> Iterator[Facts]:
    """Return what the facts of a show were, the newest first."""
    log = SeatChange.objects.filter(show_id=show.pk, facts__isnull=False).order_by("-version")
    for entry in log.values_list("facts", flat=True):
        yield from (entry or {}).values()


def _codes(facts: Facts) -> set[str]:
    return {one["code"] for one in facts.get("ticket_types", ())}


def _for_clients(name: str, value: Any) -> Any:
    """Return a fact of the log as the API has it: the start as a local time."""
    return _local(value).isoformat() if name == "starts_at" and value is not None else value


def _local(at: int) -> datetime:
    return timezone.localtime(datetime.fromtimestamp(at / 1000, UTC))


def _clauses(fact: ChangedFact) -> Iterator[str]:
    was, now = fact.was, fact.now
    match fact.what:
        case "film":
            yield f"the film is now “{now['title']}” instead of “{was['title']}”"
        case "auditorium":
            yield f"the auditorium is now {now['name']} instead of {was['name']}"
        case "starts_at":
            yield _start(datetime.fromisoformat(was), datetime.fromisoformat(now))
        case "ticket_types":
            yield from _types(was, now)
        case "vat_rate":
            yield f"the VAT rate is now {now} % instead of {was} %"
        case "companions_free":
            yield f"companions {'are free' if now else 'pay'} now"
        case _:
            name = fact.what.replace("_", " ")
            yield f"the {name} is now {money(now)} instead of {money(was)}"


def _start(was: datetime, now: datetime) -> str:
    if was.date() == now.date():
        return f"the film starts at {clock_time(now)} instead of {clock_time(was)}"
    return f"the film starts on {_day_and_time(now)} instead of {_day_and_time(was)}"


def _types(was: Sequence[Facts], now: Sequence[Facts]) -> Iterator[str]:
    """Return a clause for each type of ticket that is not as it was."""
    before = {one["code"]: one for one in was}
    after = {one["code"]: one for one in now}
    for code, one in after.items():
        name, price, earlier = one["name"], _price_of(one), before.get(code)
        if earlier is None:
            yield f"there are tickets for “{name}” now, at {price}"
        elif earlier["name"] != name:
            yield f"“{earlier['name']}” is called “{name}” now, at {price}"
        elif earlier != one:
            yield f"“{name}” is now {price} instead of {_price_of(earlier)}"
    for code, one in before.items():
        if code not in after:
            yield f"there are no tickets for “{one['name']}” any more"


def _price_of(ticket_type: Facts) -> str:
    """Return what a type of ticket costs, such as "€8.00, premium €10.50"."""
    price, surcharge = (Decimal(ticket_type[fact]) for fact in PRICE_FACTS)
    return f"{money(price)}, premium {money(price + surcharge)}" if surcharge else money(price)


def _day_and_time(local: datetime) -> str:
    return f"{local:%A} {local.day} {local:%B} at {clock_time(local)}"
