"""Who books without an account: by the e-mail address that a form names, within limits."""

import time
from hashlib import sha256
from math import ceil

from django.core.exceptions import ValidationError
from django.http import HttpRequest
from rest_framework.exceptions import Throttled

from booking.buyers import Buyer
from foundation.errors import Invalid
from foundation.instants import wait_in_words
from foundation.outbox.addresses import mail_address
from foundation.web.throttling import LoginThrottle, counter

TOO_MANY = "Too many bookings without an account: sign in to book more, or try again {}."


class TooManyOfGuests(Throttled):
    """A limit, and when there is more to be had."""

    def __init__(self, seconds: float) -> None:
        super().__init__(detail=TOO_MANY.format(wait_in_words(seconds)))
        self.wait = ceil(seconds)


class GuestThrottle(LoginThrottle):
    """Limits the attempts to book that guests make from an address of the network."""

    scope = "guest"


class LimitOfGuests(LoginThrottle):
    """Limits what guests have got: what was refused to them counts for nothing."""

    def __init__(self, name: str) -> None:
        super().__init__()
        window, self.seconds_left = (0.0, 0.0)
        if self.rate is not None:
            window, elapsed = divmod(time.time(), self.duration)
            self.seconds_left = self.duration - elapsed
        self._key = f"{name}.{window:.0f}"

    def check(self, more: int) -> None:
        """Refuse so many more than may be had. Raises TooManyOfGuests."""
        if self.rate is None:
            return
        had: int = counter.shared(lambda cache: cache.get(self._key, 0))
        if had + more > self.num_requests:
            raise TooManyOfGuests(self.seconds_left)

    def count(self, more: int) -> None:
        """Count what they got."""
        if self.rate is not None:
            counter.count_all([self._key] * more, 2 * self.duration)


class GuestMails(LimitOfGuests):
    """Limits the bookings and payments for an e-mail address, which may be another person's.

    Who only tries with it keeps nobody else from booking.
    """

    scope = "guest_mail"

    def __init__(self, email: str) -> None:
        super().__init__(f"throttle.{self.scope}.{sha256(email.encode()).hexdigest()}")


class GuestSeats(LimitOfGuests):
    """Limits the seats of a show that guests at an address of the network book together."""

    scope = "guest_seats"

    def __init__(self, request: HttpRequest, show_id: int) -> None:
        super().__init__(f"{self.address_key(request)}.{show_id}")


def guest_of(request: HttpRequest) -> Buyer:
    """Return the guest who sends a form; `count_guest` what they got. Raises Invalid, Throttled."""
    try:
        email = mail_address(request.POST["email"])
    except ValidationError as error:
        raise Invalid(" ".join(error.messages)) from None
    limit = GuestThrottle()
    if not limit.allow_request(request, None):
        raise TooManyOfGuests(limit.wait())
    GuestMails(email).check(1)
    return Buyer(email=email)


def count_guest(buyer: Buyer) -> None:
    """Count that a guest booked, or began to pay."""
    if buyer.user is None:
        GuestMails(buyer.email).count(1)
