"""What is on, where and when."""

from datetime import datetime
from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone

from booking.rules import (
    CLEANING_TIME,
    FIRST_START,
    HIGHEST_PRICE,
    LAST_START,
    LONGEST_FILM,
    MINUTE,
    VAT_RATE,
)
from booking.seating.kinds import ADULT, Kind, PriceCategory
from foundation.instants import clock_time

KINDS = [(kind.value, kind.value.capitalize()) for kind in Kind]
# The permission that lets staff call shows off and move them.
CALL_OFF = "booking.call_off_show"
OUT_OF_REACH = f"A show starts between the years {FIRST_START.year} and {LAST_START.year}."
LONGEST_FILM_MINUTES = LONGEST_FILM // MINUTE
PRICE_OUT_OF_RANGE = f"Price and surcharge are 0 or more, and together {HIGHEST_PRICE} at most."


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


class Priced(models.Model):
    """What a seat costs, by its price category: the sum of some PRICE_FACTS."""

    price = models.DecimalField(
        max_digits=6, decimal_places=2, validators=[MinValueValidator(Decimal(0))]
    )
    premium_surcharge = models.DecimalField(
        max_digits=6,
        decimal_places=2,
        default=Decimal(0),
        validators=[MinValueValidator(Decimal(0))],
        help_text="What a premium seat costs on top of the price.",
    )

    class Meta:
        abstract = True

    @property
    def premium_price(self) -> Decimal:
        return self.price_in(PriceCategory.PREMIUM)

    def price_of(self, kind: str) -> Decimal:
        return self.price_in(Kind(kind).category)

    def price_in(self, category: PriceCategory) -> Decimal:
        return sum((getattr(self, fact) for fact in category.value), Decimal(0))


class PriceList(models.Model):
    """Who pays another price than an adult, and which share of all prices is VAT.

    What an adult pays is the show's own. A companion seat that is booked with its wheelchair space
    is free of charge where the list says so.
    """

    name = models.CharField(max_length=100, unique=True)
    vat_rate = models.DecimalField(
        "VAT rate",
        max_digits=4,
        decimal_places=2,
        default=VAT_RATE,
        validators=[MinValueValidator(Decimal(0))],
        help_text="In percent; prices include it.",
    )
    companions_free = models.BooleanField(
        default=False,
        help_text="A companion seat costs nothing together with its wheelchair space.",
    )

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class TicketType(Priced):
    """Who a price of a list is for, such as a child. `code` names it in the API and on tickets."""

    price_list = models.ForeignKey(PriceList, on_delete=models.CASCADE, related_name="types")
    code = models.SlugField(max_length=20)
    name = models.CharField(max_length=40)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["price_list", "position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["price_list", "code"], name="ticket_type_unique_in_list"
            ),
            models.CheckConstraint(
                condition=~models.Q(code=ADULT), name="adults_pay_the_price_of_the_show"
            ),
            models.CheckConstraint(
                # Half a cent more: SQLite adds decimals as floating-point numbers.
                condition=models.Q(
                    price__gte=0,
                    premium_surcharge__gte=0,
                    price__lt=HIGHEST_PRICE + Decimal("0.005") - models.F("premium_surcharge"),
                ),
                name="ticket_type_prices_in_range",
                violation_error_message=PRICE_OUT_OF_RANGE,
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Show(Priced):
    """One showing of a movie in an auditorium.

    It has its auditorium until `room_free_at`, when the movie is over and the room is clean. No two
    shows have one at once: services see to it, and on PostgreSQL an exclusion constraint
    (`one_show_at_a_time_in_auditorium`, in the migrations). One that is not listed is for those
    alone who have its address. `price` and `premium_surcharge` are what an adult pays.

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
            models.CheckConstraint(
                # Half a cent more: SQLite adds decimals as floating-point numbers.
                condition=models.Q(
                    price__gte=0,
                    premium_surcharge__gte=0,
                    price__lt=HIGHEST_PRICE + Decimal("0.005") - models.F("premium_surcharge"),
                ),
                name="show_prices_in_range",
                violation_error_message=PRICE_OUT_OF_RANGE,
            ),
        ]
        indexes = [
            models.Index(fields=["auditorium", "starts_at"], name="shows_of_auditorium_by_time"),
        ]

    def __str__(self) -> str:
        day = timezone.localtime(self.starts_at)
        return f"{self.movie}, {day:%Y-%m-%d} {clock_time(self.starts_at)}"

    def set_room_free_at(self) -> None:
        """Work out when the auditorium is free again, from the start and the movie's length."""
        end = self.film_ends_at + CLEANING_TIME
        self.room_free_at = self.starts_at if self.cancelled_at else end

    @property
    def film_ends_at(self) -> datetime:
        """When the film is over, and with it what a ticket is good for."""
        return self.starts_at + self.movie.duration_minutes * MINUTE
