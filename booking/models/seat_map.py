"""What is rendered for a show: the state of every seat, the version, and the log."""

import secrets

from django.db import models

from booking import chain
from booking.chain import Checkpoint
from booking.models.catalogue import Seat, Show
from booking.models.holds import Hold
from booking.models.sales import Booking
from booking.seating.kinds import State
from foundation.instants import milliseconds

STATES = [(state.value, state.name.capitalize()) for state in State]


class ShowSeat(models.Model):
    """One seat at one show; made with the show, for every seat of its auditorium.

    A held seat knows its hold and repeats the time that the hold expires, so that whoever locks the
    seat's row has read all that decides whether it is free.
    """

    show = models.ForeignKey(Show, on_delete=models.CASCADE, related_name="show_seats")
    seat = models.ForeignKey(Seat, on_delete=models.PROTECT, related_name="+")
    seat_number = models.PositiveIntegerField()
    state = models.CharField(max_length=1, choices=STATES, default=State.AVAILABLE.value)
    hold = models.ForeignKey(Hold, on_delete=models.RESTRICT, null=True, related_name="show_seats")
    held_until = models.DateTimeField(null=True)

    class Meta:
        ordering = ["show", "seat_number"]
        constraints = [
            models.UniqueConstraint(fields=["show", "seat_number"], name="one_row_per_show_seat"),
            models.CheckConstraint(
                condition=models.Q(state__in=[state.value for state in State]),
                name="show_seat_state_is_known",
            ),
            models.CheckConstraint(
                condition=models.Q(state="h", hold__isnull=False, held_until__isnull=False)
                | (~models.Q(state="h") & models.Q(hold__isnull=True, held_until__isnull=True)),
                name="only_held_seats_have_a_hold",
            ),
        ]
        indexes = [
            models.Index(
                fields=["show", "held_until"],
                condition=models.Q(held_until__isnull=False),
                name="held_seats_of_show_by_expiry",
            ),
        ]

    def __str__(self) -> str:
        return f"seat {self.seat_number} of show {self.show_id}"

    @property
    def label(self) -> str:
        return self.seat.label


class SeatMap(models.Model):
    """A show's seat map: how many changes were committed, and at which its facts last changed.

    Together with `version`, `digest` names one history (`booking.chain`). The digest of version 0
    is made of the show's id, the hash of its layout at that time, and 128 random bits.

    `available` is the number of seats with that state at `counted_version`. Whoever counts the
    version up counts both on (`booking.services.ledger`), but for the release before this one: so
    another version than the map's says that it has to be counted anew, and until then it means
    nothing, and may be negative.
    """

    show = models.OneToOneField(
        Show, on_delete=models.CASCADE, primary_key=True, related_name="seat_map"
    )
    version = models.PositiveBigIntegerField(default=0)
    facts_version = models.PositiveBigIntegerField(default=0, db_default=0)
    available = models.IntegerField(db_default=0)
    counted_version = models.PositiveBigIntegerField(null=True)
    layout_hash = models.CharField(max_length=64)
    nonce = models.CharField(max_length=32)
    digest = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"version {self.version} of show {self.show_id}"

    @classmethod
    def blank(cls, show: Show) -> "SeatMap":
        """Return an unsaved map of a new show, before any change."""
        layout_hash, nonce = show.auditorium.layout_hash, secrets.token_hex(16)
        counted = {"available": show.auditorium.capacity, "counted_version": 0}
        blank = cls(show=show, layout_hash=layout_hash, nonce=nonce, **counted)
        blank.digest = blank.genesis
        return blank

    @property
    def genesis(self) -> str:
        """The digest of version 0."""
        return chain.genesis(self.show_id, self.layout_hash, self.nonce)


class SeatChange(models.Model):
    """One committed change of a seat map.

    `changes` holds [seat_number, state letter] pairs; for a held seat a third entry says until
    when, in milliseconds since the epoch. `offers` says which of these seats are offered to whom,
    as [seat_number, user id] pairs. `note` says what staff should know. Where the facts of the show
    changed (`booking.terms`), `facts` has them as they `was` and are `now`. `digest` covers all of
    this that is for everybody, and every change before (`booking.chain`). `booking` is the one that
    the change made, changed or cancelled, if it did that to one.

    The rows of a show are its log: without gaps from version 1, and replaying them over a map of
    available seats gives the ShowSeat table.
    """

    show = models.ForeignKey(Show, on_delete=models.CASCADE, related_name="seat_changes")
    version = models.PositiveBigIntegerField()
    changes = models.JSONField()
    at = models.DateTimeField()
    offers = models.JSONField(default=list, db_default=[])
    note = models.CharField(max_length=300, blank=True)
    facts = models.JSONField(null=True)
    digest = models.CharField(max_length=64)
    booking = models.ForeignKey(
        Booking, on_delete=models.SET_NULL, null=True, db_index=False, related_name="seat_changes"
    )

    class Meta:
        ordering = ["show", "version"]
        constraints = [
            models.UniqueConstraint(fields=["show", "version"], name="one_change_per_version"),
        ]
        indexes = [
            models.Index(
                fields=["booking", "version"],
                condition=models.Q(booking__isnull=False),
                name="changes_of_booking",
            ),
            models.Index(
                fields=["show", "version"],
                condition=models.Q(facts__isnull=False),
                name="changed_facts",
            ),
        ]

    def __str__(self) -> str:
        return f"change {self.version} of show {self.show_id}"

    @property
    def checkpoint(self) -> Checkpoint:
        return Checkpoint(self.version, self.digest)

    @property
    def text(self) -> str:
        """What it says to all, as the digest covers it."""
        show = self.facts and self.facts["now"]
        return chain.entry_text(at=milliseconds(self.at), changes=self.changes, show=show)


class KeptMap(models.Model):
    """A copy of a show's seat map as it was at a version, from which later ones are replayed.

    `states` has one letter per seat, in seat order; `held_until` says of held seats, by their
    number, until when they were held, in milliseconds since the epoch. All of it could be made
    again from the log, and is where that has another `digest` by now.
    """

    show = models.ForeignKey(Show, on_delete=models.CASCADE, related_name="kept_maps")
    version = models.PositiveBigIntegerField()
    states = models.TextField()
    held_until = models.JSONField()
    digest = models.CharField(max_length=64)

    class Meta:
        ordering = ["show", "version"]
        constraints = [
            models.UniqueConstraint(fields=["show", "version"], name="one_kept_map_per_version"),
        ]

    def __str__(self) -> str:
        return f"version {self.version} of show {self.show_id}, kept"
