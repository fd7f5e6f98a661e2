"""What was sold, and to whom."""

from django.conf import settings
from django.db import models

from booking.models.catalogue import Seat, Show


class Booking(models.Model):
    """A confirmed purchase of one or more seats of a show.

    `just_sold` are the tickets that a service sold with it a moment ago, for whoever answers.
    """

    just_sold: "list[Ticket] | None" = None

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="bookings"
    )
    show = models.ForeignKey(Show, on_delete=models.PROTECT, related_name="bookings")
    reference = models.CharField(max_length=9, unique=True)
    created_at = models.DateTimeField()
    cancelled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["user", "-created_at", "-id"], name="booking_newest_first")]

    def __str__(self) -> str:
        return self.reference

    @property
    def status(self) -> str:
        """Either "confirmed" or "cancelled"."""
        return "cancelled" if self.cancelled_at else "confirmed"


class StoredAnswer(models.Model):
    """The answer that a client's request with an Idempotency-Key got.

    `fingerprint` is the SHA-256 of all that the request asked.
    """

    client = models.CharField(max_length=100)
    key = models.CharField(max_length=100)
    fingerprint = models.CharField(max_length=64)
    body = models.JSONField()
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client", "key"], name="one_answer_per_key"),
        ]

    def __str__(self) -> str:
        return self.key


class Ticket(models.Model):
    """The right to one seat at the booking's show, at the price paid in euros."""

    booking = models.ForeignKey(Booking, on_delete=models.PROTECT, related_name="tickets")
    show = models.ForeignKey(Show, on_delete=models.PROTECT, related_name="+")
    seat = models.ForeignKey(Seat, on_delete=models.PROTECT, related_name="+")
    seat_number = models.PositiveIntegerField()
    price = models.DecimalField(max_digits=6, decimal_places=2)
    cancelled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["booking", "seat_number"]
        constraints = [
            models.UniqueConstraint(
                fields=["show", "seat_number"],
                condition=models.Q(cancelled_at__isnull=True),
                name="seat_sold_once",
            ),
        ]

    def __str__(self) -> str:
        return f"seat {self.seat_number} of show {self.show_id}"
