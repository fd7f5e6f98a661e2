import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any
from unittest import IsolatedAsyncioTestCase, mock

import daphne.server
from django.test import SimpleTestCase

from foundation.server.serve import LONGEST_SHARE_SECONDS, SHARES, Server


class Clock:
    """Stands in for the module `time`."""

    def __init__(self) -> None:
        self.now = 1000.0

    def time(self) -> float:
        return self.now

    monotonic = time


class Protocol:
    """One connection, as the server sees it."""

    def __init__(self, clock: Clock, *, check_takes: float = 0.0) -> None:
        self.clock = clock
        self.check_takes = check_takes
        self.checks = 0
        self.failures: list[BaseException] = []
        self.leave: Callable[[], None] = lambda: None

    def check_timeouts(self) -> None:
        self.checks += 1
        self.clock.now += self.check_takes

    def handle_exception(self, error: BaseException) -> None:
        self.failures.append(error)
        self.leave()


class Untouchable(dict[str, Any]):
    """What the server keeps of a connection that it has no reason to look at."""

    def get(self, *_: Any) -> Any:
        raise AssertionError("looked at a connection of which nothing has ended")


async def application(scope: Any, receive: Any, send: Any) -> None:
    """End when told to; by an error, when told so."""
    while (word := await receive()) != "end":
        if word == "fail":
            raise ValueError("failed")
        if word == "linger":
            await asyncio.Event().wait()


def served_by(server_class: Any) -> Any:
    """Return a server that has no port and no reactor."""
    server = server_class(application, endpoints=["tcp:0"], application_close_timeout=10)
    server.connections = {}  # as its `run` would
    return server


@contextmanager
def no_reactor(clock: Clock) -> Iterator[list[tuple[float, Any]]]:
    """Collect what is to be called later, as (delay, call)."""
    later: list[tuple[float, Any]] = []
    reactor = mock.Mock(callLater=lambda delay, call: later.append((delay, call)))
    with (
        mock.patch("daphne.server.reactor", reactor),
        mock.patch("daphne.server.time", clock),
        mock.patch("foundation.server.serve.time", clock),
    ):
        yield later


