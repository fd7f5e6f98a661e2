"""Who came in, by which ticket."""

from django.conf import settings
from django.db import models

from booking.models.sales import Ticket
from foundation.ids import random_id

# The permission that lets staff work at the door.
ADMIT = "booking.admit_tickets"


class Admission(models.Model):
    """Somebody let in by a ticket, once; what is undone does not count.

    `admitted_at` is when they came in, and `recorded_at` when the box office heard of it: a door
    without a network tells it later. What it then turns out to contradict is in `conflict`, by the
    code of the refusal that the door would have got: it happened, and does not count.
    """

    id = models.BigIntegerField(primary_key=True, default=random_id, editable=False)
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="+")
    key = models.UUIDField(null=True)
    admitted_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    admitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    conflict = models.CharField(max_length=20, default="", db_default="", blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        ordering = ["admitted_at", "id"]
        permissions = [("admit_tickets", "Can admit tickets at the door")]
        constraints = [
            models.UniqueConstraint(
                fields=["ticket"],
                condition=models.Q(undone_at__isnull=True, conflict=""),
                name="ticket_admitted_once",
            ),
            models.UniqueConstraint(fields=["ticket", "key"], name="admission_keyed_once"),
        ]

    def __str__(self) -> str:
        return f"ticket {self.ticket_id} at {self.admitted_at:%H:%M}"
