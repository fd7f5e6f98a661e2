"""The smallest real things that tests need: users, movies, auditoriums, shows."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from itertools import count
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import get_hasher, make_password
from django.utils import timezone

from booking.models import Auditorium, Booking, Movie, PriceList, Show, Taking
from booking.selectors.money import account_of
from booking.services.auditoriums import create_auditorium
from booking.services.price_lists import TypeGiven, save_price_list
from booking.services.shows import create_show

PASSWORD = "popcorn-at-nine"

_serial = count(1)


def user(**fields: Any) -> Any:
    """Create a user with the password PASSWORD."""
    fields.setdefault("username", f"user{next(_serial)}")
    fields.setdefault("password", _password_hash(get_hasher().algorithm))
    return get_user_model().objects.create(**fields)


@cache
def _password_hash(algorithm: str) -> str:
    """Return the hash of PASSWORD, made once: it is slow, as it should be."""
    return make_password(PASSWORD, hasher=algorithm)


def movie(**fields: Any) -> Movie:
    """Create a movie."""
    return Movie.objects.create(
        **{"title": f"Movie {next(_serial)}", "duration_minutes": 100} | fields
    )


def auditorium(*, plan: str = "SSSSS\nSSSSS") -> Auditorium:
    """Create an auditorium; the plan has ten standard seats unless given."""
    return create_auditorium(name=f"Auditorium {next(_serial)}", plan=plan)


def paid(booking: Booking) -> Booking:
    """Pay in cash all that is due for a booking."""
    if due := account_of(booking).due:
        method = Taking.Method.CASH
        Taking.objects.create(booking=booking, amount=due, method=method, at=timezone.now())
    return booking


def price_list(
    *,
    types: Sequence[tuple[str, str]] = (("child", "7.00"), ("student", "8.50")),
    vat_rate: str = "7.00",
    companions_free: bool = True,
) -> PriceList:
    """Create a price list; a premium seat has a surcharge of 2.00."""
    return save_price_list(
        price_list_id=None,
        name=f"List {next(_serial)}",
        vat_rate=Decimal(vat_rate),
        companions_free=companions_free,
        types=[type_given(code, price) for code, price in types],
        now=timezone.now(),
    )


def type_given(code: str, price: str) -> TypeGiven:
    """Return a type of ticket with a premium surcharge of 2.00."""
    return TypeGiven(code, code.capitalize(), Decimal(price), Decimal("2.00"))


def show(
    *,
    plan: str = "SSSSS\nSSSSS",
    room: Auditorium | None = None,
    of: Movie | None = None,
    starts_at: datetime | None = None,
    price: str = "10.00",
    premium_surcharge: str = "3.00",
    no_gaps: bool = False,
    by: PriceList | None = None,
) -> Show:
    """Create a show that starts tomorrow unless told otherwise."""
    return create_show(
        movie=of or movie(),
        auditorium=room or auditorium(plan=plan),
        starts_at=starts_at or timezone.now() + timedelta(days=1),
        price=Decimal(price),
        premium_surcharge=Decimal(premium_surcharge),
        no_gaps=no_gaps,
        price_list=by,
    )
