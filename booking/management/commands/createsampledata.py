"""Loads something to look at: a demo user, two movies and three upcoming shows."""

from argparse import ArgumentParser
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from booking.management.sample import AUDITORIUMS, MOVIES, SHOWS, SampleShow
from booking.models import Auditorium, Movie, Show
from booking.services.auditoriums import create_auditorium
from booking.services.shows import create_show

DEMO_USERNAME = "demo"
DEMO_PASSWORD = "demopass"  # noqa: S105  (published on purpose, and refused outside debug mode)


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
        now = timezone.now()
        with transaction.atomic():
            _load_demo_user()
            movies = {title: _movie(title) for title in MOVIES}
            auditoriums = {name: _auditorium(name) for name in AUDITORIUMS}
            for sample in SHOWS:
                _load_show(sample, movies[sample.movie], auditoriums[sample.auditorium], now)
        upcoming = Show.objects.filter(starts_at__gt=now).count()
        self.stdout.write(
            f"Sample data is loaded: {len(MOVIES)} movies, {upcoming} upcoming shows, "
            f"user {DEMO_USERNAME} / {DEMO_PASSWORD}."
        )


def _load_demo_user() -> None:
    users = get_user_model().objects
    if not users.filter(username__iexact=DEMO_USERNAME).exists():
        users.create_user(username=DEMO_USERNAME, password=DEMO_PASSWORD)


def _movie(title: str) -> Movie:
    movie, _ = Movie.objects.get_or_create(title=title, defaults=MOVIES[title])
    return movie


def _auditorium(name: str) -> Auditorium:
    return Auditorium.objects.filter(name=name).first() or create_auditorium(
        name=name, plan=AUDITORIUMS[name]
    )


def _load_show(sample: SampleShow, movie: Movie, auditorium: Auditorium, now: datetime) -> None:
    if auditorium.shows.filter(starts_at__gt=now).exists():
        return
    create_show(
        movie=movie,
        auditorium=auditorium,
        starts_at=_next_evening(sample.at, now) + timedelta(days=sample.days_later),
        price=Decimal(sample.price),
        premium_surcharge=Decimal(sample.premium_surcharge),
    )


def _next_evening(at: time, now: datetime) -> datetime:
    """Return the next time that the cinema's clock shows this time, at least an hour from now."""
    local = timezone.localtime(now)
    evening = timezone.make_aware(datetime.combine(local.date(), at))
    while evening < now + timedelta(hours=1):
        local += timedelta(days=1)
        evening = timezone.make_aware(datetime.combine(local.date(), at))
    return evening
