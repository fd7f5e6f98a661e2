"""What staff can do at the till with the seats of one show."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from booking.models import BY_HAND, TAKE_MONEY, Booking, Show, Taking
from booking.prices import money, prices_in_words
from booking.seating.kinds import ADULT
from booking.selectors.bookings import bookings_of_seats, tickets_of
from booking.selectors.seat_map import house_of
from booking.services.amendments import cancel_booking, exchange_seats
from booking.services.blocks import block_seats, unblock_seats
from booking.services.till import sell_at_till
from booking.terms import TermsChanged, terms_of

# The log has room for it, and for the longest user name.
MAX_REASON = 120


METHODS = [*((method.value, method.label) for method in BY_HAND), ("", "Later")]


class CounterForm(forms.Form):
    """Something to do with some seats of the show; seats are labels or seat numbers.

    `done` is what was done, in a sentence, and `booking` the one that came of it, if any.
    """

    operation: ClassVar[str]
    title: ClassVar[str]
    permission: ClassVar[str]
    booking: Booking | None = None
    # Whether it is what the page is for, and has a sum.
    is_main: ClassVar[bool] = False
    # Ways to send it, by how it was paid.
    methods: Sequence[tuple[str, str]] = ()

    seats = forms.CharField(
        max_length=2000,
        widget=forms.TextInput(attrs={"placeholder": "F7 F8", "autocomplete": "off"}),
    )

    def __init__(self, show: Show, staff: Any, data: Any = None) -> None:
        super().__init__(data, prefix=self.operation)
        self.show, self.staff = show, staff
        self.labels = {seat.seat_number: seat.label for seat in house_of(show).seats}

    def clean_seats(self) -> list[int]:
        """Return the numbers of the seats, in order. Raises ValidationError for an unknown one."""
        return sorted(number for number, _ in self.read_seats())

    def read_seats(self) -> list[tuple[int, str]]:
        """Return the numbers of the seats, and what follows their names after a colon."""
        numbers = {label: number for number, label in self.labels.items()}
        numbers |= {str(number): number for number in self.labels}
        words = self.cleaned_data["seats"].replace(",", " ").split()
        named = [(name.upper(), more) for name, _, more in (word.partition(":") for word in words)]
        unknown = [name for name, _ in named if name not in numbers]
        if unknown:
            raise ValidationError(f"This show has no seat {', '.join(unknown)}.")
        return [(numbers[name], more) for name, more in named]

    @property
    def named(self) -> str:
        """The labels of the seats, for people."""
        return ", ".join(self.labels[number] for number in self.cleaned_data["seats"])

    def perform(self, *, now: datetime) -> str:
        """Do it, and return what was done in a sentence. Raises Refusal."""
        raise NotImplementedError


class SellForm(CounterForm):
    """Sell seats, to nobody's account unless one is named, and take the money."""

    operation = "sell"
    title = "Sell seats"
    permission = "booking.add_booking"
    is_main = True

    username = forms.CharField(label="Account", required=False, help_text="Empty: nobody's.")
    method = forms.ChoiceField(required=False, choices=METHODS)
    given = forms.DecimalField(
        label="Given",
        required=False,
        min_value=0,
        max_digits=9,
        decimal_places=2,
        help_text="In cash: the change follows.",
    )

    # Staff sell what the form shows.
    terms = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, show: Show, staff: Any, data: Any = None) -> None:
        super().__init__(show, staff, data)
        self.initial["terms"] = terms_of(show)
        self.fields["seats"].help_text = f"A seat costs {prices_in_words(show)}."
        if codes := [one["code"] for one in show.ticket_types]:
            self.fields["seats"].help_text += f" A type follows a colon: A1:{', A1:'.join(codes)}."
        self.methods = METHODS
        if not staff.has_perm(TAKE_MONEY):
            self.methods = ()
            del self.fields["method"], self.fields["given"]

    def clean_seats(self) -> list[int]:
        """Return the numbers of the seats, and keep the `types` of their tickets."""
        named = [(number, code.lower() or ADULT) for number, code in self.read_seats()]
        known = {one["code"] for one in self.show.ticket_types}
        self.types = {number: code for number, code in named if code != ADULT}
        if unknown := sorted(set(self.types.values()) - known):
            raise ValidationError(f"This show has no ticket of type {', '.join(unknown)}.")
        return sorted(number for number, _ in named)

    def clean_username(self) -> AbstractBaseUser | None:
        """Return the account that gets the booking. Raises ValidationError for an unknown one."""
        username = self.cleaned_data["username"]
        if not username:
            return None
        users = get_user_model()
        try:
            user = users.objects.get_by_natural_key(username)
        except users.DoesNotExist:
            user = None
        if user is None or not user.is_active:
            raise ValidationError("There is no account of this name.")
        return user

    def perform(self, *, now: datetime) -> str:
        buyer, method = self.cleaned_data["username"], self.cleaned_data.get("method", "")
        try:
            self.booking = sell_at_till(
                show_id=self.show.pk,
                seat_numbers=self.cleaned_data["seats"],
                user=buyer,
                by=self.staff,
                method=method,
                now=now,
                terms=self.cleaned_data["terms"] or None,
                types=self.types,
            )
        except TermsChanged as refusal:
            # The form is shown again, with what it agrees to if it is sent again.
            self.data = {**self.data, self.add_prefix("terms"): refusal.terms}
            raise
        to = f" to {buyer.get_username()}" if buyer else ""
        return f"Sold {self.named}{to}: {self.booking.reference}. {self._paid(self.booking.total)}"

    def _paid(self, total: Decimal) -> str:
        """Return what was taken, and what change is to be given, in a sentence."""
        method, given = self.cleaned_data.get("method", ""), self.cleaned_data.get("given")
        if not method:
            return f"{money(total)} to be paid later."
        taken = f"{money(total)} taken, {Taking.Method(method).label.lower()}."
        if method == Taking.Method.CASH and given and given > total:
            return f"{taken} Change of {money(given)}: {money(given - total)}."
        return taken


