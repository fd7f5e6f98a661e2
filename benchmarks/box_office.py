"""A box office with a year behind it: movies, shows, people, and all that they left.

It goes into a database that has nothing yet: by COPY where it is much, and by the services where it
is of today.
"""

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from itertools import count, islice
from secrets import token_hex, token_urlsafe
from typing import Any
from uuid import uuid4

from django.contrib.admin.models import CHANGE
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.utils import timezone

from benchmarks.history import ON_SALE, History, PlacedSeat, write, write_histories
from booking.buyers import Buyer
from booking.management.sample import AUDITORIUMS
from booking.models import Auditorium, Booking, Movie, Show, ShowSeat, State
from booking.rules import HOLD_TIME
from booking.seating.kinds import Kind
from booking.services.auditoriums import create_auditorium
from booking.services.holds import place_hold
from booking.services.paying import WhichHold
from booking.services.sales import book_seats
from booking.services.waitlist import join_waitlist
from payments.models import Payment
from payments.services.starting import start_payment
from tests.readings import Cinema

# Two shows a day in each auditorium; no film is longer than the time between.
TIMES = (time(17, 0), time(20, 30))
LONGEST_MINUTES = 150
SHOWS_OF_A_FILM = 35
SHOWS_AT_ONCE = 20
# Of the bookings, by those who come all the time; the member who reads is one of them.
SHARE_OF_REGULARS = 0.2
FIRST_NAMES = ("ada", "ben", "cleo", "dora", "emil", "fay", "gus", "hana", "ivo", "jule", "kai")
TITLES = (
    ("Last", "Silent", "Second", "Hidden", "Crooked", "Northern", "Paper", "Borrowed"),
    ("Harbour", "Orchard", "Signal", "Winter", "Witness", "Garden", "Letter", "Tide"),
)


@dataclass(frozen=True)
class Size:
    """How much there is; bookings and entries are those of past shows."""

    past_shows: int
    shows_to_come: int
    bookings: int
    entries: int
    users: int


