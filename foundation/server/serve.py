"""Our Daphne: `python -m foundation.server.serve` takes the same arguments as `daphne`.

LIMITS hold however it is started, by deploy/serve.sh or by `manage.py runserver`.

Daphne checks all its connections in one go: every second for those that have ended, every two for
time-outs and pings. With thousands of them everything else waits noticeably. This server checks
only what changed, a few at a time (docs/adr/0011). Plain `daphne` works too, with those pauses.
"""

import asyncio
import gc
import math
import time
from contextlib import suppress
from typing import Any

import daphne.server
from daphne.cli import CommandLineInterface
from django.db import Error, connection
from twisted.internet.defer import Deferred

from foundation.server import background, draining
from foundation.server.earlier import refuse_earlier_database
from foundation.server.start import in_one_sentence

LIMITS: dict[str, Any] = {
    # An answer takes a minute at most.
    "http_timeout": 60,
    # Clients that are gone are noticed in about 72 seconds; a socket may stay for as long as it
    # answers pings.
    "ping_interval": 60,
    "ping_timeout": 10,
    "websocket_timeout": -1,
    "websocket_connect_timeout": 5,
    "websocket_handshake_timeout": 5,
    # One for sending, too: it must let the largest hall's changes through.
    "websocket_max_message_size": 262_144,
    # What a browser sends comes in tiny frames.
    "websocket_max_frame_size": 1024,
    "server_name": "",
    # The log has a line of each request already (foundation/server/observed.py).
    "action_logger": None,
}

# In this time all connections' time-outs are checked, in so many shares. A share with many pings
# leaves its rest to the next one.
ROUND_SECONDS = 2.0
SHARES = 20
LONGEST_SHARE_SECONDS = 0.005


class Server(daphne.server.Server):
    """Daphne's server, with housekeeping that never holds up the event loop for long.

    A WebSocket's application may end before its socket; Daphne's own shutdown then raises KeyError.
    """

    lets_applications_end = True

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options | LIMITS)
        self.connections: dict[Any, dict[str, Any]] = {}
        # Connections of which the peer, or the application, has ended since the last look.
        self._changed: set[Any] = set()
        self._unchecked: list[Any] = []
        self._share = 0
        self.ports: list[Any] = []

    def run(self) -> None:
        """Serve, and never let the garbage collector walk again all that is loaded by now.

        Refuses the database of an earlier version; one that can't be reached may come back.
        """
        with suppress(Error):
            refuse_earlier_database()
        connection.close()
        gc.collect()
        gc.freeze()
        background.begin()
        daphne.server.reactor.callLater(0, background.begin_on_loop)
        super().run()

    def listen_success(self, port: Any) -> None:
        super().listen_success(port)
        self.ports.append(port)

    def kill_all_applications(self) -> Any:
        """Drain before Daphne cancels what is left; the reactor waits for both."""
        background.end()
        draining.begin(self)
        return Deferred.fromFuture(asyncio.ensure_future(self._end()))

    async def _end(self) -> None:
        await draining.finish(self)
        await background.have_ended(within=draining.LONGEST_REQUEST_SECONDS)
        # Daphne takes for granted that each has an application.
        for protocol, details in list(self.connections.items()):
            if "application_instance" not in details:
                del self.connections[protocol]
        await super().kill_all_applications().asFuture(asyncio.get_running_loop())

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
        """Let Daphne check those connections that changed."""
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
        """Check the next share of all connections for time-outs and due pings."""
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
    """Daphne's command line for this server."""

    server_class = Server


if __name__ == "__main__":
    with in_one_sentence():
        CommandLine.entrypoint()