class CancelForm(CounterForm):
    """Take back tickets of one booking, whoever made it."""

    operation = "cancel"
    title = "Cancel tickets"
    permission = "booking.change_booking"

    def clean_seats(self) -> list[int]:
        """Return the numbers of the seats. Raises ValidationError unless one booking has them."""
        seat_numbers = super().clean_seats()
        sold = bookings_of_seats(self.show.pk, seat_numbers)
        unsold = [self.labels[number] for number in seat_numbers if number not in sold]
        if unsold:
            raise ValidationError(f"Not sold: {', '.join(unsold)}.")
        found = {booking.reference: booking.pk for booking in sold.values()}
        if len(found) > 1:
            references = ", ".join(sorted(found))
            raise ValidationError(f"One booking at a time; these seats are of {references}.")
        self.booking_id = next(iter(found.values()), 0)
        return seat_numbers

    def perform(self, *, now: datetime) -> str:
        self.booking = cancel_booking(
            booking_id=self.booking_id, user=None, now=now, seat_numbers=self.cleaned_data["seats"]
        )
        return f"Cancelled {self.named} of {self.booking.reference}."


class BlockForm(CounterForm):
    """Take seats out of sale."""

    operation = "block"
    title = "Block seats"
    permission = "booking.change_show"

    reason = forms.CharField(max_length=MAX_REASON, help_text="For staff; moviegoers don't see it.")

    def perform(self, *, now: datetime) -> str:
        reason = self.cleaned_data["reason"]
        block_seats(
            show_id=self.show.pk,
            seat_numbers=self.cleaned_data["seats"],
            reason=reason,
            staff=self.staff,
            now=now,
        )
        return f"Blocked {self.named}: {reason}"


class UnblockForm(CounterForm):
    """Put blocked seats back on sale."""

    operation = "unblock"
    title = "Unblock seats"
    permission = "booking.change_show"

    def perform(self, *, now: datetime) -> str:
        unblock_seats(
            show_id=self.show.pk, seat_numbers=self.cleaned_data["seats"], staff=self.staff, now=now
        )
        return f"Unblocked {self.named}."


class ExchangeForm(CounterForm):
    """Give seats of a booking for others; the price may differ."""

    operation = "exchange"
    title = "Exchange seats"
    permission = "booking.change_booking"
    is_main = True

    give = forms.MultipleChoiceField(label="Give back", widget=forms.CheckboxSelectMultiple)
    terms = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, show: Show, staff: Any, data: Any = None, *, booking: Booking) -> None:
        super().__init__(show, staff, data)
        self.booking = booking
        self.initial["terms"] = terms_of(show)
        self.fields["seats"].label = "For"
        self.fields["give"].choices = [  # type: ignore[attr-defined]
            (str(one.seat_number), one.seat.label) for one in tickets_of(booking)
        ]

    def perform(self, *, now: datetime) -> str:
        given_up = [int(number) for number in self.cleaned_data["give"]]
        assert self.booking is not None  # noqa: S101
        try:
            exchange_seats(
                booking_id=self.booking.pk,
                give=given_up,
                take=self.cleaned_data["seats"],
                user=None,
                now=now,
                terms=self.cleaned_data["terms"] or None,
            )
        except TermsChanged as refusal:
            self.data = {**self.data, self.add_prefix("terms"): refusal.terms}
            raise
        had = ", ".join(self.labels[number] for number in given_up)
        return f"Exchanged {had} for {self.named}."


def forms_for(show: Show, request: HttpRequest) -> dict[str, CounterForm]:
    """Return the forms that the member of staff may send, by operation; a sent one has its data."""
    staff: Any = request.user
    sent = request.POST.get("operation")
    return {
        form.operation: form(show, staff, request.POST if form.operation == sent else None)
        for form in (SellForm, CancelForm, BlockForm, UnblockForm)
        if staff.has_perm(form.permission)
    }


def exchange_form(booking: Booking, request: HttpRequest) -> ExchangeForm:
    """Return the form that exchanges seats of a booking, with its data if it was sent."""
    staff: Any = request.user
    sent = request.POST if request.POST.get("operation") == ExchangeForm.operation else None
    return ExchangeForm(booking.show, staff, sent, booking=booking)
