"""What was sold, and to whom."""

from decimal import Decimal

from django.conf import settings
from django.db import models

from booking.buyers import Buyer
from booking.chain import Checkpoint
from booking.codes import code_of
from booking.models.catalogue import Seat, Show
from booking.money_back import MoneyBack
from booking.rules import VAT_RATE
from booking.seating.kinds import ADULT
from foundation.ids import random_id


class Booking(models.Model):
    """A purchase of seats of a show.

    It is a user's, or without one a guest's, who is known by their `email` address alone, or
    nobody's: somebody bought it at the counter. Where it `pays_online`, a provider has promised the
    money or sent it (`payments`), and nobody takes any at the door. One that `is_accounted` has all
    its money in takings; those from before there were any have not.

    What a service did a moment ago, it leaves with its booking: `just_sold` are the tickets that it
    sold, `receipt` is the version of the log that says so, and `money_back` is what comes back for
    tickets that it cancelled.
    """

    just_sold: "list[Ticket] | None" = None
    receipt: Checkpoint | None = None
    money_back: MoneyBack | None = None

    id = models.BigIntegerField(primary_key=True, default=random_id, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="bookings"
    )
    email = models.CharField(max_length=254, default="", db_default="", blank=True)
    show = models.ForeignKey(Show, on_delete=models.PROTECT, related_name="bookings")
    reference = models.CharField(max_length=9, unique=True)
    created_at = models.DateTimeField()
    cancelled_at = models.DateTimeField(null=True, blank=True)
    pays_online = models.BooleanField(default=False, db_default=False, editable=False)
    is_accounted = models.BooleanField(default=True, db_default=False, editable=False)

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["email"], condition=~models.Q(email=""), name="bookings_of_guest"),
            models.Index(fields=["user", "-created_at", "-id"], name="booking_newest_first"),
            models.Index(fields=["-created_at", "-id"], name="bookings_by_time"),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def status(self) -> str:
        return "cancelled" if self.cancelled_at else "confirmed"

    @property
    def buyer(self) -> Buyer:
        return Buyer(self.user, self.email)

    @property
    def total(self) -> Decimal:
        """What all its tickets cost together."""
        tickets = self.tickets.all() if self.just_sold is None else self.just_sold
        return sum((ticket.price for ticket in tickets), Decimal(0))


class Ticket(models.Model):
    """The right to one seat at the booking's show, at its price.

    `type` is the code of the price list's TicketType that it was sold as. `kept` is what stays to
    be paid of one that was cancelled.
    """

    id = models.BigIntegerField(primary_key=True, default=random_id, editable=False)
    booking = models.ForeignKey(Booking, on_delete=models.PROTECT, related_name="tickets")
    show = models.ForeignKey(Show, on_delete=models.PROTECT, related_name="+")
    seat = models.ForeignKey(Seat, on_delete=models.PROTECT, related_name="+")
    seat_number = models.PositiveIntegerField()
    type = models.CharField(max_length=20, default=ADULT, db_default=ADULT)
    price = models.DecimalField(max_digits=6, decimal_places=2)
    vat_rate = models.DecimalField(
        "VAT rate", max_digits=4, decimal_places=2, default=VAT_RATE, db_default=VAT_RATE
    )
    kept = models.DecimalField(
        max_digits=6, decimal_places=2, default=Decimal(0), db_default=Decimal(0)
    )
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

    @property
    def code(self) -> str:
        """What its QR code says."""
        return code_of(self.pk)
