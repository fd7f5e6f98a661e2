"""What a site takes of the machine, of PostgreSQL and of Redis at one moment."""

import psutil
from django.db import connection
from redis import Redis

from benchmarks.processes import connections, families, usage
from deploy.services import Services
from tests.abuse.flat import Sample
from tests.abuse.site import Site

MIB = 1 << 20
# How much more of something in a later round is noise. Memory is fragmented a little more each time
# that an attack is at its worst; other numbers waver by what has just begun or is about to end, and
# each process starts its last thread, with its connection, when so many are wanted at once.
SLACK = {
    "Daphne 1 MiB": 4,
    "Daphne 1 files": 4,
    "Daphne 1 threads": 1,
    "Daphne 2 MiB": 4,
    "Daphne 2 files": 4,
    "Daphne 2 threads": 1,
    "nginx MiB": 4,
    "nginx files": 8,
    "PostgreSQL conn.": 2,
    "idle in trans.": 0,
    "Redis conn.": 2,
    "Redis KiB": 512,
    "Redis for ever": 0,
}
IDLE_IN_TRANSACTION = (
    "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%%'"
    " AND datname = current_database()"
)


class Sampler:
    """Takes samples of a site; files are descriptors of any kind."""

    def __init__(self, site: Site, given: Services) -> None:
        deployment = site.deployment
        self._given = given
        self._daphnes = [each.process.pid for each in deployment.daphnes if each.process]
        self._nginx = [deployment.nginx.process.pid] if deployment.nginx.process else []
        self._redis = Redis.from_url(given.redis_url)

    def sample(self) -> Sample:
        """Return what everything in SLACK is now."""
        found: dict[str, float] = {}
        for number, pid in enumerate(self._daphnes, 1):
            found |= _process(f"Daphne {number}", pid)
            found[f"Daphne {number} threads"] = psutil.Process(pid).num_threads()
        found |= _process("nginx", *self._nginx)
        found["PostgreSQL conn."] = connections(self._given.database_url, *self._daphnes)
        found["Redis conn."] = connections(self._given.redis_url, *self._daphnes)
        with connection.cursor() as cursor:
            cursor.execute(IDLE_IN_TRANSACTION)
            found["idle in trans."] = cursor.fetchone()[0]
        return found | self._of_redis()

    def _of_redis(self) -> dict[str, float]:
        keys = self._redis.info("keyspace").get("db0", {"keys": 0, "expires": 0})
        return {
            "Redis KiB": self._redis.info("memory")["used_memory"] / 1024,
            "Redis for ever": keys["keys"] - keys["expires"],
        }


def _process(name: str, *pids: int) -> dict[str, float]:
    files = sum(process.num_fds() for process in families(*pids))
    return {f"{name} MiB": usage(*pids).memory_bytes / MIB, f"{name} files": files}
