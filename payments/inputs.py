"""What clients send where somebody pays."""

from typing import Any

from django.core.exceptions import ValidationError
from rest_framework import serializers

from foundation.outbox.addresses import mail_address
from foundation.web.inputs import Input, StrictCharField


class PaySerializer(Input):
    """How to pay, and where the tickets go where no account is logged in."""

    provider = StrictCharField(max_length=20, help_text="A way to pay online that is offered.")
    email = StrictCharField(
        max_length=254, required=False, help_text="Without an account: where the tickets go."
    )

    def validate_email(self, text: str) -> Any:
        """Return the address in lower case, if mail can reach it."""
        try:
            return mail_address(text)
        except ValidationError as error:
            raise serializers.ValidationError(error.messages) from None
