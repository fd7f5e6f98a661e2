"""System checks: settings that are dangerous together, though each may be right alone."""

from typing import Any

from django.conf import settings
from django.core import checks

SAME_KEY = checks.Error(
    "JWT_SIGNING_KEY is the same as SECRET_KEY.",
    hint="Give JWT_SIGNING_KEY random characters of its own, or leave it out.",
    id="cinema.E001",
)
ANY_HOST = checks.Error(
    "ALLOWED_HOSTS allows any host, so a forged Host header decides where our own links lead.",
    hint="Name the hosts that this site is served as.",
    id="cinema.E002",
)
ROOMS_APART = checks.Warning(
    "Processes share a PostgreSQL database, but no channel layer.",
    hint=(
        "Set REDIS_URL: without it a change that another process made shows on a seat map only "
        "when its room next compares versions, seconds later."
    ),
    id="cinema.W001",
)
NO_THROTTLES = checks.Warning(
    "Throttles are off, so passwords can be guessed as fast as they can be sent.",
    hint="THROTTLES=off is for load tests.",
    id="cinema.W002",
)


@checks.register(checks.Tags.security)
def check_keys_and_hosts(**kwargs: Any) -> list[checks.CheckMessage]:
    """Return what would let strangers in."""
    found: list[checks.CheckMessage] = []
    if settings.JWT_SIGNING_KEY == settings.SECRET_KEY:
        found.append(SAME_KEY)
    if "*" in settings.ALLOWED_HOSTS:
        found.append(ANY_HOST)
    return found


@checks.register
def check_channel_layer(**kwargs: Any) -> list[checks.CheckMessage]:
    """Return a warning when live rooms of several processes would hear of changes late."""
    shared = settings.DATABASES["default"]["ENGINE"] == "cinema.postgresql"
    layer = settings.CHANNEL_LAYERS["default"]["BACKEND"]
    apart = layer == "channels.layers.InMemoryChannelLayer"
    return [ROOMS_APART] if shared and apart else []


@checks.register(checks.Tags.security, deploy=True)
def check_throttles(**kwargs: Any) -> list[checks.CheckMessage]:
    """Return a warning when a deployment has no limits."""
    return [] if settings.THROTTLES else [NO_THROTTLES]
