"""All that is known of a person, for that person."""

from typing import Any

from booking.models import Hold, WaitlistEntry
from booking.selectors.bookings import bookings_of
from cinema.accounts.models import User
from foundation.db.locks import client_of_user
from foundation.outbox.models import Message
from payments.models import Payment


def data_of(user: User) -> dict[str, Any]:
    """Return it as JSON has it: times in ISO 8601, amounts as decimal strings."""
    return {
        "account": {
            "username": user.get_username(),
            "email": user.email,
            "confirmed_email": user.confirmed_email,
            "first_name": user.first_name,
            "last_name": user.last_name,
            "joined_at": user.date_joined.isoformat(),
        },
        "bookings": [_booking(booking) for booking in bookings_of(user)],
        "payments": [
            {
                "amount": f"{payment.amount:.2f}",
                "provider": payment.provider,
                "state": payment.state,
                "at": payment.created_at.isoformat(),
            }
            for payment in Payment.objects.filter(user=user)
        ],
        "holds": [
            {
                "show": hold.show_id,
                "seat_numbers": hold.seat_numbers,
                "created_at": hold.created_at.isoformat(),
                "expires_at": hold.expires_at.isoformat(),
            }
            for hold in Hold.objects.filter(user=user)
        ],
        "waitlists": [
            {
                "show": entry.show_seat.show_id,
                "seat_number": entry.show_seat.seat_number,
                "joined_at": entry.joined_at.isoformat(),
            }
            for entry in WaitlistEntry.objects.filter(user=user).select_related("show_seat")
        ],
        "mails": [
            {"kind": message.kind, "at": message.created_at.isoformat(), "status": message.status}
            for message in Message.objects.filter(about=client_of_user(user.pk))
        ],
    }


def _booking(booking: Any) -> dict[str, Any]:
    return {
        "reference": booking.reference,
        "film": booking.show.movie.title,
        "auditorium": booking.show.auditorium.name,
        "starts_at": booking.show.starts_at.isoformat(),
        "booked_at": booking.created_at.isoformat(),
        "cancelled_at": booking.cancelled_at and booking.cancelled_at.isoformat(),
        "tickets": [
            {"seat": ticket.seat.label, "type": ticket.type, "price": f"{ticket.price:.2f}"}
            for ticket in booking.tickets.all()
        ],
    }
