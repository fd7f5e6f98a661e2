"""Who books without an account: by the e-mail address that a form names, within limits."""

import time
from hashlib import sha256
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest
from rest_framework.exceptions import Throttled
from rest_framework.request import Request

from booking.buyers import Buyer
from foundation.errors import Invalid
from foundation.outbox.addresses import mail_address
from foundation.web.throttling import ClientThrottle, LoginThrottle, counter

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


class GuestSeats(LoginThrottle):
    """Limits the seats of a show that guests at an address of the network book together.

    Only those that they got count, so nobody is turned away for seats that others were quicker to
    take.
    """

    scope = "guest_seats"

    def __init__(self, request: HttpRequest, show_id: int) -> None:
        super().__init__()
        window, self.seconds_left = (0.0, 0.0)
        if self.rate is not None:
            window, elapsed = divmod(time.time(), self.duration)
            self.seconds_left = self.duration - elapsed
        self._key = f"{self.address_key(request)}.{show_id}.{window:.0f}"

    def check(self, seats: int) -> None:
        """Refuse so many seats more than may be had. Raises Throttled."""
        if self.rate is None:
            return
        had: int = counter.shared(lambda cache: cache.get(self._key, 0))
        if had + seats > self.num_requests:
            raise Throttled(self.seconds_left, TOO_MANY)

    def count(self, seats: int) -> None:
        """Count seats that were booked."""
        if self.rate is not None:
            counter.count_all([self._key] * seats, 2 * self.duration)


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
