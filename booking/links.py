"""The link to a guest's booking, which stands in for an account: whoever has it has the booking.

It names the booking by its random id, and is signed over the id and the address that it was sent
to: nobody can make one, and with another address, or with an account, the old link is no good.
"""

import base64
import binascii
import hmac

from django.conf import settings
from django.utils.crypto import salted_hmac

SALT = "booking.links"
# Ids have 53 bits.
ID_BYTES = 7
SIGNATURE_BYTES = 16


def token_of(booking_id: int, email: str) -> str:
    """Return the secret in the link to a guest's booking: 31 characters."""
    return _token(booking_id, email, settings.SECRET_KEY)


def booking_id_in(token: str) -> int | None:
    """Return the id of the booking that a token names, be it any good or not; None for no token."""
    try:
        decoded = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (binascii.Error, ValueError):
        return None
    return int.from_bytes(decoded[:ID_BYTES])


def is_token_of(token: str, booking_id: int, email: str) -> bool:
    """Tell whether this is the token of a guest's booking.

    Those signed with a key of SECRET_KEY_FALLBACKS are good, too.
    """
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    good = [_token(booking_id, email, key) for key in keys]
    return any(hmac.compare_digest(token.encode(), each.encode()) for each in good)


def _token(booking_id: int, email: str, key: str) -> str:
    name = booking_id.to_bytes(ID_BYTES)
    signature = salted_hmac(SALT, name + email.encode(), secret=key, algorithm="sha256").digest()
    return base64.urlsafe_b64encode(name + signature[:SIGNATURE_BYTES]).decode().rstrip("=")
