"""What is on, where and when."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone

from booking.models.prices import Priced, PriceList, prices_in_range
from booking.rules import (
    CLEANING_TIME,
    FIRST_START,
    LAST_START,
    LONGEST_FILM,
    MINUTE,
    VAT_RATE,
)
from booking.seating.kinds import Kind
from foundation.instants import clock_time

KINDS = [(kind.value, kind.value.capitalize()) for kind in Kind]
# The permission that lets staff call shows off and move them.
CALL_OFF = "booking.call_off_show"
OUT_OF_REACH = f"A show starts between the years {FIRST_START.year} and {LAST_START.year}."
LONGEST_FILM_MINUTES = LONGEST_FILM // MINUTE


class Movie(models.Model):
    """A work that is shown."""

    title = models.CharField(max_length=200)
    synopsis = models.TextField(blank=True)
    duration_minutes = models.PositiveSmallIntegerField(
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_FILM_MINUTES)]
    )
    certificate = models.CharField(max_length=10, blank=True, help_text="Age rating, such as 12A.")

    class Meta:
        ordering = ["title", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    duration_minutes__gte=1, duration_minutes__lte=LONGEST_FILM_MINUTES
                ),
                name="movie_has_a_length",
                violation_error_message=f"A movie lasts 1 to {LONGEST_FILM_MINUTES} minutes.",
            )
        ]

    def __str__(self) -> str:
        return self.title


class Auditorium(models.Model):
    """A room with seats.

    `plan` draws it, one line per row and the row nearest the screen first; `capacity` and
    `layout_hash` follow from it (`booking.seating.plan`).
    """

    name = models.CharField(max_length=100, unique=True)
    plan = models.TextField()
    capacity = models.PositiveIntegerField(editable=False)
    layout_hash = models.CharField(max_length=64, editable=False)

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "auditoriums"

    def __str__(self) -> str:
        return self.name


class Seat(models.Model):
    """A physical seat. `x` and `y` are grid cells; `y` grows away from the screen."""

    auditorium = models.ForeignKey(Auditorium, on_delete=models.CASCADE, related_name="seats")
    seat_number = models.PositiveIntegerField()
    row = models.CharField(max_length=3)
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=10, choices=KINDS, default=Kind.STANDARD.value)
    x = models.PositiveSmallIntegerField()
    y = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["auditorium", "seat_number"]
        constraints = [
            models.UniqueConstraint(
                fields=["auditorium", "seat_number"], name="seat_number_unique_in_auditorium"
            ),
            models.UniqueConstraint(
                fields=["auditorium", "row", "position"], name="seat_label_unique_in_auditorium"
            ),
            models.CheckConstraint(
                condition=models.Q(seat_number__gte=1), name="seat_number_starts_at_one"
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=[kind.value for kind in Kind]),
                name="seat_kind_is_known",
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The name that people read, such as "F12"."""
        return f"{self.row}{self.position}"


class Show(Priced):
    """One showing of a movie in an auditorium.

    It has its auditorium until `room_free_at`, when the movie is over and the room is clean. No two
    shows have one at once: services see to it, and on PostgreSQL an exclusion constraint
    (`one_show_at_a_time_in_auditorium`, in the migrations). One that is not listed is for those
    alone who have its address. `price` and `premium_surcharge` are what an adult pays.
    `list_facts` are what its price list says, as the terms have it: a copy, so that whoever sells a
    seat reads one row, which services change together with the list until the show starts.

    `cancelled_at` is when it was called off: then it has its auditorium no more. `moved_at` is when
    it last got another time or auditorium: whoever booked before that gives tickets back free of
    charge.
    """

    movie = models.ForeignKey(Movie, on_delete=models.PROTECT, related_name="shows")
    auditorium = models.ForeignKey(Auditorium, on_delete=models.PROTECT, related_name="shows")
    starts_at = models.DateTimeField(
        db_index=True,
        validators=[
            MinValueValidator(FIRST_START, OUT_OF_REACH),
            MaxValueValidator(LAST_START, OUT_OF_REACH),
        ],
    )
    room_free_at = models.DateTimeField(editable=False)
    price_list = models.ForeignKey(
        PriceList,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="shows",
        help_text="Who pays less than an adult here; without one, nobody does.",
    )
    no_gaps = models.BooleanField(
        "no single gaps",
        default=False,
        help_text="Refuse a choice that leaves a single seat between taken ones.",
    )
    is_listed = models.BooleanField(default=True, db_default=True, editable=False)
    list_facts = models.JSONField(null=True, editable=False)
    cancelled_at = models.DateTimeField(null=True, editable=False)
    moved_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ["starts_at", "id"]
        permissions = [("call_off_show", "Can call off and move shows")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(starts_at__gte=FIRST_START, starts_at__lte=LAST_START),
                name="show_starts_within_reach",
                violation_error_message=OUT_OF_REACH,
            ),
            prices_in_range("show_prices_in_range"),
        ]
        indexes = [
            models.Index(fields=["auditorium", "starts_at"], name="shows_of_auditorium_by_time"),
        ]

    def __str__(self) -> str:
        day = timezone.localtime(self.starts_at)
        return f"{self.movie}, {day:%Y-%m-%d} {clock_time(self.starts_at)}"

    @property
    def ticket_types(self) -> list[dict[str, str]]:
        """The types of ticket besides an adult's: code, name and PRICE_FACTS of each."""
        types: list[dict[str, str]] = self._of_list("ticket_types", [])
        return types

    @property
    def vat_rate(self) -> Decimal:
        return Decimal(self._of_list("vat_rate", VAT_RATE))

    @property
    def companions_free(self) -> bool:
        return bool(self._of_list("companions_free", False))

    def _of_list(self, fact: str, otherwise: Any) -> Any:
        return otherwise if self.list_facts is None else self.list_facts[fact]

    def set_room_free_at(self) -> None:
        """Work out when the auditorium is free again, from the start and the movie's length."""
        end = self.film_ends_at + CLEANING_TIME
        self.room_free_at = self.starts_at if self.cancelled_at else end

    @property
    def film_ends_at(self) -> datetime:
        """When the film is over, and with it what a ticket is good for."""
        return self.starts_at + self.movie.duration_minutes * MINUTE
