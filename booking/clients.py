"""Who asks: the user or address that limits count by, and whether that user is still there."""

from hashlib import sha256
from http import HTTPStatus
from ipaddress import IPv6Address, IPv6Network, ip_address

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.db import IntegrityError
from django.http import HttpRequest
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from booking.errors import BookingError

# A network of IPv6 has at least so many addresses as 64 bits can name, and one visitor has it.
NETWORK_BITS = 64
# What may be refused for want of the user's rows.
NOT_THEIRS = (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)


def client_of(request: Request | HttpRequest) -> str:
    """Return whose request it is: an account's, or else an address's."""
    if user := user_of(request):
        return f"user:{user.pk}"
    return f"address:{address_of(request)}"


def user_of(request: Request | HttpRequest) -> AbstractBaseUser | None:
    """Return the user who asks, if known."""
    return request.user if isinstance(request.user, AbstractBaseUser) else None


def address_of(request: Request | HttpRequest) -> str:
    """Return where a request comes from, seen through TRUSTED_PROXIES.

    That is an IPv4 address or the network of an IPv6 one, and a hash of what is neither: a proxy
    may pass on whatever it was told.
    """
    told = str(BaseThrottle().get_ident(request))  # type: ignore[arg-type]
    try:
        address = ip_address(told)
    except ValueError:
        return sha256(told.encode()).hexdigest()
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(IPv6Network((int(address), NETWORK_BITS), strict=False))


def was_deleted(request: Request | HttpRequest, error: Exception) -> bool:
    """Tell whether an error comes of the user who asks having been deleted since they were known.

    An access token is trusted for a while. No row that refers to such a user can be committed, and
    what was theirs is found no more.
    """
    refused = isinstance(error, BookingError) and error.status in NOT_THEIRS
    if not (refused or isinstance(error, IntegrityError)):
        return False
    user = user_of(request)
    return user is not None and not get_user_model().objects.filter(pk=user.pk).exists()
