"""Who books without an account: by the e-mail address that a form names, within limits."""

from hashlib import sha256
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest
from rest_framework.exceptions import Throttled
from rest_framework.request import Request

from booking.buyers import Buyer
from foundation.errors import Invalid
from foundation.outbox.addresses import mail_address
from foundation.web.throttling import ClientThrottle, LoginThrottle

TOO_MANY = "Too many bookings without an account: sign in to book more."


class GuestThrottle(LoginThrottle):
    """Limits the bookings that guests make from an address of the network."""

    scope = "guest"


class GuestMailThrottle(ClientThrottle):
    """Limits the bookings that are made for an e-mail address, which may be another person's."""

    scope = "guest_mail"

    def __init__(self, email: str) -> None:
        super().__init__()
        self._email = email

    def get_cache_key(self, request: Request | HttpRequest, view: Any) -> str:
        return f"throttle.{self.scope}.{sha256(self._email.encode()).hexdigest()}"


def guest_of(request: HttpRequest) -> Buyer:
    """Return the guest who sends a form, counted. Raises Invalid, Throttled."""
    try:
        email = mail_address(request.POST["email"])
    except ValidationError as error:
        raise Invalid(" ".join(error.messages)) from None
    for limit in (GuestThrottle(), GuestMailThrottle(email)):
        if not limit.allow_request(request, None):
            raise Throttled(limit.wait(), TOO_MANY)
    return Buyer(email=email)
