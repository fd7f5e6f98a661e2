"""Whose requests those are that a limit counts together."""

from django.contrib.auth.models import AbstractBaseUser
from django.http import HttpRequest
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle


def client_of(request: Request | HttpRequest) -> str:
    """Return whose request it is: an account's, or an address's seen through TRUSTED_PROXIES."""
    if user := user_of(request):
        return f"user:{user.pk}"
    return f"address:{BaseThrottle().get_ident(request)}"  # type: ignore[arg-type]


def user_of(request: Request | HttpRequest) -> AbstractBaseUser | None:
    """Return the user who asks, if known."""
    return request.user if isinstance(request.user, AbstractBaseUser) else None
