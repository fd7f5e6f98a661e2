"""Addresses that mail can be sent to, as people type them."""

import unicodedata

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

LONGEST = 254
UNDELIVERABLE = "Mail can’t be sent to letters such as these before the @: enter another address."
AMBIGUOUS = "Enter what comes after the @ in its “xn--” form: as it is, it can be read as another."


def mail_address(typed: str) -> str:
    """Return the address as it is kept and compared: in lower case. Raises ValidationError.

    After the @ there may be letters of any script. Before it, few servers take any but ASCII's
    (SMTPUTF8), and Python would send to another mailbox instead.
    """
    typed = typed.strip()
    name, at, domain = typed.rpartition("@")
    if not name.isascii():
        raise ValidationError(UNDELIVERABLE)
    if len(typed) > LONGEST:
        raise ValidationError("Enter a shorter e-mail address.")
    validate_email(typed)
    domain = domain.lower()
    if not domain.isascii():
        # Python's codec knows an earlier rule than browsers, by which some letters are others.
        known = domain.encode("idna").decode("idna")
        if known != unicodedata.normalize("NFC", domain):
            raise ValidationError(AMBIGUOUS)
        domain = known
    return f"{name.lower()}{at}{domain}"
