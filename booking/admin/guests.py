"""Guests' tickets, sent again from the page of a booking."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_POST

from booking.admin.base import ServiceAdmin
from booking.models import Booking
from booking.services.guests import send_tickets
from foundation.errors import Refusal
from foundation.outbox.addresses import mail_address


class GuestAdmin(ServiceAdmin):
    """Sends a guest's tickets again, to an address that staff have corrected if they have."""

    @admin.display(description="Guest’s e-mail address", empty_value="–")
    def guest(self, booking: Booking) -> str | None:
        return booking.email or None

    @admin.display(description="Buyer", empty_value="–")
    def buyer(self, booking: Booking) -> Any:
        return booking.user or booking.email or None

    def get_urls(self) -> list[URLPattern]:
        send = self.admin_site.admin_view(self.send_view)
        own = path("<int:booking_id>/send/", send, name="booking_booking_send")
        return [own, *super().get_urls()]

    @method_decorator(require_POST)
    def send_view(self, request: HttpRequest, booking_id: int) -> HttpResponse:
        """Send the tickets of a guest's booking to the address in the form."""
        if not self.has_cancel_permission(request):
            return redirect("admin:index")
        try:
            email = mail_address(request.POST.get("email", ""))
            booking = send_tickets(booking_id=booking_id, email=email, now=timezone.now())
        except ValidationError as error:
            self.message_user(request, " ".join(error.messages), messages.ERROR)
        except Refusal as error:
            self.message_user(request, error.detail, messages.ERROR)
        else:
            # Without the address, so that nothing is left to erase here.
            self.log_change(request, booking, "Sent the tickets again.")
            self.message_user(request, f"The tickets are on their way to {email}.")
        return redirect("admin:booking_booking_change", booking_id)

    def has_cancel_permission(self, request: HttpRequest) -> bool:
        """Let those change what was sold who may change bookings."""
        return request.user.has_perm("booking.change_booking")