class BoxOffice:
    """Fills a database, once with little and then with much."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.chance = random.Random(13)
        self.rooms = [create_auditorium(name=name, plan=plan) for name, plan in AUDITORIUMS.items()]
        self.seats = {
            room.pk: [PlacedSeat(seat.pk, seat.seat_number, seat.kind) for seat in room.seats.all()]
            for room in self.rooms
        }
        self.staff = get_user_model().objects.create(
            username="staff", password=make_password(None), is_staff=True, is_superuser=True
        )
        Group.objects.get_or_create(pk=1, defaults={"name": "box office"})
        self.past, self.to_come = self._slots(-1), self._slots(1)
        self.users: list[Any] = []

    def _slots(self, direction: int) -> Iterator[tuple[datetime, Auditorium]]:
        """Yield when and where there can be shows, day by day from today on."""
        today = timezone.localtime(self.now).date()
        for day in count(1):
            for at in TIMES:
                moment = datetime.combine(today + timedelta(days=direction * day), at)
                for room in self.rooms:
                    yield timezone.make_aware(moment), room

    def fill(self, size: Size) -> Cinema:
        """Add so much of everything, and return what of it is to be read."""
        self.users += _people(size.users, len(self.users))
        movies = self._movies(1 + size.past_shows // SHOWS_OF_A_FILM)
        past = self._shows(islice(self.past, size.past_shows), movies)
        to_come = self._shows(islice(self.to_come, size.shows_to_come), movies)
        seats = sum(show.auditorium.capacity for show in past)
        every = [*past, *to_come]
        for start in range(0, len(every), SHOWS_AT_ONCE):
            with transaction.atomic():
                batch = every[start : start + SHOWS_AT_ONCE]
                write_histories([self._history(show, size, seats) for show in batch])
        self._leave_behind(size, to_come)
        tokens = [self._hold_and_wait(show) for show in to_come]
        booking = self._book(to_come[0])
        payment = self._begin_to_pay(tokens[0])
        return Cinema(to_come[0], past[0], booking, tokens[0], payment, self.users[0], self.staff)

    def _movies(self, number: int) -> list[Movie]:
        names = [f"The {first} {second}" for first in TITLES[0] for second in TITLES[1]]
        return Movie.objects.bulk_create(
            Movie(
                title=f"{names[n % len(names)]} {n // len(names) or ''}".strip(),
                duration_minutes=self.chance.randint(80, LONGEST_MINUTES),
            )
            for n in range(number)
        )

    def _shows(
        self, slots: Iterable[tuple[datetime, Auditorium]], movies: Sequence[Movie]
    ) -> list[Show]:
        shows = []
        for starts_at, room in slots:
            movie = self.chance.choice(movies)
            prices = {"price": Decimal("12.50"), "premium_surcharge": Decimal("3.50")}
            shows.append(Show(movie=movie, auditorium=room, starts_at=starts_at, **prices))
            shows[-1].set_room_free_at()
        return Show.objects.bulk_create(shows)

    def _history(self, show: Show, size: Size, seats: int) -> History:
        """Make up what became of a show: its seats' part, and so far its time's."""
        history = History(show, self.seats[show.auditorium_id], self._buyer(size), self.chance)
        until = min(self.now, show.starts_at)
        part = show.auditorium.capacity / seats * max(0, (until - show.starts_at) / ON_SALE + 1)
        history.happen(
            bookings=round(size.bookings * part), entries=round(size.entries * part), until=until
        )
        return history

    def _buyer(self, size: Size) -> Callable[[], int]:
        regulars = self.users[: max(1, int(size.bookings * SHARE_OF_REGULARS / 100))]

        def buyer() -> int:
            is_regular = self.chance.random() < SHARE_OF_REGULARS
            return int(self.chance.choice(regulars if is_regular else self.users).pk)

        return buyer

    def _hold_and_wait(self, show: Show) -> str:
        """Hold two seats for guests, let a user wait for one of them, and return the last token."""
        for number in range(2):
            seat = self._free_seat(show)
            hold = place_hold(
                show_id=show.pk,
                selection=[seat],
                client=f"guest {number} of {show.pk}",
                user=None,
                now=timezone.now(),
            )
        join_waitlist(show_id=show.pk, seat_number=seat, user=self.users[1], now=timezone.now())
        return hold.token

    def _begin_to_pay(self, token: str) -> Payment:
        which, guest = WhichHold(token=token), Buyer(email="guest@example.org")
        return start_payment(which, way="pretend", buyer=guest, client="guest", now=timezone.now())

    def _book(self, show: Show) -> Booking:
        seats = [self._free_seat(show)]
        return book_seats(
            show_id=show.pk,
            seat_numbers=seats,
            user=self.users[0],
            now=timezone.now(),
            at_counter=True,  # it may have as many as an account can by now
        )

    def _free_seat(self, show: Show) -> int:
        free = ShowSeat.objects.filter(show=show, state=State.AVAILABLE)
        free = free.filter(seat__kind__in=(Kind.STANDARD, Kind.PREMIUM))
        return free.order_by("seat_number").values_list("seat_number", flat=True)[0]

    def _leave_behind(self, size: Size, to_come: Sequence[Show]) -> None:
        """Add what people leave: sessions, log-ins of clients, and a day's holds and answers."""
        soon, users = self.now + timedelta(days=7), self.users[-size.users :]
        write(
            "django_session",
            "session_key, session_data, expire_date",
            ((token_hex(16), token_urlsafe(150), soon) for _ in users[::2]),
        )
        write(
            "accounts_tokenfamily",
            "id, user_id, current, previous, rotated_at, expires_at, auth_hash",
            (
                (uuid4(), user.pk, token_hex(16), token_hex(16), self.now, soon, token_hex(32))
                for user in users[::10]
            ),
        )
        times = (self.now - HOLD_TIME, self.now, self.now)
        today = range(size.entries // 365 // 2)
        write(
            "booking_hold",
            "show_id, token_hash, browser_hash, client, is_offer, seat_numbers, created_at, "
            "expires_at, ended_at",
            (
                (to_come[n % len(to_come)].pk, token_hex(32), "", f"guest {n}", "f", "[1]", *times)
                for n in today
            ),
        )
        write(
            "idempotency_storedanswer",
            "client, key, fingerprint, body, created_at",
            ((f"guest {n}", token_hex(16), token_hex(32), "{}", self.now) for n in today),
        )
        kind = ContentType.objects.get_for_model(Show).pk
        write(
            "django_admin_log",
            "action_time, user_id, content_type_id, object_id, object_repr, action_flag, "
            "change_message",
            (
                (self.now, self.staff.pk, kind, to_come[0].pk, "a show", CHANGE, "Sold A1.")
                for _ in range(size.past_shows * 10)
            ),
        )


def _people(number: int, earlier: int) -> list[Any]:
    users = get_user_model()
    names = [f"{FIRST_NAMES[n % len(FIRST_NAMES)]}.{earlier + n}" for n in range(number)]
    password = make_password(None)
    return users.objects.bulk_create(
        users(username=name, email=f"{name}@example.org", password=password) for name in names
    )
