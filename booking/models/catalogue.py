"""What is on, where and when."""

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone


class Movie(models.Model):
    """A work that is shown."""

    title = models.CharField(max_length=200)
    synopsis = models.TextField(blank=True)
    duration_minutes = models.PositiveSmallIntegerField(
        validators=[MinValueValidator(1), MaxValueValidator(1000)]
    )
    certificate = models.CharField(max_length=10, blank=True, help_text="Age rating, such as 12A.")

    class Meta:
        ordering = ["title", "id"]

    def __str__(self) -> str:
        return self.title


class Auditorium(models.Model):
    """A room with seats.

    `plan` draws it, one line per row and the row nearest the screen first; `capacity` and
    `layout_hash` follow from it (`booking.services.auditoriums`).
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


class Kind(models.TextChoices):
    """The kinds of seat."""

    STANDARD = "standard"
    PREMIUM = "premium"
    WHEELCHAIR = "wheelchair"
    COMPANION = "companion"


class Seat(models.Model):
    """A physical seat. `x` and `y` are grid cells; `y` grows away from the screen."""

    auditorium = models.ForeignKey(Auditorium, on_delete=models.CASCADE, related_name="seats")
    seat_number = models.PositiveIntegerField()
    row = models.CharField(max_length=3)
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.STANDARD)
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
                condition=models.Q(kind__in=Kind.values), name="seat_kind_is_known"
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The name that people read, such as "F12"."""
        return f"{self.row}{self.position}"


class Show(models.Model):
    """One showing of a movie in an auditorium. Prices are in euros."""

    movie = models.ForeignKey(Movie, on_delete=models.PROTECT, related_name="shows")
    auditorium = models.ForeignKey(Auditorium, on_delete=models.PROTECT, related_name="shows")
    starts_at = models.DateTimeField(db_index=True)
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
    no_gaps = models.BooleanField(
        "no single gaps",
        default=False,
        help_text="Refuse a choice that leaves a single seat between taken ones.",
    )

    class Meta:
        ordering = ["starts_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["auditorium", "starts_at"], name="one_show_at_a_time_in_auditorium"
            ),
            models.CheckConstraint(
                condition=models.Q(price__gte=0, premium_surcharge__gte=0),
                name="show_prices_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.movie}, {timezone.localtime(self.starts_at):%Y-%m-%d %H:%M}"

    @property
    def premium_price(self) -> Decimal:
        """The price of a premium seat."""
        return self.price + self.premium_surcharge

    def price_of(self, kind: str) -> Decimal:
        """Return what a seat of this kind costs."""
        return self.premium_price if kind == Kind.PREMIUM else self.price
