"""What is paid online: payments, what goes back of them, and what providers tell."""

from decimal import Decimal

from django.conf import settings
from django.db import models

from booking.buyers import Buyer
from booking.models import Booking, Show
from foundation.ids import random_id

# Why nothing came of a payment whose seats were booked to be paid at the box office meanwhile.
BOOKED_ALREADY = "Your seats were booked already, to be paid at the box office."


class Payment(models.Model):
    """One attempt to pay for the seats of a hold; another card after a decline is another one.

    Its state:
    - STARTED: the buyer is on the provider's page; UNKNOWN where an answer of the provider was lost
    - AUTHORISED: the money is promised and the seats are sold, under `booking`
    - CAPTURED: `captured` of it was taken, which is what `to_capture` was when that began
    - CANCELLED: nothing is to come of it, and the provider is told so until it has agreed, at
      `released_at`
    - FAILED: declined, or the promise was not kept, which the provider is told, too.

    Seats, ticket types and `terms` are those of the hold when it began; `hold_id` refers to a row
    that is deleted in time. The hold lasts `until` then. `asked_at` is when somebody last wanted to
    know how far it is, and `seen_at` when the provider last said so. One without money to be paid
    has no provider. `reason` says for people why it is as it is. `email` is a guest's, for as long
    as it is needed here.
    """

    class State(models.TextChoices):
        STARTED = "started"
        UNKNOWN = "unknown"
        AUTHORISED = "authorised"
        CAPTURED = "captured"
        CANCELLED = "cancelled"
        FAILED = "failed"

    id = models.BigIntegerField(primary_key=True, default=random_id, editable=False)
    provider = models.CharField(max_length=20, blank=True)
    reference = models.CharField(max_length=200, blank=True)
    url = models.TextField(blank=True)
    amount = models.DecimalField(max_digits=9, decimal_places=2)
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=10, choices=State.choices, default=State.STARTED)
    reason = models.CharField(max_length=200, blank=True)
    show = models.ForeignKey(Show, on_delete=models.PROTECT, related_name="+")
    hold_id = models.BigIntegerField()
    seat_numbers = models.JSONField()
    ticket_types = models.JSONField(default=dict)
    terms = models.CharField(max_length=16)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    email = models.CharField(max_length=254, blank=True)
    client = models.CharField(max_length=100)
    booking = models.ForeignKey(
        Booking, on_delete=models.PROTECT, null=True, related_name="payments"
    )
    to_capture = models.DecimalField(max_digits=9, decimal_places=2, default=Decimal(0))
    captured = models.DecimalField(max_digits=9, decimal_places=2, default=Decimal(0))
    created_at = models.DateTimeField()
    until = models.DateTimeField()
    asked_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)
    authorised_at = models.DateTimeField(null=True)
    capturing_at = models.DateTimeField(null=True)
    captured_at = models.DateTimeField(null=True)
    disputed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    released_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["hold_id"],
                condition=models.Q(state__in=["started", "unknown", "authorised", "captured"]),
                name="one_live_payment_per_hold",
            ),
            models.UniqueConstraint(
                fields=["provider", "reference"],
                condition=~models.Q(reference=""),
                name="payment_reference_unique",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    amount__gte=0, captured__gte=0, captured__lte=models.F("amount")
                ),
                name="payment_captures_no_more_than_promised",
            ),
        ]
        indexes = [
            models.Index(fields=["client", "created_at"], name="payments_of_client"),
            models.Index(fields=["-created_at", "-id"], name="payments_by_time"),
        ]

    def __str__(self) -> str:
        return f"payment {self.pk}"

    @property
    def key(self) -> str:
        """What idempotency keys of its steps begin with."""
        return f"payment-{self.pk}"

    @property
    def buyer(self) -> Buyer:
        return Buyer(self.user, self.email)

    @property
    def is_booked_already(self) -> bool:
        """Whether its seats are the buyer's all the same, to be paid at the box office."""
        return self.reason == BOOKED_ALREADY

    @property
    def is_under_way(self) -> bool:
        """Whether it may still come to anything, and has not yet."""
        return self.state in (self.State.STARTED, self.State.UNKNOWN)


class Refund(models.Model):
    """Money of a payment that goes back: asked for, sent by the provider, and done, or failed.

    One that failed can be asked for again, which is another of its `attempts`. One without any was
    made where we were not asked: by hand on the provider's site, or by the buyer's bank.
    """

    class State(models.TextChoices):
        ASKED = "asked"
        SENT = "sent"
        DONE = "done"
        FAILED = "failed"

    id = models.BigIntegerField(primary_key=True, default=random_id, editable=False)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    amount = models.DecimalField(max_digits=9, decimal_places=2)
    state = models.CharField(max_length=10, choices=State.choices, default=State.ASKED)
    reference = models.CharField(max_length=200, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    attempts = models.PositiveSmallIntegerField(default=1)
    asked_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-asked_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(amount__gt=0), name="refund_is_of_some_amount"
            ),
        ]
        indexes = [
            models.Index(
                fields=["asked_at"],
                condition=models.Q(state__in=["asked", "sent", "failed"]),
                name="refunds_to_see_to",
            ),
        ]

    def __str__(self) -> str:
        return f"refund {self.pk}"

    @property
    def key(self) -> str:
        """What idempotency keys of its present attempt begin with."""
        return f"refund-{self.pk}-{self.attempts}"


class Notice(models.Model):
    """A notification of a provider, stored once by its own id before anything is done about it.

    It says which payment to look at, and nothing else of it is believed or kept.
    """

    id = models.BigIntegerField(primary_key=True, default=random_id, editable=False)
    provider = models.CharField(max_length=20)
    notice_id = models.CharField(max_length=200)
    kind = models.CharField(max_length=100, blank=True)
    payment_id = models.BigIntegerField(null=True)
    reference = models.CharField(max_length=200, blank=True)
    received_at = models.DateTimeField()
    handled_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-received_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["provider", "notice_id"], name="notice_stored_once"),
        ]
        indexes = [models.Index(fields=["received_at"], name="notices_by_time")]

    def __str__(self) -> str:
        return f"notice {self.pk}"


class Pretended(models.Model):
    """A payment as the pretended provider has it, which our own rows must not be asked about.

    `refunds` has the amount and status of each by its key. `looks` is how often it was asked how
    far it is, where that matters.
    """

    id = models.BigIntegerField(primary_key=True, default=random_id, editable=False)
    payment_id = models.BigIntegerField(unique=True)
    amount = models.DecimalField(max_digits=9, decimal_places=2)
    captured = models.DecimalField(max_digits=9, decimal_places=2, default=Decimal(0))
    status = models.CharField(max_length=10, default="open")
    card = models.CharField(max_length=20, blank=True)
    refunds = models.JSONField(default=dict)
    dispute = models.CharField(max_length=10, blank=True)
    looks = models.PositiveSmallIntegerField(default=0)
    until = models.DateTimeField()
    success_url = models.TextField()
    cancel_url = models.TextField()

    def __str__(self) -> str:
        return f"pretended {self.pk}"
