"""Waitlists: who wants a seat that somebody else holds."""

from typing import Self

from django.conf import settings
from django.db import models

from booking.models.seat_map import ShowSeat


class WaitlistEntryQuerySet(models.QuerySet["WaitlistEntry"]):
    """Waitlist entries, and which of them still count."""

    def waiting(self) -> Self:
        """Return the entries of those who are still to be offered their seat."""
        return self.filter(offered_at=None, left_at=None, user__is_active=True)


class WaitlistEntry(models.Model):
    """Somebody's request for a held seat when it becomes free.

    They wait until it is offered to them, at `offered_at`, or until they leave. `terms` names what
    they agreed to when they joined (`booking.terms`).
    """

    show_seat = models.ForeignKey(ShowSeat, on_delete=models.CASCADE, related_name="waitlist")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="waitlist_entries"
    )
    joined_at = models.DateTimeField()
    offered_at = models.DateTimeField(null=True)
    left_at = models.DateTimeField(null=True)
    terms = models.CharField(max_length=16, default="", db_default="")

    objects = WaitlistEntryQuerySet.as_manager()

    class Meta:
        ordering = ["joined_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["show_seat", "user"],
                condition=models.Q(offered_at__isnull=True, left_at__isnull=True),
                name="one_waitlist_entry_per_seat",
            ),
        ]

    def __str__(self) -> str:
        return f"waitlist entry for {self.show_seat}"
