"""System checks: settings that are dangerous together, though each may be right alone."""

from typing import Any

from django.conf import settings
from django.core import checks

from foundation.server.earlier import refuse_earlier_database

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
LEFT_ALONE = checks.Warning(
    "var/db.sqlite3 is of an earlier version and left alone; var/front-row.sqlite3 is used.",
    hint="Delete it when you don't need it any more.",
    id="cinema.W003",
)


@checks.register(checks.Tags.security)
def check_keys_and_hosts(**kwargs: Any) -> list[checks.CheckMessage]:
    found: list[checks.CheckMessage] = []
    if settings.JWT_SIGNING_KEY == settings.SECRET_KEY:
        found.append(SAME_KEY)
    if "*" in settings.ALLOWED_HOSTS:
        found.append(ANY_HOST)
    return found


@checks.register
def check_channel_layer(**kwargs: Any) -> list[checks.CheckMessage]:
    """Return a warning when live rooms of several processes would hear of changes late."""
    shared = settings.DATABASES["default"]["ENGINE"] == "foundation.db.postgresql"
    layer = settings.CHANNEL_LAYERS["default"]["BACKEND"]
    apart = layer == "channels.layers.InMemoryChannelLayer"
    return [ROOMS_APART] if shared and apart else []


@checks.register(checks.Tags.security, deploy=True)
def check_throttles(**kwargs: Any) -> list[checks.CheckMessage]:
    return [] if settings.THROTTLES else [NO_THROTTLES]


@checks.register(checks.Tags.database)
def check_earlier_database(databases: Any = None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Return a warning where an earlier version left its file; refuse a database that it made."""
    if databases:
        refuse_earlier_database()
    used = settings.DATABASES["default"]["NAME"] == str(settings.VAR_DIR / "front-row.sqlite3")
    return [LEFT_ALONE] if used and (settings.VAR_DIR / "db.sqlite3").exists() else []
