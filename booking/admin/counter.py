"""What staff can do with the seats of one show."""

from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from booking.models import SeatChange, Show, State
from booking.prices import prices_in_words
from booking.selectors import seat_map
from booking.selectors.bookings import bookings_of_seats
from booking.selectors.seat_map import house_of
from booking.services.amendments import cancel_booking
from booking.services.blocks import block_seats, unblock_seats
from booking.services.sales import book_seats
from booking.terms import TermsChanged, terms_of

CHANGES_SHOWN = 20
# The log has room for it, and for the longest user name.
MAX_REASON = 120
WORDS = {
    State.AVAILABLE.value: "free",
    State.HELD.value: "held",
    State.BOOKED.value: "sold",
    State.BLOCKED.value: "blocked",
}


class CounterForm(forms.Form):
    """Something to do with some seats of the show; seats are labels or seat numbers."""

    operation: ClassVar[str]
    title: ClassVar[str]
    permission: ClassVar[str]

    seats = forms.CharField(
        max_length=2000,
        widget=forms.TextInput(attrs={"placeholder": "F7 F8", "autocomplete": "off"}),
    )

    def __init__(self, show: Show, staff: AbstractBaseUser, data: Any = None) -> None:
        super().__init__(data, prefix=self.operation)
        self.show, self.staff = show, staff
        self.labels = {seat.seat_number: seat.label for seat in house_of(show).seats}

    def clean_seats(self) -> list[int]:
        """Return the numbers of the seats, in order. Raises ValidationError for an unknown one."""
        numbers = {label: number for number, label in self.labels.items()}
        numbers |= {str(number): number for number in self.labels}
        named = self.cleaned_data["seats"].upper().replace(",", " ").split()
        unknown = [name for name in named if name not in numbers]
        if unknown:
            raise ValidationError(f"This show has no seat {', '.join(unknown)}.")
        return sorted(numbers[name] for name in named)

    @property
    def named(self) -> str:
        """The labels of the seats, for people."""
        return ", ".join(self.labels[number] for number in self.cleaned_data["seats"])

    def perform(self, *, now: datetime) -> str:
        """Do it, and return what was done in a sentence. Raises Refusal."""
        raise NotImplementedError


class SellForm(CounterForm):
    """Sell seats, to the member of staff unless an account is named."""

    operation = "sell"
    title = "Sell seats"
    permission = "booking.add_booking"

    username = forms.CharField(
        label="Account",
        required=False,
        help_text="Empty: your own, for customers without an account.",
    )

    # Staff sell what the form shows.
    terms = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, show: Show, staff: AbstractBaseUser, data: Any = None) -> None:
        super().__init__(show, staff, data)
        self.initial["terms"] = terms_of(show)
        self.fields["seats"].help_text = f"A seat costs {prices_in_words(show)}."

    def clean_username(self) -> AbstractBaseUser:
        """Return the account that gets the booking. Raises ValidationError for an unknown one."""
        username = self.cleaned_data["username"]
        if not username:
            return self.staff
        users = get_user_model()
        try:
            user = users.objects.get_by_natural_key(username)
        except users.DoesNotExist:
            user = None
        if user is None or not user.is_active:
            raise ValidationError("There is no account of this name.")
        return user

    def perform(self, *, now: datetime) -> str:
        buyer = self.cleaned_data["username"]
        try:
            booking = book_seats(
                show_id=self.show.pk,
                seat_numbers=self.cleaned_data["seats"],
                user=buyer,
                now=now,
                terms=self.cleaned_data["terms"] or None,
                at_counter=True,
            )
        except TermsChanged as refusal:
            # The form is shown again, with what it agrees to if it is sent again.
            self.data = {**self.data, self.add_prefix("terms"): refusal.terms}
            raise
        return f"Sold {self.named} to {buyer.get_username()}: {booking.reference}."


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
        booking = cancel_booking(
            booking_id=self.booking_id, user=None, now=now, seat_numbers=self.cleaned_data["seats"]
        )
        return f"Cancelled {self.named} of {booking.reference}."


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


def forms_for(show: Show, request: HttpRequest) -> dict[str, CounterForm]:
    """Return the forms that the member of staff may send, by operation; a sent one has its data."""
    staff: Any = request.user
    sent = request.POST.get("operation")
    return {
        form.operation: form(show, staff, request.POST if form.operation == sent else None)
        for form in (SellForm, CancelForm, BlockForm, UnblockForm)
        if staff.has_perm(form.permission)
    }


def seats_of(show: Show) -> dict[str, Any]:
    """Return the show's seats with their states, how many are in each, and its last changes."""
    layout = seat_map.layout(show.auditorium)
    states = seat_map.states(show.pk).states
    labels = {seat.seat_number: seat.label for seat in layout.seats}
    changes = seat_map.latest_changes(show.pk, CHANGES_SHOWN)
    users = [user_id for change in changes for _, user_id in change.offers]
    names = {
        pk: user.get_username() for pk, user in get_user_model().objects.in_bulk(users).items()
    }
    return {
        "layout": layout,
        "seats": [(seat, WORDS[letter]) for seat, letter in zip(layout.seats, states, strict=True)],
        "rows": {seat.row: seat.y for seat in layout.seats},
        "counts": [(word, states.count(letter)) for letter, word in WORDS.items()],
        "changes": [(change, _in_words(change, labels, names)) for change in changes],
    }


def _in_words(change: SeatChange, labels: dict[int, str], names: dict[int, str]) -> str:
    offers = {number: names.get(user_id, "a deleted account") for number, user_id in change.offers}
    by_state: dict[str, list[str]] = {}
    for seat_number, letter, *_ in change.changes:
        offer = f" and offered to {offers[seat_number]}" if seat_number in offers else ""
        by_state.setdefault(WORDS[letter] + offer, []).append(labels[seat_number])
    return "; ".join(f"{', '.join(named)} {word}" for word, named in by_state.items())
