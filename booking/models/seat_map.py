"""What is rendered for a show: the state of every seat, the version, and the log."""

from django.db import models

from booking.models.catalogue import Seat, Show


class State(models.TextChoices):
    """The state of a seat at a show; its letter is the same in every API."""

    AVAILABLE = "a"
    HELD = "h"
    BOOKED = "b"
    BLOCKED = "x"


class ShowSeat(models.Model):
    """One seat at one show; made with the show, for every seat of its auditorium."""

    show = models.ForeignKey(Show, on_delete=models.CASCADE, related_name="show_seats")
    seat = models.ForeignKey(Seat, on_delete=models.PROTECT, related_name="+")
    seat_number = models.PositiveIntegerField()
    state = models.CharField(max_length=1, choices=State, default=State.AVAILABLE)

    class Meta:
        ordering = ["show", "seat_number"]
        constraints = [
            models.UniqueConstraint(fields=["show", "seat_number"], name="one_row_per_show_seat"),
            models.CheckConstraint(
                condition=models.Q(state__in=State.values), name="show_seat_state_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"seat {self.seat_number} of show {self.show_id}"


class SeatMap(models.Model):
    """The version of a show's seat map: the number of changes committed to it."""

    show = models.OneToOneField(
        Show, on_delete=models.CASCADE, primary_key=True, related_name="seat_map"
    )
    version = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"version {self.version} of show {self.show_id}"


class SeatChange(models.Model):
    """One committed change of a seat map; `changes` holds [seat_number, state letter] pairs.

    The rows of a show are its log: without gaps from version 1, and replaying them over a map of
    available seats gives the ShowSeat table.
    """

    show = models.ForeignKey(Show, on_delete=models.CASCADE, related_name="seat_changes")
    version = models.PositiveBigIntegerField()
    changes = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        ordering = ["show", "version"]
        constraints = [
            models.UniqueConstraint(fields=["show", "version"], name="one_change_per_version"),
        ]

    def __str__(self) -> str:
        return f"change {self.version} of show {self.show_id}"
