"""What PostgreSQL says in its log."""

from deploy.containers.compose import wait_until
from deploy.containers.docker import Refused
from tests.containers.case import ContainerCase

LOCK = "SELECT pg_advisory_lock(1)"
HELD = "FROM pg_locks WHERE locktype = 'advisory'"


class DatabaseTests(ContainerCase):
    def test_waits_for_locks_and_slow_statements_are_logged(self) -> None:
        compose = self.compose
        self.query(f"{LOCK}, pg_sleep(600)", "--detach")
        wait_until(lambda: self.query(f"SELECT count(*) {HELD}") == "1", compose.logs)
        with self.assertRaises(Refused):
            # As long as Front Row's sessions wait.
            self.query(f"SET lock_timeout = '1s'; {LOCK}")
        self.query(f"SELECT pg_terminate_backend(pid) {HELD}")
        self.query("SELECT pg_sleep(0.6)")
        said = compose.run("logs", "--no-color", "postgres")
        self.assertRegex(said, r"still waiting for ExclusiveLock on advisory lock .* after \d+\.")
        self.assertRegex(said, r"duration: \d+\.\d+ ms  statement: SELECT pg_sleep\(0\.6\)")

    def query(self, sql: str, *options: str) -> str:
        """Run SQL in PostgreSQL's container, and return what it printed."""
        container = self.compose.containers("postgres")[0]["Id"]
        psql = "psql", "--host=/var/run/postgresql", "--username=frontrow", "--tuples-only"
        return self.compose.docker.run(
            "exec", *options, container, *psql, "--no-align", f"--command={sql}"
        )
