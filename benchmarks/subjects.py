"""What is measured: Front Row and its peers, each as a server that sends changes to watchers."""

import asyncio
import http.client
import json
import os
import shutil
import string
import subprocess
import sys
import tempfile
import time
from abc import ABC, abstractmethod
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

from benchmarks.deployment import Deployment, deployed
from benchmarks.processes import SERVER_CORE, Usage, pinned, usage
from benchmarks.publishing import ChangingShow, through_a_loop
from benchmarks.watching import Stamps, built
from deploy.servers import free_port
from deploy.services import Services

PEERS = Path(__file__).parent / "peers"
START_SECONDS = 20
NCHAN = "ngx_nchan_module.so"


class Missing(Exception):
    """Says what a peer needs that is not on this machine."""


class Subject(ABC):
    """A server on a core of its own. Its changes are numbered from 1, and stamped when published.

    `greeted` says whether a socket gets a first frame when it joins, `overloaded` whether a change
    takes so long that the next one should wait until it has arrived.
    """

    name: str
    path = "/"
    greeted = False
    overloaded = False

    def __init__(self, given: Services, stamps: Stamps) -> None:
        self.given = given
        self.stamps = stamps
        self.port = free_port()
        self.version = 0
        self._stack = ExitStack()

    @abstractmethod
    def start(self) -> None:
        """Start the server."""

    @abstractmethod
    def publish(self, seats: int = 1) -> None:
        """Publish the next change, of so many seats."""

    @abstractmethod
    def usage(self) -> Usage:
        """Return what the server's processes use."""

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *exc: object) -> None:
        self._stack.close()

    def frame(self, seats: int) -> dict[str, Any]:
        """Return the next change as Front Row would tell it."""
        self.version += 1
        changed = [[number, "bh"[self.version % 2]] for number in range(41, 41 + seats)]
        at = int(time.time() * 1000)
        version = {"from": self.version, "version": self.version}
        return {"type": "changes", **version, "changes": changed, "at": at}


class FrontRow(Subject):
    """The product as it is deployed; its changes are commits of another process, this one."""

    name = "Front Row"
    greeted = True
    deployment: Deployment

    def start(self) -> None:
        self.show = ChangingShow(self.stamps)
        self.path = self.show.path
        self._stack.enter_context(through_a_loop([self.show]))
        self.deployment = self._stack.enter_context(deployed(SERVER_CORE))
        self.port = self.deployment.servers[0].port

    def publish(self, seats: int = 1) -> None:
        self.show.change(seats)
        self.version = self.show.version

    def usage(self) -> Usage:
        return self.deployment.usage()


class Peer(Subject):
    """A server that is one process of this machine."""

    process: subprocess.Popen[bytes]

    @abstractmethod
    def command(self) -> list[str]:
        """Return how it is started. Raises Missing."""

    def environment(self) -> dict[str, str]:
        return {}

    def start(self) -> None:
        command = self.command()
        with pinned(SERVER_CORE):
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                cwd=PEERS.parent.parent,
                env={**os.environ, **self.environment()},
            )
        self._stack.callback(self._end)
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{self.name} did not start")
            time.sleep(0.05)

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=0.2)
        try:
            connection.connect()
        except OSError:
            return False
        connection.close()
        return True

    def _end(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        assert self.process.stdin
        self.process.stdin.close()

    def usage(self) -> Usage:
        return usage(self.process.pid)


class LinePeer(Peer):
    """A server that sends each line of its standard input to every socket."""

    def publish(self, seats: int = 1) -> None:
        line = json.dumps(self.frame(seats), separators=(",", ":"))
        assert self.process.stdin
        self.stamps.stamp(self.version)
        self.process.stdin.write(f"{line}\n".encode())
        self.process.stdin.flush()


class CLimit(LinePeer):
    name = "limit: C and epoll"

    def command(self) -> list[str]:
        return [str(built("peers/broadcaster.c")), str(self.port)]


class Websockets(LinePeer):
    name = "websockets broadcast()"

    def command(self) -> list[str]:
        return [sys.executable, str(PEERS / "websockets_broadcast.py"), str(self.port)]


class NodeWs(LinePeer):
    name = "Node ws, prepared frame"

    def command(self) -> list[str]:
        node, npm = shutil.which("node"), shutil.which("npm")
        if node is None or npm is None:
            raise Missing("Node.js with npm")
        if not (PEERS / "node_modules").exists():
            subprocess.run([npm, "ci", "--no-audit", "--no-fund"], cwd=PEERS, check=True)
        return [node, str(PEERS / "ws_prepared.js"), str(self.port)]


class Tutorial(Peer):
    """Channels as its tutorial uses it, on Daphne."""

    name = "Channels tutorial, core layer"
    layer = "channels_redis.core.RedisChannelLayer"
    overloaded = True

    def command(self) -> list[str]:
        daphne = [sys.executable, "-m", "daphne", "--verbosity", "0", "--port", str(self.port)]
        return [*daphne, "benchmarks.peers.tutorial:application"]

    def environment(self) -> dict[str, str]:
        return {"PEER_LAYER": self.layer, "PEER_REDIS": self.given.redis_url}

    def start(self) -> None:
        from django.utils.module_loading import import_string

        self._runner = self._stack.enter_context(asyncio.Runner())
        host = {"address": self.given.redis_url, "socket_timeout": None}
        self._layer = import_string(self.layer)(hosts=[host])
        super().start()

    def publish(self, seats: int = 1) -> None:
        message = {"type": "seats.changed", "frame": self.frame(seats)}
        self.stamps.stamp(self.version)
        self._runner.run(self._layer.group_send("show", message))


class PubSubTutorial(Tutorial):
    name = "Channels tutorial, pubsub layer"
    layer = "channels_redis.pubsub.RedisPubSubChannelLayer"


class Nchan(Peer):
    name = "nginx nchan"

    def command(self) -> list[str]:
        nginx = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
        modules = next((m for m in (Path("/usr/lib/nginx/modules"),) if (m / NCHAN).exists()), None)
        if nginx is None or modules is None:
            raise Missing("nginx with Debian's libnginx-mod-nchan")
        folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory()))
        folder.chmod(0o755)
        template = string.Template((PEERS / "nchan.conf").read_text())
        configuration = folder / "nginx.conf"
        configuration.write_text(
            template.substitute(modules=modules, folder=folder, port=self.port)
        )
        return [nginx, "-c", str(configuration)]

    def publish(self, seats: int = 1) -> None:
        text = json.dumps(self.frame(seats), separators=(",", ":"))
        if self.version == 1:
            self._publisher = http.client.HTTPConnection("127.0.0.1", self.port)
        self.stamps.stamp(self.version)
        self._publisher.request("POST", "/publish", text)
        self._publisher.getresponse().read()
