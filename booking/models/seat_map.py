"""What is rendered for a show: the state of every seat, the version, and the log."""

from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models

from booking.models.catalogue import Seat, Show


class State(models.TextChoices):
    """The state of a seat at a show; its letter is the same in every API."""

    AVAILABLE = "a"
    HELD = "h"
    BOOKED = "b"
    BLOCKED = "x"


class Hold(models.Model):
    """A temporary claim on seats of a show.

    Whoever has the token may use it until `expires_at`; only its SHA-256 is kept. `seat_numbers`
    are the seats it was last given, also after it expired. `client` is who placed it, as far as it
    is known: an account or an address. One that `is_turn` was given to the next in line, with one
    seat, and has not been changed since.
    """

    show = models.ForeignKey(Show, on_delete=models.CASCADE, related_name="holds")
    token_hash = models.CharField(max_length=64, unique=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="holds"
    )
    client = models.CharField(max_length=100)
    is_turn = models.BooleanField(default=False)
    seat_numbers = models.JSONField()
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            models.Index(
                fields=["client"],
                condition=models.Q(ended_at__isnull=True),
                name="live_holds_of_client",
            ),
            models.Index(fields=["expires_at"], name="holds_by_expiry"),
        ]

    def __str__(self) -> str:
        return f"hold {self.pk} of show {self.show_id}"


class ShowSeatQuerySet(models.QuerySet["ShowSeat"]):
    """Show seats, and which of them can be had."""

    def free(self, now: datetime) -> Self:
        """Return the seats that are available, or whose hold has expired with nobody in line."""
        line = PlaceInLine.objects.waiting().filter(show_seat=models.OuterRef("pk"))
        return self.filter(
            models.Q(state=State.AVAILABLE)
            | models.Q(~models.Exists(line), state=State.HELD, held_until__lte=now)
        )


class ShowSeat(models.Model):
    """One seat at one show; made with the show, for every seat of its auditorium.

    A held seat knows its hold and repeats the time that the hold expires, so that whoever locks the
    seat's row has read all that decides whether it is free.
    """

    show = models.ForeignKey(Show, on_delete=models.CASCADE, related_name="show_seats")
    seat = models.ForeignKey(Seat, on_delete=models.PROTECT, related_name="+")
    seat_number = models.PositiveIntegerField()
    state = models.CharField(max_length=1, choices=State, default=State.AVAILABLE)
    hold = models.ForeignKey(Hold, on_delete=models.RESTRICT, null=True, related_name="show_seats")
    held_until = models.DateTimeField(null=True)

    objects = ShowSeatQuerySet.as_manager()

    class Meta:
        ordering = ["show", "seat_number"]
        constraints = [
            models.UniqueConstraint(fields=["show", "seat_number"], name="one_row_per_show_seat"),
            models.CheckConstraint(
                condition=models.Q(state__in=State.values), name="show_seat_state_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(state="h", hold__isnull=False, held_until__isnull=False)
                | (~models.Q(state="h") & models.Q(hold__isnull=True, held_until__isnull=True)),
                name="only_held_seats_have_a_hold",
            ),
        ]
        indexes = [
            models.Index(
                fields=["held_until"], condition=models.Q(state="h"), name="held_seats_by_expiry"
            ),
        ]

    def __str__(self) -> str:
        return f"seat {self.seat_number} of show {self.show_id}"


class PlaceInLineQuerySet(models.QuerySet["PlaceInLine"]):
    """Places in line, and which of them still count."""

    def waiting(self) -> Self:
        """Return the places of those whose turn has yet to come."""
        return self.filter(turn_at=None, left_at=None, user__is_active=True)


class PlaceInLine(models.Model):
    """Somebody's wish to get a held seat when it becomes free.

    `turn_at` is when it was their turn; until then they wait, unless they left the line before.
    """

    show_seat = models.ForeignKey(ShowSeat, on_delete=models.CASCADE, related_name="line")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="places_in_line"
    )
    joined_at = models.DateTimeField()
    turn_at = models.DateTimeField(null=True)
    left_at = models.DateTimeField(null=True)

    objects = PlaceInLineQuerySet.as_manager()

    class Meta:
        ordering = ["joined_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["show_seat", "user"],
                condition=models.Q(turn_at__isnull=True, left_at__isnull=True),
                name="one_place_in_line_per_seat",
            ),
        ]

    def __str__(self) -> str:
        return f"place in line for {self.show_seat}"


class SeatMap(models.Model):
    """The version of a show's seat map: the number of changes committed to it."""

    show = models.OneToOneField(
        Show, on_delete=models.CASCADE, primary_key=True, related_name="seat_map"
    )
    version = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"version {self.version} of show {self.show_id}"


class SeatChange(models.Model):
    """One committed change of a seat map.

    `changes` holds [seat_number, state letter] pairs; for a held seat a third entry says until
    when, in milliseconds since the epoch. `turns` says of the seats among them that are held for
    the next in line for whom: [seat_number, user id] pairs. `note` says what staff should know.

    The rows of a show are its log: without gaps from version 1, and replaying them over a map of
    available seats gives the ShowSeat table.
    """

    show = models.ForeignKey(Show, on_delete=models.CASCADE, related_name="seat_changes")
    version = models.PositiveBigIntegerField()
    changes = models.JSONField()
    at = models.DateTimeField()
    turns = models.JSONField(default=list, db_default=[])
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["show", "version"]
        constraints = [
            models.UniqueConstraint(fields=["show", "version"], name="one_change_per_version"),
        ]

    def __str__(self) -> str:
        return f"change {self.version} of show {self.show_id}"
