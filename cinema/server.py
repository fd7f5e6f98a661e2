"""Daphne as Front Row runs it; `python -m cinema.server` takes the arguments that `daphne` takes.

Daphne looks at all its connections in one go: every second for those that have ended, every two for
time-outs and pings. With thousands of watchers that keeps everything else waiting for longer than
a blink. Here the same is done for those that changed, and a few at a time (docs/adr/0011). Under
plain `daphne cinema.asgi:application` Front Row works as well, with these pauses.
"""

import asyncio
import gc
import math
import time
from typing import Any

import daphne.server
from daphne.cli import CommandLineInterface

# Every connection's time-outs are looked at in this time, in so many shares. A share that comes
# upon many pings at once leaves the rest of it to the next one.
ROUND_SECONDS = 2.0
SHARES = 20
LONGEST_SHARE_SECONDS = 0.005


class Server(daphne.server.Server):
    """Daphne's server, whose housekeeping never holds up the event loop for long."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.connections: dict[Any, dict[str, Any]] = {}
        # Connections of which the peer, or the application, has ended since the last look.
        self._changed: set[Any] = set()
        self._unchecked: list[Any] = []
        self._share = 0

    def run(self) -> None:
        """Serve until told to stop.

        What was loaded by now stays, so the garbage collector need not look through it again: that
        took a twentieth of a second each time.
        """
        gc.collect()
        gc.freeze()
        super().run()

    def create_application(self, protocol: Any, scope: dict[str, Any]) -> Any:
        queue = super().create_application(protocol, scope)
        if queue is not None:
            task: asyncio.Future[Any] = self.connections[protocol]["application_instance"]
            task.add_done_callback(lambda _: self._changed.add(protocol))
        return queue

    def protocol_disconnected(self, protocol: Any) -> None:
        super().protocol_disconnected(protocol)
        self._changed.add(protocol)

    def application_checker(self) -> None:
        """Do what Daphne does here, to the connections that changed."""
        everything = self.connections
        changed = {protocol: everything[protocol] for protocol in self._changed & everything.keys()}
        self.connections = dict(changed)
        try:
            super().application_checker()
        finally:
            for protocol in changed.keys() - self.connections.keys():
                del everything[protocol]
            # An application that outlives its peer is looked at until Daphne's patience ends.
            self._changed = {p for p in self.connections if "disconnected" in everything[p]}
            self.connections = everything

    def timeout_checker(self) -> None:
        """Look at the next share of all connections for time-outs and for pings that are due."""
        daphne.server.reactor.callLater(ROUND_SECONDS / SHARES, self.timeout_checker)
        if not self._unchecked:
            self._unchecked = list(self.connections)
            self._share = math.ceil(len(self._unchecked) / SHARES)
        stop_at = time.monotonic() + LONGEST_SHARE_SECONDS
        for _ in range(min(self._share, len(self._unchecked))):
            protocol = self._unchecked.pop()
            if protocol in self.connections:
                protocol.check_timeouts()
            if time.monotonic() > stop_at:
                break


class CommandLine(CommandLineInterface):
    """Daphne's command line, for this server."""

    server_class = Server


if __name__ == "__main__":
    CommandLine.entrypoint()
