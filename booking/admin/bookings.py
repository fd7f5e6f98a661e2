"""Bookings."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_POST

from booking.admin.base import ServiceAdmin
from booking.errors import BookingError
from booking.models import Booking
from booking.selectors import bookings
from booking.services.bookings import cancel_booking_as_staff
from booking.services.second_chances import cancel_tickets_as_staff


@admin.register(Booking)
class BookingAdmin(ServiceAdmin):
    """Bookings, to read and to cancel."""

    list_display = ["reference", "user", "show", "seats", "created_at", "status"]
    list_filter = [("cancelled_at", admin.EmptyFieldListFilter), "show__movie"]
    date_hierarchy = "created_at"
    search_fields = ["reference", "user__username"]
    fields = ("reference", "user", "show", "seats", "total", "created_at", "cancelled_at")
    readonly_fields = fields
    actions = ["cancel_bookings"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Booking]:
        """Return the bookings with all that the list shows."""
        return bookings.bookings().select_related("user")

    @admin.display
    def seats(self, booking: Booking) -> str:
        """Return the labels of the seats."""
        return ", ".join(ticket.seat.label for ticket in booking.tickets.all())

    @admin.display
    def total(self, booking: Booking) -> str:
        """Return the price of all tickets."""
        return f"€{sum(ticket.price for ticket in booking.tickets.all()):.2f}"

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Leave booking to moviegoers."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Booking | None = None) -> bool:
        """Leave bookings as they are."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Booking | None = None) -> bool:
        """Keep bookings: they are cancelled, not deleted."""
        return False

    def has_cancel_permission(self, request: HttpRequest) -> bool:
        """Let those cancel who may change bookings."""
        return request.user.has_perm("booking.change_booking")

    @admin.action(description="Cancel the selected bookings", permissions=["cancel"])
    def cancel_bookings(self, request: HttpRequest, chosen: QuerySet[Booking]) -> None:
        """Cancel each booking that can be cancelled, and say so of each."""
        for booking in chosen:
            self._cancel(request, booking)

    def get_urls(self) -> list[URLPattern]:
        """Return the admin's URLs, and that of the button that cancels."""
        cancel = self.admin_site.admin_view(self.cancel_view)
        own = path("<int:booking_id>/cancel/", cancel, name="booking_booking_cancel")
        return [own, *super().get_urls()]

    @method_decorator(require_POST)
    def cancel_view(self, request: HttpRequest, booking_id: int) -> HttpResponse:
        """Cancel one booking, or its ticked tickets where there are ticks, and show it again.

        Outside the transaction of a change form.
        """
        if not self.has_cancel_permission(request):
            return redirect("admin:index")
        booking = self.get_object(request, str(booking_id))
        if booking is not None and "some" in request.POST:
            self._cancel_some(request, booking)
        elif booking is not None:
            self._cancel(request, booking)
        return redirect("admin:booking_booking_change", booking_id)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show the booking, and the button that cancels it to those who may."""
        extra = (extra_context or {}) | {"may_cancel": self.has_cancel_permission(request)}
        return super().change_view(request, object_id, form_url, extra)

    def _cancel_some(self, request: HttpRequest, booking: Booking) -> None:
        ticked = [
            ticket
            for ticket in booking.tickets.all()
            if str(ticket.seat_number) in request.POST.getlist("seats")
        ]
        seat_numbers = [ticket.seat_number for ticket in ticked]
        try:
            cancel_tickets_as_staff(
                booking_id=booking.pk, seat_numbers=seat_numbers, now=timezone.now()
            )
        except BookingError as error:
            self.message_user(request, f"{booking.reference}: {error.detail}", messages.ERROR)
        else:
            labels = ", ".join(ticket.seat.label for ticket in ticked)
            self.log_change(request, booking, f"Cancelled {labels}.")
            self.message_user(request, f"Cancelled {labels}.", messages.SUCCESS)

    def _cancel(self, request: HttpRequest, booking: Booking) -> None:
        try:
            cancel_booking_as_staff(booking_id=booking.pk, now=timezone.now())
        except BookingError as error:
            self.message_user(request, f"{booking.reference}: {error.detail}", messages.ERROR)
        else:
            self.log_change(request, booking, "Cancelled.")
            self.message_user(request, f"{booking.reference} is cancelled.", messages.SUCCESS)
