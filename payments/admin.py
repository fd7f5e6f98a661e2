"""Payments and refunds for staff: to read, and to try a refund again."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Case, QuerySet, When
from django.http import HttpRequest
from django.utils import timezone

from booking.admin.base import SteadyAdmin
from booking.admin.moments import column
from foundation.errors import Refusal
from payments.models import Payment, Refund
from payments.services.refunding import ask_again


class ToRead(SteadyAdmin):
    """What services alone change."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Payment)
class PaymentAdmin(ToRead):
    """Payments; one that is disputed is never refunded here."""

    list_display = ["id", "provider", "amount", "state", "booking", "created", "disputed", "reason"]
    list_filter = ["state", ("disputed_at", admin.EmptyFieldListFilter)]
    search_fields = ["booking__reference", "reference"]
    search_help_text = "A booking's reference, or the provider's name of the payment."
    list_select_related = ["booking"]
    fields = (
        *("provider", "reference", "amount", "currency", "state", "reason"),
        *("show", "seat_numbers", "booking", "to_capture", "captured"),
        *("created", "authorised", "captured_when", "disputed", "ended", "released"),
    )
    readonly_fields = fields
    created = column("created_at", "Created at")
    authorised = column("authorised_at", "Promised at")
    captured_when = column("captured_at", "Taken at")
    disputed = column("disputed_at", "Disputed since")
    ended = column("ended_at", "Ended at")
    released = column("released_at", "Given up at the provider")


@admin.register(Refund)
class RefundAdmin(ToRead):
    """Refunds, those that failed first."""

    list_display = ["id", "booking", "amount", "state", "attempts", "asked", "reason"]
    list_filter = ["state"]
    list_select_related = ["payment__booking"]
    search_fields = ["payment__booking__reference"]
    search_help_text = "A booking's reference."
    ordering = (Case(When(state=Refund.State.FAILED, then=0), default=1), "-asked_at", "-pk")
    fields = ("payment", "booking", "amount", "state", "reason", "reference", "attempts", "asked")
    readonly_fields = fields
    actions = ["ask_again"]
    asked = column("asked_at", "Asked at")

    @admin.display
    def booking(self, refund: Refund) -> str:
        return str(refund.payment.booking)

    def has_ask_permission(self, request: HttpRequest) -> bool:
        """Let those ask again who may change refunds."""
        return request.user.has_perm("payments.change_refund")

    @admin.action(description="Ask again for refunds that failed", permissions=["ask"])
    def ask_again(self, request: HttpRequest, chosen: QuerySet[Refund]) -> None:
        """Ask for each again, and say so of each."""
        for refund in chosen:
            try:
                ask_again(refund_id=refund.pk, now=timezone.now())
            except Refusal as error:
                self.message_user(request, f"{refund}: {error.detail}", messages.ERROR)
            else:
                self.message_user(request, f"{refund} is asked for again.", messages.SUCCESS)
