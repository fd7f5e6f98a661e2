"""The providers by name, and those of them that are offered."""

from dataclasses import dataclass
from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string

from payments.errors import WayNotOffered
from payments.providers import Provider
from payments.ways import COUNTER, KEYS, PROVIDERS


@dataclass(frozen=True)
class Way:
    """A way to pay online: its name, and what people call it."""

    name: str
    label: str


@cache
def provider(name: str) -> Provider:
    """Return a provider, also one that is not offered any more. Raises KeyError."""
    made: Provider = import_string(PROVIDERS[name])()
    return made


def is_offered(name: str) -> bool:
    """Tell whether this is a way to pay online that is offered."""
    return name in settings.PAYMENTS and name != COUNTER


def is_heard(name: str) -> bool:
    """Tell whether notifications of it are taken: those of one that is not offered any more, too.

    What was paid in its way is refunded or disputed for months.
    """
    key = KEYS.get(name)
    return is_offered(name) or bool(key and getattr(settings, key))


def offered_provider(name: str) -> Provider:
    """Return a provider that somebody may choose. Raises WayNotOffered."""
    if is_offered(name):
        return provider(name)
    if name == COUNTER:
        raise WayNotOffered("To pay at the box office, book the seats: no payment is begun.")
    raise WayNotOffered(f"There is no way to pay named {name!r} here.")


def ways_online() -> list[Way]:
    """Return the ways to pay online that are offered."""
    return [Way(name, provider(name).label) for name in settings.PAYMENTS if name != COUNTER]