class EndedConnectionsTests(IsolatedAsyncioTestCase):
    """The same histories for Daphne's own server and for ours, which end the same way."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.later = self.enterContext(no_reactor(self.clock))

    def servers(self) -> Iterator[Any]:
        for server_class in (daphne.server.Server, Server):
            with self.subTest(server_class.__module__):
                yield served_by(server_class)

    async def connect(self, server: Any) -> tuple[Protocol, Any]:
        protocol = Protocol(self.clock)
        server.protocol_connected(protocol)
        say = server.create_application(protocol, {}).put_nowait
        await self.settle()
        return protocol, say

    async def settle(self) -> None:
        for _ in range(5):
            await asyncio.sleep(0)

    async def test_a_connection_is_forgotten_when_both_ends_are_gone(self) -> None:
        for server in self.servers():
            protocol, say = await self.connect(server)
            say("end")
            await self.settle()
            server.application_checker()
            self.assertIn(protocol, server.connections)

            server.protocol_disconnected(protocol)
            server.application_checker()

            self.assertEqual(server.connections, {})
            self.assertEqual(protocol.failures, [])

    async def test_an_application_that_failed_is_told_to_its_peer_once(self) -> None:
        for server in self.servers():
            protocol, say = await self.connect(server)
            say("fail")
            await self.settle()

            with self.assertLogs("daphne.server", "ERROR"):
                server.application_checker()
            server.application_checker()

            self.assertEqual([str(error) for error in protocol.failures], ["failed"])
            self.assertIn(protocol, server.connections)

    async def test_an_application_that_outlives_its_peer_is_ended_after_the_patience(self) -> None:
        for server in self.servers():
            protocol, say = await self.connect(server)
            say("linger")
            server.protocol_disconnected(protocol)
            for _ in range(3):
                server.application_checker()
                await self.settle()
                self.assertIn(protocol, server.connections)

            self.clock.now += 10.5
            with self.assertLogs("daphne.server", "WARNING"):
                server.application_checker()
            await self.settle()
            server.application_checker()

            self.assertEqual(server.connections, {})

    async def test_a_peer_that_goes_while_its_failure_is_told_is_forgotten(self) -> None:
        for server in self.servers():
            protocol, say = await self.connect(server)
            say("fail")
            await self.settle()
            protocol.leave = partial(server.protocol_disconnected, protocol)
            with self.assertLogs("daphne.server", "ERROR"):
                server.application_checker()
            server.application_checker()

            self.assertEqual(server.connections, {})

    async def test_each_look_is_followed_by_the_next(self) -> None:
        for server in self.servers():
            self.later.clear()

            server.application_checker()

            self.assertEqual(self.later, [(1, server.application_checker)])

    async def test_only_connections_that_changed_are_looked_at(self) -> None:
        server = served_by(Server)
        idle = [(await self.connect(server))[0] for _ in range(3)]
        gone, say = await self.connect(server)
        for protocol in idle:
            server.connections[protocol] = Untouchable(server.connections[protocol])
        say("end")
        server.protocol_disconnected(gone)
        await self.settle()

        server.application_checker()

        self.assertEqual(list(server.connections), idle)

    async def test_daphne_looks_at_all(self) -> None:
        """The proof for the test above."""
        server = served_by(daphne.server.Server)
        idle, _ = await self.connect(server)
        server.connections[idle] = Untouchable(server.connections[idle])

        with self.assertRaisesRegex(AssertionError, "looked at a connection"):
            server.application_checker()


class TimeoutsTests(SimpleTestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.later = self.enterContext(no_reactor(self.clock))
        self.server = served_by(Server)

    def connect(self, count: int, *, check_takes: float = 0.0) -> list[Protocol]:
        protocols = [Protocol(self.clock, check_takes=check_takes) for _ in range(count)]
        for protocol in protocols:
            self.server.protocol_connected(protocol)
        return protocols

    def go_on(self, times: int) -> None:
        for _ in range(times):
            self.server.timeout_checker()

    def test_each_connection_is_checked_once_in_a_round_of_two_seconds(self) -> None:
        for count in (0, 1, 19, 20, 21, 1000):
            with self.subTest(count):
                self.server = served_by(Server)
                protocols = self.connect(count)
                self.later.clear()

                self.go_on(SHARES)

                # Where there are fewer than shares, rounds are over early, and begin again.
                checks = {p.checks for p in protocols}
                self.assertTrue(all(checks) if 0 < count < SHARES else checks <= {1, 2}, checks)
                self.assertAlmostEqual(sum(delay for delay, _ in self.later), 2.0)

    def test_a_share_is_a_twentieth_of_all(self) -> None:
        protocols = self.connect(1000)

        self.go_on(1)

        self.assertEqual(sum(p.checks for p in protocols), 50)

    def test_a_share_that_takes_long_is_left_to_the_next(self) -> None:
        """A thousand pings that are due together do not go out together."""
        protocols = self.connect(1000, check_takes=0.3 * LONGEST_SHARE_SECONDS)
        before = self.clock.now

        self.go_on(1)

        self.assertEqual(sum(p.checks for p in protocols), 4)
        self.assertLess(self.clock.now - before, 2 * LONGEST_SHARE_SECONDS)

        self.go_on(249)

        self.assertEqual({p.checks for p in protocols}, {1})

    def test_connections_that_went_meanwhile_are_passed_over(self) -> None:
        protocols = self.connect(40)
        self.go_on(1)
        for protocol in protocols:
            self.server.connections.pop(protocol)

        self.go_on(SHARES)

        self.assertEqual(sum(p.checks for p in protocols), 2)

    def test_one_check_that_fails_does_not_end_the_others(self) -> None:
        broken, fine = self.connect(2)
        broken.check_timeouts = mock.Mock(side_effect=RuntimeError)  # type: ignore[method-assign]

        for _ in range(2):
            with suppress(RuntimeError):
                self.server.timeout_checker()

        self.assertEqual(broken.check_timeouts.call_count, 1)
        self.assertEqual(fine.checks, 1)
        self.assertEqual(len(self.later), 2)
