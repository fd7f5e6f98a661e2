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

from booking.admin.guests import GuestAdmin
from booking.admin.moments import column
from booking.models import Booking, Ticket
from booking.prices import money
from booking.selectors import bookings
from booking.services.amendments import cancel_booking
from foundation.errors import Refusal


@admin.register(Booking)
class BookingAdmin(GuestAdmin):
    """Bookings, to read, to cancel, and to send again to guests."""

    list_display = ["reference", "buyer", "show", "seats", "created", "status"]
    list_filter = [("cancelled_at", admin.EmptyFieldListFilter), "created_at"]
    search_fields = ["reference"]  # and what `get_search_results` finds
    search_help_text = (
        "A reference, a guest's address, how a user name begins, or a part of a movie's title."
    )
    fields = ("reference", "user", "guest", "show", "seats", "total", "created", "cancelled")
    readonly_fields = fields
    actions = ["cancel_bookings"]
    created = column("created_at", "Created at")
    cancelled = column("cancelled_at", "Cancelled at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Booking]:
        return bookings.bookings().filter(show__is_listed=True).select_related("user")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Booking], search_term: str
    ) -> tuple[QuerySet[Booking], bool]:
        """Return the bookings found: each way by its own index, which one OR of all can't use."""
        if not search_term:
            return queryset, False
        every = Booking.objects.order_by().values("pk")
        found = every.filter(reference=search_term.upper()).union(
            every.filter(email=search_term.strip().lower()).exclude(email=""),
            every.filter(user__username__istartswith=search_term),
            every.filter(show__movie__title__icontains=search_term),
        )
        return queryset.filter(pk__in=found), False

    @admin.display
    def seats(self, booking: Booking) -> str:
        return ", ".join(ticket.seat.label for ticket in booking.tickets.all())

    @admin.display
    def total(self, booking: Booking) -> str:
        return money(booking.total)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Leave booking to moviegoers."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Booking | None = None) -> bool:
        """Leave bookings as they are."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Booking | None = None) -> bool:
        """Keep bookings: they are cancelled, not deleted."""
        return False

    @admin.action(description="Cancel the selected bookings", permissions=["cancel"])
    def cancel_bookings(self, request: HttpRequest, chosen: QuerySet[Booking]) -> None:
        """Cancel each booking that can be cancelled, and say so of each."""
        for booking in chosen:
            self._cancel(request, booking)

    def get_urls(self) -> list[URLPattern]:
        cancel = self.admin_site.admin_view(self.cancel_view)
        own = path("<int:booking_id>/cancel/", cancel, name="booking_booking_cancel")
        return [own, *super().get_urls()]

    @method_decorator(require_POST)
    def cancel_view(self, request: HttpRequest, booking_id: int) -> HttpResponse:
        """Cancel a booking, or its ticked tickets, outside the transaction of a change form."""
        if not self.has_cancel_permission(request):
            return redirect("admin:index")
        booking = self.get_object(request, str(booking_id))
        if booking is not None and "some" in request.POST:
            ticked = request.POST.getlist("seats")
            tickets = [one for one in booking.tickets.all() if str(one.seat_number) in ticked]
            self._cancel(request, booking, tickets)
        elif booking is not None:
            self._cancel(request, booking)
        return redirect("admin:booking_booking_change", booking_id)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Show the booking, and the button that cancels it to those who may."""
        context["may_cancel"] = self.has_cancel_permission(request)
        return super().render_change_form(request, context, *args, **kwargs)

    def _cancel(
        self, request: HttpRequest, booking: Booking, tickets: list[Ticket] | None = None
    ) -> None:
        """Cancel these tickets, or without any named the booking, and say what became of it."""
        labels = ", ".join(ticket.seat.label for ticket in tickets or ())
        try:
            cancel_booking(
                booking_id=booking.pk,
                user=None,
                now=timezone.now(),
                seat_numbers=None if tickets is None else [one.seat_number for one in tickets],
            )
        except Refusal as error:
            self.message_user(request, f"{booking.reference}: {error.detail}", messages.ERROR)
        else:
            done = "Cancelled." if tickets is None else f"Cancelled {labels}."
            self.log_change(request, booking, done)
            told = f"{booking.reference} is cancelled." if tickets is None else done
            self.message_user(request, told, messages.SUCCESS)
