"""A Daphne process that dies."""

import os
import signal

from deploy.containers.compose import health, wait_until
from tests.containers.case import ContainerCase


class ReplicaTests(ContainerCase):
    def test_killed_replica_comes_back_and_no_reader_notices(self) -> None:
        show = self.show()
        killed = self.compose.containers("web")[0]
        statuses = list[int]()

        def reads_until_it_is_back() -> bool:
            statuses.append(self.open(f"/api/shows/{show}/seats/").status)
            statuses.append(self.open("/").status)
            again = self.compose.docker.inspect(killed["Id"])
            return again["RestartCount"] == 1 and health(again) == "healthy"

        # By the kernel: Docker leaves what it killed itself as it is.
        os.kill(killed["State"]["Pid"], signal.SIGKILL)
        wait_until(reads_until_it_is_back, self.compose.logs)
        self.assertEqual(set(statuses), {200})
        self.compose.until_green()
        print(
            f"containers: {len(statuses)} reads while a replica was away, none failed", flush=True
        )
        watcher = self.watch(show, at=self.replicas[0])
        self.assertEqual(watcher.versions, [self.seat_map(show)["version"]])
