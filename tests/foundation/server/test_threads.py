import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any
from unittest import mock
from weakref import WeakSet

from django.test import SimpleTestCase

from foundation.server.threads import AllWaiting, FairThreads, TooManyWaiting, somebody_waits

PATIENCE = 10


class FairThreadsTests(SimpleTestCase):
    def setUp(self) -> None:
        self.go_on = threading.Event()
        self.addCleanup(self.go_on.set)
        self.served: list[str] = []

    def busy(self, *, waiting: int = 100, in_all: float = 100) -> FairThreads:
        """Return threads of which the only one is busy until `go_on`."""
        threads = FairThreads(1, waiting=waiting, in_all=in_all, name="test")
        begun = threading.Event()

        def wait() -> None:
            begun.set()
            self.go_on.wait(PATIENCE)

        threads.submit("somebody", wait)
        begun.wait(PATIENCE)
        return threads

    def ask(self, threads: FairThreads, client: str) -> "Future[None]":
        """Ask for a client; in capitals, what can wait."""
        return threads.submit(
            client.lower(), lambda: self.served.append(client), can_wait=client.isupper()
        )

    def order(self, threads: FairThreads, *clients: str) -> str:
        """Return in which order these requests are served."""
        asked = [self.ask(threads, client) for client in clients]
        self.go_on.set()
        for each in asked:
            each.result(PATIENCE)
        return "".join(self.served)

    def test_clients_are_served_in_turn(self) -> None:
        self.assertEqual(self.order(self.busy(), *"aaaabbc"), "abcabaa")

    def test_client_that_asks_late_waits_for_one_request_of_each_other(self) -> None:
        threads = self.busy()
        self.assertEqual(self.order(threads, *"a" * 50, "b"), "ab" + "a" * 49)

    def test_what_can_wait_comes_after_the_others(self) -> None:
        self.assertEqual(self.order(self.busy(), *"ABcd"), "cdAB")

    def test_what_can_wait_waits_for_one_request_of_each_other_client(self) -> None:
        order = self.order(self.busy(), *"a" * 50, *"BCd")
        self.assertEqual(order, "adBC" + "a" * 49)

    def test_client_that_was_served_comes_in_the_next_round(self) -> None:
        self.assertEqual(self.order(self.busy(), *"aAbBB"), "abABB")

    def test_what_has_waited_for_long_comes_when_it_is_older(self) -> None:
        self.enterContext(mock.patch("foundation.server.threads.LATER_BY_SECONDS", 0))
        self.assertEqual(self.order(self.busy(), *"aBcDE"), "aBcDE")

    def test_all_come_by_age_when_one_that_cannot_wait_has_waited_for_long(self) -> None:
        self.enterContext(mock.patch("foundation.server.threads.CROWDED_AFTER_SECONDS", 0))
        self.assertEqual(self.order(self.busy(), *"aBcDE"), "aBcDE")

    def test_somebody_waits_while_all_threads_are_busy(self) -> None:
        self.enterContext(mock.patch("foundation.server.threads._pools", WeakSet()))
        threads = self.busy()
        self.assertFalse(somebody_waits())
        asked = self.ask(threads, "a")
        self.assertTrue(somebody_waits())
        self.go_on.set()
        asked.result(PATIENCE)
        self.assertFalse(somebody_waits())

    def test_so_many_of_all_clients_may_wait(self) -> None:
        threads = self.busy(in_all=2)
        self.ask(threads, "a")
        last = self.ask(threads, "b")
        for client in "ac":
            with self.assertRaises(AllWaiting):
                self.ask(threads, client)
        self.go_on.set()
        last.result(PATIENCE)
        self.ask(threads, "c").result(PATIENCE)
        self.assertEqual(self.served, ["a", "b", "c"])

    def test_in_one_queue_the_others_would_wait_for_all_of_them(self) -> None:
        """Show that the test above sees a client that crowds out the others."""

        def first_come(threads: FairThreads, client: str, call: Callable[[], Any], **_: Any) -> Any:
            return pool.submit(call)

        with ThreadPoolExecutor(1) as pool, mock.patch.object(FairThreads, "submit", first_come):
            order = self.order(FairThreads(1, waiting=100, name="test"), *"a" * 50, "b")
        self.assertEqual(order, "a" * 50 + "b")

    def test_client_has_so_many_waiting_and_no_more(self) -> None:
        threads = self.busy(waiting=3)
        for each in "aAa":
            self.ask(threads, each)
        for each in "aA":
            with self.assertRaises(TooManyWaiting):
                self.ask(threads, each)
        other = self.ask(threads, "b")
        self.go_on.set()
        other.result(PATIENCE)
        self.ask(threads, "a").result(PATIENCE)
        self.assertEqual(sorted(self.served), list("Aaaab"))

    def test_one_thread_is_kept_from_each_client_while_there_are_others(self) -> None:
        threads = FairThreads(3, waiting=100, name="test")
        for client in "ba":
            self.ask(threads, client).result(PATIENCE)
        stuck = [threads.submit("a", lambda: self.go_on.wait(PATIENCE)) for _ in range(3)]
        self.served.clear()
        self.ask(threads, "b").result(PATIENCE)
        self.assertEqual(self.served, ["b"])
        self.assertFalse(stuck[2].running())
        self.go_on.set()
        self.assertTrue(stuck[2].result(PATIENCE))

    def test_client_that_is_alone_has_all_threads(self) -> None:
        threads = FairThreads(3, waiting=100, name="test")
        meet = threading.Barrier(3)
        for each in [threads.submit("a", lambda: meet.wait(PATIENCE)) for _ in range(3)]:
            each.result(PATIENCE)

    def test_without_it_one_client_could_have_them_all(self) -> None:
        """Show that the test before the last sees a client that has every thread."""
        threads = FairThreads(3, waiting=100, name="test")
        for client in "ba":
            self.ask(threads, client).result(PATIENCE)
        meet = threading.Barrier(3)
        with mock.patch.object(FairThreads, "_may_run", return_value=True):
            for each in [threads.submit("a", lambda: meet.wait(PATIENCE)) for _ in range(3)]:
                each.result(PATIENCE)

    def test_request_of_a_client_that_left_is_not_served(self) -> None:
        threads = self.busy()
        left, stays = self.ask(threads, "a"), self.ask(threads, "a")
        left.cancel()
        self.go_on.set()
        stays.result(PATIENCE)
        self.assertEqual(self.served, ["a"])

    def test_next_request_waits_for_what_the_event_loop_has_to_do(self) -> None:
        """A thread that is free again takes no other before pages and frames had their turn."""

        async def rush() -> None:
            threads = FairThreads(1, waiting=100, name="test")
            first = threads.submit("a", lambda: self.go_on.wait(PATIENCE))
            second = self.ask(threads, "b")
            self.go_on.set()
            first.result(PATIENCE)
            # The only thread is free: whatever had been handed to it would be done before this.
            threads._threads.submit(lambda: None).result(PATIENCE)
            self.assertEqual(self.served, [])
            await asyncio.wrap_future(second)

        asyncio.run(rush())
        self.assertEqual(self.served, ["b"])

    def test_error_of_a_call_comes_out(self) -> None:
        threads = FairThreads(1, waiting=1, name="test")
        with self.assertRaises(ZeroDivisionError):
            threads.submit("a", lambda: 1 // 0).result(PATIENCE)
        self.ask(threads, "a").result(PATIENCE)
