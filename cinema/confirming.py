"""Confirming an address: for accounts and box office at once."""

from booking.services.guests import claim_bookings
from cinema.accounts.services import confirm_email
from foundation.db.transactions import one_transaction


@one_transaction
def confirm_and_claim(*, user_id: int, email: str) -> bool:
    """Confirm that the address is the user's, who gets what was booked with it as a guest.

    Returns whether it is. Locks the user, then what `claim_bookings` locks.
    """
    if not confirm_email(user_id=user_id, email=email):
        return False
    claim_bookings(user_id=user_id, email=email)
    return True
