"""How to connect to PostgreSQL, SQLite and Redis; docs/operations.md says what the numbers mean."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dj_database_url
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import ExponentialBackoff, NoBackoff
from redis.connection import ConnectionPool
from redis.exceptions import RedisError
from redis.retry import Retry

from foundation.environment import wrong

SQLITE = {
    # IMMEDIATE takes the write lock when a transaction begins, which is SQLite's row lock here;
    # FULL keeps an acknowledged booking when the power fails.
    "transaction_mode": "IMMEDIATE",
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
    "timeout": 5,
}
LOCAL_CACHE = {
    "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
    "OPTIONS": {"MAX_ENTRIES": 10_000},
}


def database(url: str, *, statement_timeout: str, test_file: Path) -> dict[str, Any]:
    """Return Django's settings for the database of a URL; SQLite is tested on `test_file`."""
    if not url.startswith(("postgres://", "postgresql://", "sqlite://")):
        raise wrong("DATABASE_URL", "It must start with postgresql:// or sqlite://.")
    try:
        parsed = dj_database_url.parse(url, conn_max_age=None, conn_health_checks=True)
    except ValueError:  # which would repeat the URL with its password
        raise wrong(
            "DATABASE_URL", "It is no URL; in a name or a password, % + / : ? # @ are quoted."
        ) from None
    found: dict[str, Any] = {**parsed}
    if found["NAME"] in ("", ":memory:") or "\0" in found["NAME"]:
        raise wrong("DATABASE_URL", "It names no database, or no file.")
    if found["ENGINE"] == "django.db.backends.sqlite3":
        # A file, so that servers under test see what the tests wrote.
        return found | {"OPTIONS": SQLITE, "TEST": {"NAME": test_file}}
    options = _postgresql(found.get("OPTIONS", {}), statement_timeout)
    return found | {"ENGINE": "foundation.db.postgresql", "OPTIONS": options}


def _postgresql(given: Mapping[str, Any], statement_timeout: str) -> dict[str, Any]:
    """Return the options of PostgreSQL; those `given` in the URL win, one by one."""
    session = {
        # Said once for each connection instead of once for each transaction.
        "lock_timeout": "1s",
        "statement_timeout": statement_timeout,
        # Without this each connection plans each of our prepared statements five times more.
        "plan_cache_mode": "force_generic_plan",
        # A process that was stopped between two trips keeps its locks for so long.
        "idle_in_transaction_session_timeout": "10s",
        # A host that is gone without a word keeps its sessions for a minute.
        "tcp_keepalives_idle": 30,
        "tcp_keepalives_interval": 10,
        "tcp_keepalives_count": 3,
    }
    ours = " ".join(f"-c {name}={value}" for name, value in session.items())
    return {
        "connect_timeout": 5,
        # A database host that is gone without a word is noticed in eleven seconds: the first is for
        # what was sent, in milliseconds, the others for an answer that is awaited, in seconds.
        "tcp_user_timeout": 10_000,
        "keepalives_idle": 5,
        "keepalives_interval": 2,
        "keepalives_count": 3,
        **given,
        # PostgreSQL goes by the last of two values.
        "options": f"{ours} {given.get('options', '')}".strip(),
    }


def checked_redis_url(url: str) -> str:
    """Return the URL after a look at all its options, which connects to nothing."""
    if url and not re.match("rediss?://.", url):
        raise wrong("REDIS_URL", "It must start with redis:// or rediss://.")
    try:
        ConnectionPool.from_url(url or "redis://").make_connection()
    except (ValueError, TypeError, RedisError) as error:
        raise wrong("REDIS_URL", f"{error}.") from None
    return url


def channel_layers(redis_url: str) -> dict[str, Any]:
    """Return the channel layer on Redis, or in memory without one."""
    if not redis_url:
        return {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    host = {
        "address": redis_url,
        # redis-py's own default would end an idle subscription after 5 seconds.
        "socket_timeout": None,
        "socket_connect_timeout": 1,
        "retry": AsyncRetry(ExponentialBackoff(cap=0.5, base=0.02), 3),
    }
    # The pubsub layer finds its subscriptions again after a Redis restart.
    backend = "channels_redis.pubsub.RedisPubSubChannelLayer"
    return {"default": {"BACKEND": backend, "CONFIG": {"hosts": [host]}}}


def caches(redis_url: str) -> dict[str, Any]:
    """Return the cache of all processes, which is on Redis if there is one, and the local one."""
    if not redis_url:
        return {"default": LOCAL_CACHE, "local": LOCAL_CACHE}
    shared = {
        "BACKEND": "foundation.web.throttling.CountingRedisCache",
        "LOCATION": redis_url,
        # A dead or hung Redis costs a request a quarter of a second at most.
        "OPTIONS": {
            "socket_timeout": 0.25,
            "socket_connect_timeout": 0.25,
            "retry": Retry(NoBackoff(), 0),
        },
    }
    return {"default": shared, "local": LOCAL_CACHE}
