"""What becomes of guests' bookings: an account claims them, staff correct an address, or erase it.

Each locks the address by name, as does whoever sells to it.
"""

from datetime import datetime

from booking.buyers import Buyer, client_of_guest
from booking.errors import AlreadyCancelled, BookingNotFound
from booking.models import Booking
from booking.services import post
from foundation.db.locks import client_of_user, lock
from foundation.db.statements import run
from foundation.db.transactions import one_transaction
from foundation.errors import refuses
from foundation.outbox.services import forget, hand_over


@one_transaction
def claim_bookings(*, user_id: int, email: str) -> int:
    """Make the bookings of a guest those of the account that has confirmed the address.

    Mails that are to be sent go with them. The links of before are dead: the account has the
    bookings. Returns how many there are.
    """
    lock(client_of_guest(email))
    claimed = Booking.objects.filter(user=None, email=email).update(user_id=user_id, email="")
    hand_over(client_of_guest(email), to=client_of_user(user_id))
    return claimed


@one_transaction
@refuses(BookingNotFound, AlreadyCancelled)
def send_tickets(*, booking_id: int, email: str, now: datetime) -> Booking:
    """Send a guest's tickets again, to another address if this is one: then the old link is dead.

    `email` is as `foundation.outbox.addresses.mail_address` has it. Locks the address, then the
    booking.
    """
    lock(client_of_guest(email))
    bookings = Booking.objects.select_for_update(of=("self",), no_key=True)
    booking = bookings.filter(pk=booking_id).first()
    if booking is None or booking.user_id is not None or not booking.email:
        raise BookingNotFound("This is no guest’s booking: an account has it, or it was forgotten.")
    if booking.cancelled_at:
        raise AlreadyCancelled
    booking.email = email
    booking.save(update_fields=["email"])
    run(*post.letter(post.BOOKED, Buyer(email=email), now, booking=booking.pk))
    return booking


@one_transaction
def forget_guest(*, email: str) -> int:
    """Forget an address: its bookings are nobody's, and what was to be sent there is not.

    The tickets let in as before, by code and reference; the links are dead. Returns how many
    bookings there are.
    """
    lock(client_of_guest(email))
    erased = Booking.objects.filter(user=None, email=email).update(email="")
    forget(client_of_guest(email))
    return erased
