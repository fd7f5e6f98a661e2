"""Front Row as it is deployed: PostgreSQL, Redis and Daphne processes on loopback."""

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import django
from django.core.management import call_command

from benchmarks.processes import OTHER_CORE, Usage, pinned, usage
from deploy.serve import Daphne
from deploy.services import Services, services

# A production start's settings; plain HTTP, since a proxy in front would end TLS.
PRODUCTION = {
    "DEBUG": "false",
    "ALLOWED_HOSTS": "127.0.0.1,localhost",
    "SECRET_KEY": "only-for-a-benchmark-on-loopback-" + "0" * 40,
    "HTTPS": "false",
    "LOG_LEVEL": "WARNING",
}
# As the image starts it: the proxy in front keeps the log of requests.
QUIET = ["--verbosity", "0"]


@contextmanager
def infrastructure(*cores: int) -> Iterator[Services]:
    """Provide PostgreSQL, migrated, and Redis; this process's Django uses both from now on.

    They are those of DATABASE_URL and REDIS_URL, or own ones, with fsync on, on these cores or else
    beside the load.
    """
    with ExitStack() as stack:
        with pinned(*(cores or (OTHER_CORE,))):
            given = stack.enter_context(services())
        os.environ.update(PRODUCTION, ENV_FILE="", DJANGO_SETTINGS_MODULE="cinema.settings")
        os.environ.update(DATABASE_URL=given.database_url, REDIS_URL=given.redis_url)
        # Without the names of the collected files, every page of a production start fails.
        os.environ["STATIC_ROOT"] = stack.enter_context(tempfile.TemporaryDirectory())
        django.setup()
        call_command("migrate", verbosity=0, interactive=False)
        call_command("collectstatic", verbosity=0, interactive=False)
        yield given


@dataclass(frozen=True)
class Deployment:
    """The Daphne processes that serve Front Row."""

    servers: list[Daphne]

    @property
    def pids(self) -> list[int]:
        return [server.process.pid for server in self.servers if server.process]

    def usage(self) -> Usage:
        """Return what the Daphne processes use, without PostgreSQL and Redis."""
        return usage(*self.pids)


@contextmanager
def deployed(
    *cores: int, processes: int = 1, env: Mapping[str, str | None] | None = None
) -> Iterator[Deployment]:
    """Serve Front Row by deploy/serve.sh, inside `infrastructure`, on these cores."""
    # Watchers say by a header which address each of them has.
    ours = {"DATABASE_URL": os.environ["DATABASE_URL"], "TRUSTED_PROXIES": "1"}
    with ExitStack() as stack:
        servers = []
        for _ in range(processes):
            with pinned(*cores):
                server = Daphne(env={**ours, **(env or {})}, args=QUIET)
                servers.append(stack.enter_context(server))
        yield Deployment(servers)
