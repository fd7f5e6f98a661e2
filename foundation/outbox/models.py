"""What is to be done outside, such as a mail to be sent, for what a transaction has committed."""

from typing import Self

from django.db import models

from foundation.ids import random_id


class MessageQuerySet(models.QuerySet["Message"]):
    """Messages, by what has become of them."""

    def waiting(self) -> Self:
        """Return those that are still to be done."""
        return self.filter(sent_at=None, failed_at=None)


class Message(models.Model):
    """One thing to be done: `payload` is all that the handler of its `kind` needs to know.

    It waits until it is due. A worker that takes it counts the attempt and makes it due again when
    the worker's lease is over, so one that dies leaves nothing behind that has to be undone. The
    number of the attempt is what the worker acknowledges by: once somebody else has taken the
    message, it says nothing any more. `about` names whose it is, so that it goes with them.
    `recipient` is set where it is a mail to an address that somebody typed: those are counted.
    """

    id = models.BigIntegerField(primary_key=True, default=random_id, editable=False)
    kind = models.CharField(max_length=40)
    about = models.CharField(max_length=254, blank=True)
    recipient = models.CharField(max_length=254, blank=True, default="", db_default="")
    payload = models.JSONField()
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    sent_at = models.DateTimeField(null=True, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=models.Q(sent_at=None, failed_at=None),
                name="messages_by_due_time",
            ),
            models.Index(
                fields=["recipient", "created_at"],
                condition=~models.Q(recipient=""),
                name="messages_by_recipient",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def status(self) -> str:
        if self.sent_at:
            return "sent"
        return "failed" if self.failed_at else "waiting"
