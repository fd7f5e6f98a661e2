"""The money that came in for bookings, and went out again."""

from django.conf import settings
from django.db import models

from booking.models.sales import Booking
from foundation.ids import random_id

# The permission that lets staff take money, and the one to see the evening's figures.
TAKE_MONEY = "booking.take_money"
SEE_FIGURES = "booking.see_figures"


class Taking(models.Model):
    """Money that was taken for a booking, or given back: then `amount` is less than 0.

    What a booking has paid is the sum of its takings; what it owes follows from its tickets. None
    is ever changed or deleted. One with a `key` is recorded once, however often it is sent.
    """

    class Method(models.TextChoices):
        """How it was paid; what is paid `online` is for `payments` to see to."""

        CASH = "cash"
        CARD = "card"
        ONLINE = "online"

    id = models.BigIntegerField(primary_key=True, default=random_id, editable=False)
    booking = models.ForeignKey(Booking, on_delete=models.PROTECT, related_name="takings")
    amount = models.DecimalField(max_digits=9, decimal_places=2)
    method = models.CharField(max_length=10, choices=Method.choices)
    at = models.DateTimeField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    key = models.UUIDField(null=True, unique=True)

    class Meta:
        ordering = ["at", "id"]
        permissions = [
            ("take_money", "Can take money and give it back"),
            ("see_figures", "Can see the evening's figures"),
        ]
        indexes = [models.Index(fields=["at"], name="takings_by_time")]

    def __str__(self) -> str:
        return f"{self.amount} for {self.booking_id}"


# How staff take money, at the door and at the till.
BY_HAND = (Taking.Method.CASH, Taking.Method.CARD)
