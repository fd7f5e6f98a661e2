"""Real PostgreSQL and Redis: those of DATABASE_URL and REDIS_URL, or servers of its own.

The servers of its own come from two wheels of requirements-dev.txt and need no installation.
"""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from deploy.servers import PostgresServer, RedisServer, Store

ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True)
class Services:
    """Where PostgreSQL and Redis are."""

    database_url: str
    redis_url: str

    @property
    def environment(self) -> dict[str, str]:
        """Return this process's environment with both URLs in it."""
        return {**os.environ, "DATABASE_URL": self.database_url, "REDIS_URL": self.redis_url}


@contextmanager
def services() -> Iterator[Services]:
    """Give the servers of DATABASE_URL and REDIS_URL, and start those that are not set."""
    with ExitStack() as stack:

        def given_or_own(variable: str, schemes: tuple[str, ...], own: Callable[[], Store]) -> str:
            url = os.environ.get(variable, "")
            if not url:
                return stack.enter_context(own()).url
            if not url.startswith(schemes):
                raise SystemExit(f"{variable} must start with {' or '.join(schemes)}.")
            return url

        postgres = ("postgres://", "postgresql://")
        yield Services(
            database_url=given_or_own("DATABASE_URL", postgres, PostgresServer),
            redis_url=given_or_own("REDIS_URL", ("redis://", "rediss://"), RedisServer),
        )
