"""What clients send where somebody pays."""

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from rest_framework import serializers

from foundation.web.inputs import Input, StrictCharField
from payments.errors import NoBuyer

LONGEST_EMAIL = 254


class PaySerializer(Input):
    """How to pay, and where the tickets go where no account is logged in."""

    provider = StrictCharField(max_length=20, help_text="A way to pay online that is offered.")
    email = serializers.EmailField(
        max_length=LONGEST_EMAIL, required=False, help_text="Without an account: yours."
    )


def email_in(text: str) -> str:
    """Return the address in a form's field, if there is one. Raises NoBuyer."""
    email = text.strip().lower()
    if not email:
        return ""
    try:
        if len(email) > LONGEST_EMAIL:
            raise ValidationError("long")
        validate_email(email)
    except ValidationError:
        raise NoBuyer("This is no e-mail address.") from None
    return email
