"""Shows, their seats and bookings."""

from datetime import timedelta

from django.conf import settings
from django.db import models

HOLD_TIME = timedelta(minutes=8)


class Show(models.Model):
    """A showing with so many seats."""

    title = models.CharField(max_length=100)
    capacity = models.PositiveIntegerField()


class Seat(models.Model):
    """A seat of a show, and whether it can be had."""

    show = models.ForeignKey(Show, models.CASCADE, related_name="seats")
    seat_number = models.PositiveIntegerField()
    row = models.CharField(max_length=3)
    position = models.PositiveIntegerField()
    kind = models.CharField(max_length=10)
    is_available = models.BooleanField(default=True)
    held_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True)
    held_until = models.DateTimeField(null=True)

    class Meta:
        ordering = ["seat_number"]


class Booking(models.Model):
    """A seat that was sold."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT)
    show = models.ForeignKey(Show, models.PROTECT, related_name="bookings")
    seat_number = models.PositiveIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["show", "seat_number"], name="textbook_seat_sold_once")
        ]
