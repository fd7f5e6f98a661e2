"""Holds: seats that nobody else can have for a while."""

from collections.abc import Mapping

from django.conf import settings
from django.db import models

from booking.chain import Checkpoint
from booking.models.catalogue import Show


class Hold(models.Model):
    """A temporary claim on seats of a show.

    Whoever has the token may use it until `expires_at`; only its SHA-256 is kept, as of the secret
    of the browser that has it. `seat_numbers` are the seats it was last given, also after it
    expired, and `most_seats` is how many it had at most. `ticket_types` has, by a seat's number,
    the code of a ticket type that is not an adult's. `client` is whose number of holds it counts
    against: an account or an address. `terms` names what its seats were held under
    (`booking.terms`). One that `is_offer` was given to the first on a waitlist, with one seat, and
    has not been changed since; it counts against nobody. `ended_at` is when it was released or
    booked. `token` is had only where it was placed a moment ago, and so is `receipt`, the version
    of the log that says what it has.
    """

    token: str
    receipt: Checkpoint | None = None

    show = models.ForeignKey(Show, on_delete=models.CASCADE, related_name="holds")
    token_hash = models.CharField(max_length=64, unique=True)
    browser_hash = models.CharField(max_length=64, default="", db_default="")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="holds"
    )
    client = models.CharField(max_length=100)
    is_offer = models.BooleanField(default=False)
    terms = models.CharField(max_length=16, default="", db_default="")
    seat_numbers = models.JSONField()
    ticket_types = models.JSONField(default=dict, db_default={})
    most_seats = models.PositiveSmallIntegerField(default=0, db_default=0)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    is_booked = models.BooleanField(default=False, db_default=False)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["show", "browser_hash"],
                condition=models.Q(ended_at__isnull=True) & ~models.Q(browser_hash=""),
                name="one_hold_per_browser_and_show",
            ),
        ]
        indexes = [
            models.Index(fields=["browser_hash"], name="holds_of_browser"),
            models.Index(fields=["client", "expires_at"], name="holds_of_client"),
            models.Index(fields=["expires_at"], name="holds_by_expiry"),
        ]

    def __str__(self) -> str:
        return f"hold {self.pk} of show {self.show_id}"

    @property
    def types(self) -> dict[int, str]:
        """The ticket types as services take them: by a seat's number."""
        return {int(number): code for number, code in self.ticket_types.items()}

    @types.setter
    def types(self, types: Mapping[int, str]) -> None:
        self.ticket_types = {str(number): code for number, code in types.items()}
