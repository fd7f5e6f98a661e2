"""Loads something to look at: a demo user, two movies and three upcoming shows."""

from argparse import ArgumentParser
from contextlib import suppress
from datetime import datetime, time, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.core.management import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from booking.errors import AuditoriumTaken, SeatTaken
from booking.management.sample import (
    AUDITORIUMS,
    HELD_IN,
    HELD_SEAT,
    MOVIES,
    PRICE_LIST,
    SHOWS,
    TICKET_TYPES,
    SampleShow,
)
from booking.models import ADMIT, CALL_OFF, TAKE_MONEY, Auditorium, Movie, PriceList, Show
from booking.rules import VAT_RATE
from booking.services.auditoriums import create_auditorium
from booking.services.holds import place_hold
from booking.services.price_lists import TypeGiven, save_price_list
from booking.services.shows import create_show
from foundation.server.earlier import refuse_earlier_database

HOLDER = "sample data"
DEMO_USERNAME = "demo"
DEMO_PASSWORD = "demopass"  # noqa: S105  (published on purpose, and refused outside debug mode)
OF_DEMO_USER = (ADMIT, TAKE_MONEY, CALL_OFF)


class Command(BaseCommand):
    """Loads the sample data, or what is missing of it; safe to run again."""

    help = "Load a demo user, 2 movies and 3 upcoming shows, or what is missing of them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--with-demo-user",
            action="store_true",
            help="make the user demo / demopass on a deployment that is not in debug mode, too",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not (settings.DEBUG or options["with_demo_user"]):
            raise CommandError(
                "DEBUG is off: a user whose password is published would be open to anyone. "
                "Give --with-demo-user if you want that here."
            )
        refuse_earlier_database()
        now = timezone.now()
        with transaction.atomic():
            _load_demo_user()
            movies = {title: _movie(title) for title in MOVIES}
            auditoriums = {name: _auditorium(name) for name in AUDITORIUMS}
            price_list = _price_list(now)
            for sample in SHOWS:
                movie, auditorium = movies[sample.movie], auditoriums[sample.auditorium]
                by = price_list if sample.has_list else None
                _load_show(sample, movie, auditorium, by, now)
        _hold_a_seat(now)
        upcoming = Show.objects.filter(starts_at__gt=now, is_listed=True).count()
        self.stdout.write(
            f"Sample data is loaded: {len(MOVIES)} movies, {upcoming} upcoming shows, "
            f"user {DEMO_USERNAME} / {DEMO_PASSWORD}."
        )


def _load_demo_user() -> None:
    """Make the demo user, who works at door and till as well where nobody real comes in."""
    users = get_user_model()
    try:
        demo = users.objects.get_by_natural_key(DEMO_USERNAME)
    except users.DoesNotExist:
        demo = users.objects.create_user(username=DEMO_USERNAME, password=DEMO_PASSWORD)
    if settings.DEBUG:
        names = [name.partition(".")[2] for name in OF_DEMO_USER]
        demo.user_permissions.add(*Permission.objects.filter(codename__in=names).order_by("pk"))


def _movie(title: str) -> Movie:
    movie, _ = Movie.objects.get_or_create(title=title, defaults=MOVIES[title])
    return movie


def _auditorium(name: str) -> Auditorium:
    return Auditorium.objects.filter(name=name).first() or create_auditorium(
        name=name, plan=AUDITORIUMS[name]
    )


def _price_list(now: datetime) -> PriceList:
    return PriceList.objects.filter(name=PRICE_LIST).first() or save_price_list(
        price_list_id=None,
        name=PRICE_LIST,
        vat_rate=VAT_RATE,
        companions_free=True,
        types=[
            TypeGiven(code, name, Decimal(price), Decimal(surcharge))
            for code, name, price, surcharge in TICKET_TYPES
        ],
        now=now,
    )


def _load_show(
    sample: SampleShow,
    movie: Movie,
    auditorium: Auditorium,
    price_list: PriceList | None,
    now: datetime,
) -> None:
    if auditorium.shows.filter(starts_at__gt=now).exists():
        return
    put_on = partial(
        create_show,
        movie=movie,
        auditorium=auditorium,
        price=Decimal(sample.price),
        premium_surcharge=Decimal(sample.premium_surcharge),
        price_list=price_list,
    )
    evening = _next_evening(sample.at, now) + timedelta(days=sample.days_later)
    try:
        put_on(starts_at=evening)
    except AuditoriumTaken:  # by a show that is still on
        put_on(starts_at=evening + timedelta(days=1))


def _hold_a_seat(now: datetime) -> None:
    """Hold a seat that can be waited for: the documentation of the API has it as an example."""
    show = (
        Auditorium.objects.get(name=HELD_IN).shows.filter(starts_at__gt=now).earliest("starts_at")
    )
    with suppress(SeatTaken):
        place_hold(show_id=show.pk, selection=[HELD_SEAT], client=HOLDER, user=None, now=now)


def _next_evening(at: time, now: datetime) -> datetime:
    """Return the next time that the cinema's clock shows this time, at least an hour from now."""
    local = timezone.localtime(now)
    evening = timezone.make_aware(datetime.combine(local.date(), at))
    while evening < now + timedelta(hours=1):
        local += timedelta(days=1)
        evening = timezone.make_aware(datetime.combine(local.date(), at))
    return evening
