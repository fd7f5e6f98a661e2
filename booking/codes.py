"""A ticket's code: what stands in its QR code, and is read at the door.

It names the ticket by its random id, signed: nobody can make one, and it says nothing of show, seat
or person. Whether the ticket is good, the database alone says. In upper case and digits a QR code
has room for it at a good size.
"""

import base64
import binascii
import hmac

from django.conf import settings
from django.utils.crypto import salted_hmac

SALT = "booking.codes"
# Ids have 53 bits.
ID_BYTES = 7
SIGNATURE_BYTES = 9


def code_of(ticket_id: int) -> str:
    """Return the code of a ticket: 26 letters and digits."""
    name = ticket_id.to_bytes(ID_BYTES)
    return base64.b32encode(name + _signature(name, settings.SECRET_KEY)).decode().rstrip("=")


def ticket_id_in(code: str) -> int | None:
    """Return the id of the ticket that has this code, or None if it is no code of ours.

    Those signed with a key of SECRET_KEY_FALLBACKS are good, too.
    """
    try:
        decoded = base64.b32decode(code.upper() + "=" * (-len(code) % 8))
    except (binascii.Error, ValueError):
        return None
    name, signature = decoded[:ID_BYTES], decoded[ID_BYTES:]
    for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        if hmac.compare_digest(signature, _signature(name, key)):
            return int.from_bytes(name)
    return None


def _signature(name: bytes, key: str) -> bytes:
    return salted_hmac(SALT, name, secret=key, algorithm="sha256").digest()[:SIGNATURE_BYTES]
