"""A booking at the till: its receipt, and the money that is due for it, or owed to the buyer."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from booking.models import BY_HAND, TAKE_MONEY, Booking, Taking
from booking.pages.chosen import seat_numbers_in
from booking.pages.till import for_staff, note
from booking.prices import money
from booking.selectors.bookings import bookings, tickets_of
from booking.selectors.money import account_of
from booking.services.amendments import cancel_booking
from booking.services.takings import key_of_reversal, reverse_taking, take_money
from foundation.errors import Refusal
from foundation.idempotency.services import idempotent
from foundation.ids import MAX_ID
from foundation.web.idempotency import FORM_FIELD, NoKey, sending_of_form

CANCEL = "booking.change_booking"
AMOUNT = "An amount is written as 12.50."


class MoneyForm(forms.Form):
    """An amount that is taken, or given back."""

    amount = forms.DecimalField(min_value=0, max_digits=9, decimal_places=2)
    method = forms.ChoiceField(choices=[(method.value, method.label) for method in BY_HAND])
    key = forms.UUIDField()


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff
def booking(request: HttpRequest, reference: str) -> HttpResponse:
    """Show a booking, whoever it is of, and do what the form sent says."""
    found = bookings().select_related("user").filter(reference=reference.upper()).first()
    if found is None:
        raise Http404
    if request.method == "POST":
        operation, permission = OPERATIONS.get(request.POST.get("operation", ""), (None, ""))
        if operation is None or not _staff(request).has_perm(permission):
            raise PermissionDenied
        try:
            if done := operation(request, found, timezone.now()):
                note(request, found, done)
        except Refusal as error:
            messages.error(request, error.detail)
        return redirect("till-booking", reference=found.reference)
    now = timezone.now()
    takings = list(found.takings.select_related("by"))
    keys = {taking.key for taking in takings}
    context = {
        "booking": found,
        "account": account_of(found),
        "takings": [(one, _can_be_reversed(one, keys)) for one in takings],
        "methods": BY_HAND,
        "changeable": now < found.show.starts_at and not found.cancelled_at,
        "may_take": _staff(request).has_perm(TAKE_MONEY),
        "may_cancel": _staff(request).has_perm(CANCEL),
    }
    return render(request, "pages/till_booking.html", context)


def _can_be_reversed(taking: Taking, keys: set[UUID | None]) -> bool:
    return taking.method in BY_HAND and key_of_reversal(taking) not in keys


def _take(request: HttpRequest, found: Booking, now: datetime) -> str:
    return _note_money(request, found, now, sign=1)


def _give_back(request: HttpRequest, found: Booking, now: datetime) -> str:
    return _note_money(request, found, now, sign=-1)


def _note_money(request: HttpRequest, found: Booking, now: datetime, *, sign: int) -> str:
    """Take money or give it back, and return what was done; the same key again does nothing."""
    form, staff = MoneyForm(request.POST), _staff(request)
    if not form.is_valid():
        messages.error(request, AMOUNT if "amount" in form.errors else NoKey.detail)
        return ""
    amount, method, key = (form.cleaned_data[name] for name in ("amount", "method", FORM_FIELD))
    taken = take_money(
        booking_id=found.pk, amount=sign * amount, method=method, by=staff, now=now, key=key
    )
    done = "taken" if sign > 0 else "given back"
    label = Taking.Method(method).label.lower()
    return f"{money(amount)} {done}, {label}: {found.reference}." if taken.at == now else ""


def _reverse(request: HttpRequest, found: Booking, now: datetime) -> str:
    number = request.POST.get("taking", "")
    taking_id = int(number) if number.isdecimal() and len(number) <= len(str(MAX_ID)) else 0
    if not found.takings.filter(pk=taking_id).exists():
        raise Http404
    reversal = reverse_taking(taking_id=taking_id, by=_staff(request), now=now)
    if reversal.at != now:
        return ""
    return f"Taken back: {money(-reversal.amount)}, {reversal.get_method_display().lower()}."


def _cancel(request: HttpRequest, found: Booking, now: datetime) -> str:
    ticked = seat_numbers_in(request.POST.getlist("seats"))
    labels = [one.seat.label for one in tickets_of(found) if one.seat_number in ticked]

    def perform() -> Booking:
        return cancel_booking(booking_id=found.pk, user=None, now=now, seat_numbers=ticked)

    sent = idempotent(sending_of_form(request), perform=perform, answer=lambda _: {}, now=now)
    return f"Cancelled {', '.join(labels)} of {found.reference}." if sent.performed else ""


def _staff(request: HttpRequest) -> Any:
    return request.user


OPERATIONS = {
    "take": (_take, TAKE_MONEY),
    "give_back": (_give_back, TAKE_MONEY),
    "reverse": (_reverse, TAKE_MONEY),
    "cancel": (_cancel, CANCEL),
}
