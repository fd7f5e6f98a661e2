"""Users and groups for the staff, what is to be sent, and how the house does."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.models import LogEntry
from django.contrib.auth import logout
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from booking.admin.base import SteadyAdmin
from booking.admin.bookings import BookingAdmin
from booking.admin.moments import column
from booking.models import Booking
from cinema import status
from cinema.accounts.models import User
from cinema.accounts.services import ask_whose
from cinema.erasure import erase_guest, erase_user, outlook
from foundation.errors import Refusal, UserNotFound
from foundation.instants import ago
from foundation.outbox.figures import figures
from foundation.outbox.models import Message
from foundation.outbox.services import send_again
from stage.performers import performers

admin.site.unregister((Group, Booking))


@admin.register(Group)
class TeamAdmin(SteadyAdmin, GroupAdmin):
    """Groups, with odd selections answered like everywhere."""


@admin.register(User)
class PersonAdmin(SteadyAdmin, UserAdmin):  # type: ignore[type-arg]  # takes no argument at run time
    """Users; to delete one is to erase them, and the page that asks says what that does."""

    search_fields = tuple(
        f"{name}__istartswith" for name in ("username", "email", "first_name", "last_name")
    )

    readonly_fields = ("confirmed_email",)
    fieldsets = (
        *(UserAdmin.fieldsets or ()),
        ("Mail", {"fields": ("confirmed_email",)}),
    )

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Save, and let another address be asked whether it is right, as its owner's change is."""
        is_other = "email" in form.changed_data
        if is_other:
            obj.email = obj.email.lower()
            obj.confirmed_email = obj.confirmed_email if obj.email else ""
        super().save_model(request, obj, form, change)
        if is_other:
            ask_whose(obj, now=timezone.now())

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Return all users but the performers of the stage."""
        everyone: QuerySet[User] = super().get_queryset(request)
        return everyone.exclude(pk__in=performers().values("pk"))

    def get_deleted_objects(
        self, objs: Sequence[User] | QuerySet[User], request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[Any]]:
        """Return what erasing will do to each of them; nothing stands in its way."""
        now = timezone.now()
        return [str(outlook(user, now=now)) for user in objs], {}, set(), []

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Ask, or erase: outside Django's transaction, since erasing is one of its own."""
        try:
            answer: HttpResponse = self._delete_view(request, object_id, extra_context)  # type: ignore[attr-defined]
            return answer
        except Refusal as error:
            self.message_user(request, error.detail, messages.ERROR)
            return redirect("admin:accounts_user_changelist")

    def log_deletions(self, request: HttpRequest, queryset: Any) -> list[LogEntry]:
        """Leave it to the erasing, which logs no name."""
        return []

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        """Erase the user, and sign them out if it is they who ask."""
        staff: Any = request.user
        erase_user(user_id=obj.pk, now=timezone.now(), by=staff)
        if obj == staff:
            logout(request)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Erase each of them in a transaction of its own, whoever asks for it last."""
        for user in sorted(queryset, key=lambda user: user == request.user):
            with suppress(UserNotFound):  # a colleague was quicker
                self.delete_model(request, user)


@admin.register(Booking)
class SoldAdmin(BookingAdmin):
    """Bookings, whose guests can be erased by those who may erase users."""

    actions = [*BookingAdmin.actions, "erase_guests"]

    def has_erase_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("accounts.delete_user")

    @admin.action(description="Erase the guests of the selected bookings", permissions=["erase"])
    def erase_guests(self, request: HttpRequest, chosen: QuerySet[Booking]) -> HttpResponse | None:
        """Ask, and forget the addresses of these bookings' guests with all their bookings."""
        emails = sorted({booking.email for booking in chosen if booking.email})
        if "erase" in request.POST:
            for email in emails:
                erase_guest(email=email)
            self.message_user(request, f"Erased: {len(emails)}.")
            return None
        context = {
            **self.admin_site.each_context(request),
            "title": "Erase guests",
            "emails": emails,
            "chosen": chosen,
            "action_checkbox_name": ACTION_CHECKBOX_NAME,
        }
        return TemplateResponse(request, "admin/booking/booking/erase_guests.html", context)


@admin.register(Message)
class MessageAdmin(SteadyAdmin):
    """What is in the outbox, to read; what failed for good can be sent again."""

    list_display = ["kind", "about", "created", "status", "attempts", "error"]
    list_filter = [
        ("failed_at", admin.EmptyFieldListFilter),
        ("sent_at", admin.EmptyFieldListFilter),
        "kind",
    ]
    search_fields = ["about"]
    search_help_text = "Whose it is: user: and the id of an account, or guest: and an address."
    fields = ("kind", "about", "payload", "created", "due", "attempts", "sent", "failed", "error")
    readonly_fields = fields
    actions = ["send_again"]
    created = column("created_at", "Created at")
    due = column("due_at", "Due at")
    sent = column("sent_at", "Sent at")
    failed = column("failed_at", "Failed at")

    @admin.action(description="Send again what failed", permissions=["change"])
    def send_again(self, request: HttpRequest, messages_: QuerySet[Message]) -> None:
        count = send_again(messages_, now=timezone.now())
        self.message_user(request, f"To be sent again: {count}. What has not failed is left alone.")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


@require_safe
@never_cache
def house_status(request: HttpRequest) -> HttpResponse:
    """Show how each process does."""
    processes, note = status.house()
    context = {
        **admin.site.each_context(request),
        "title": "House status",
        "processes": processes,
        "in_trouble": sum(1 for process in processes if process.troubles),
        "note": note,
        "outbox": _outbox_in_words(),
        "every": int(status.EVERY_SECONDS),
        "expiry": status.EXPIRY_SECONDS,
    }
    return TemplateResponse(request, "admin/house_status.html", context)


def _outbox_in_words() -> str:
    """Return what the outbox has, as one sentence."""
    now = timezone.now()
    found = figures(now=now)
    waiting = f"{found.waiting} waiting"
    if found.oldest:
        waiting += f", the first of them came {ago(int(found.wait(now)))}"
    return f"Outbox: {waiting}; {found.failed} failed for good; {found.sent} sent lately."
