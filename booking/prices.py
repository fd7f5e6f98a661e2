"""What seats cost: by the type of ticket, by their kind, and beside whom."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby
from operator import attrgetter
from types import MappingProxyType
from typing import Protocol

from django.conf import settings

from booking.currencies import SIGNS
from booking.models import Booking, Show, ShowSeat, Ticket
from booking.seating.house import Placed, accompanied
from booking.seating.kinds import ADULT, Kind, PriceCategory

CENT = Decimal("0.01")

# By a seat's number, the code of its type of ticket; whoever is not in there is an adult.
Types = Mapping[int, str]
ADULTS: Types = MappingProxyType({})


class SoldSeat(Placed, Protocol):
    """A seat, as a bill names it."""

    @property
    def label(self) -> str: ...


@dataclass(frozen=True)
class BilledSeat:
    """A seat and what it costs."""

    seat_number: int
    label: str
    kind: str
    type: str
    price: Decimal


@dataclass(frozen=True)
class Bill:
    """What seats cost, each and together."""

    seats: list[BilledSeat]

    @property
    def total(self) -> Decimal:
        return sum((seat.price for seat in self.seats), Decimal(0))


@dataclass(frozen=True)
class Vat:
    """The VAT that some prices contain, at a rate in percent."""

    rate: Decimal
    amount: Decimal


def known_types(show: Show, types: Types) -> dict[int, str]:
    """Return those of these types that the show sells; the rest are adults."""
    codes = {one["code"] for one in show.ticket_types}
    return {seat_number: code for seat_number, code in types.items() if code in codes}


def bill_of(
    show: Show,
    seats: Iterable[SoldSeat],
    types: Types = ADULTS,
    *,
    staying: Collection[SoldSeat] = (),
) -> Bill:
    """Return what these seats of the show cost, with others of one's own `staying` beside them.

    Where the show has it so, a companion seat is free beside a wheelchair space of its own, which
    none of the companions that stay has.
    """
    wanted = list(seats)
    free = accompanied(wanted, first=staying) if show.companions_free else frozenset[int]()
    facts = {one["code"]: one for one in show.ticket_types}

    def billed(seat: SoldSeat) -> BilledSeat:
        number, code = seat.seat_number, types.get(seat.seat_number, ADULT)
        if number in free:
            price = Decimal(0)
        elif code == ADULT:
            price = show.price_of(seat.kind)
        else:
            of_type = (Decimal(facts[code][fact]) for fact in Kind(seat.kind).category.value)
            price = sum(of_type, Decimal(0))
        return BilledSeat(number, seat.label, seat.kind, code, price)

    return Bill(list(map(billed, wanted)))


def tickets_for(
    booking: Booking,
    seats: Sequence[ShowSeat],
    types: Types = ADULTS,
    *,
    staying: Collection[SoldSeat] = (),
) -> list[Ticket]:
    """Return unsaved tickets for these seats, at the prices of the show."""
    show = booking.show
    bill = bill_of(show, (show_seat.seat for show_seat in seats), types, staying=staying)
    return [
        Ticket(
            booking=booking,
            show=show,
            seat=show_seat.seat,
            seat_number=billed.seat_number,
            type=billed.type,
            price=billed.price,
            vat_rate=show.vat_rate,
        )
        for show_seat, billed in zip(seats, bill.seats, strict=True)
    ]


def was_free(ticket: Ticket) -> bool:
    """Tell whether a companion's ticket of a show was free for a wheelchair space beside it."""
    seat = ticket.seat
    if ticket.price or seat.kind != Kind.COMPANION:
        return False
    types = known_types(ticket.show, {seat.seat_number: ticket.type})
    return bill_of(ticket.show, [seat], types).total > 0


def vat_of(tickets: Iterable[Ticket]) -> list[Vat]:
    """Return the VAT that is contained in the prices of these tickets together, rate by rate.

    It is rounded once for each rate, half a cent up: what each ticket contains would not add up.
    """
    by_rate = sorted(tickets, key=attrgetter("vat_rate"))
    return [
        Vat(rate, contained(sum((one.price for one in those), Decimal(0)), rate))
        for rate, those in groupby(by_rate, key=attrgetter("vat_rate"))
    ]


def contained(amount: Decimal, rate: Decimal) -> Decimal:
    """Return the VAT at this rate, in percent, that an amount contains."""
    return (amount * rate / (100 + rate)).quantize(CENT, ROUND_HALF_UP)


def name_of(show: Show, code: str) -> str:
    """Return what people call a type of ticket, also one that the show sells no more."""
    names = {one["code"]: one["name"] for one in show.ticket_types}
    return names.get(code) or code.replace("-", " ").replace("_", " ").capitalize()


def money(amount: Decimal | str) -> str:
    """Return an amount for people, such as "€12.50" or "−€3.00"."""
    exact = Decimal(amount)
    return f"{'−' if exact < 0 else ''}{SIGNS[settings.CURRENCY]}{abs(exact):,.2f}"


def prices_in_words(show: Show) -> str:
    """Return what a seat costs, such as "€12.50, premium €15.50"."""
    prices = {category.word: show.price_in(category) for category in PriceCategory}
    dearer = [f"{word} {money(price)}" for word, price in prices.items() if price != show.price]
    return ", ".join([money(show.price), *dearer])
