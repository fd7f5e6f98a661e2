"""Visitors of a deployment whose processes are replaced: they count whatever fails them."""

import itertools
import random
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, Self

from tests.realtime.api import ApiClient
from tests.realtime.crowds import Crowd, Member, Served, SocketMember

# As static/js/connection.js has it (CROWD_BASE_MS).
LONGEST_WAIT_SECONDS = 5.0
GOING_AWAY = 1012
SEATS_OF_A_BUYER = 50


class Regulars(Crowd):
    """Sockets that come back as a page's script does: after a random wait, with what they have.

    `away` has the seconds for which each was gone, and `cut` those who were not told to go.
    """

    def __init__(
        self,
        server: Served,
        path: str,
        count: int,
        *,
        longest_wait: float = LONGEST_WAIT_SECONDS,
    ) -> None:
        self.away: list[float] = []
        self.cut: list[int | None] = []
        self._served, self._path, self._longest_wait = server, path, longest_wait
        # When they come, since when they are gone, and who they were.
        self._gone: list[tuple[float, float, Member]] = []
        self._back: dict[Member, float] = {}
        super().__init__(server, [path], count)

    def are_back(self) -> bool:
        """Return whether everybody is there and has heard something."""
        return not self._gone and not self._back

    def until(self, condition: Callable[[], bool], seconds: float = 120) -> None:
        """Read, and come back, until the condition holds. Raises TimeoutError."""
        super().until(lambda: self._come_back() or condition(), seconds)

    def _see_off(self, member: Member) -> None:
        super()._see_off(member)
        member.socket.close()
        self.members.remove(member)
        if member.close_code != GOING_AWAY:
            self.cut.append(member.close_code)
        now = time.monotonic()
        since = self._back.pop(member, now)
        self._gone.append((now + random.random() * self._longest_wait, since, member))

    def _come_back(self) -> bool:
        now = time.monotonic()
        for gone in [gone for gone in self._gone if gone[0] <= now]:
            self._gone.remove(gone)
            _, since, before = gone
            path = f"{self._path}?since={before.version}.{before.digest}"
            member: Member = SocketMember(self._served, path, keeps=None)
            member.version, member.digest = before.version, before.digest
            self._greet(member)
            self._back[member] = since
        for member in [member for member in self._back if member.heard]:
            self.away.append(now - self._back.pop(member))
        return False


class Buyers:
    """Accounts that book a seat and cancel it again, `every` so many seconds.

    `every` may be changed meanwhile. Who was kept waiting makes up for it, so a slow machine keeps
    the pace, too. Whatever is not answered as it should be is one of the `failures`.
    """

    def __init__(self, server: Any, show_id: int, tokens: Sequence[str], *, every: float) -> None:
        self.requests = itertools.count()
        self.failures: list[str] = []
        self._over = threading.Event()
        self._began, self.every = time.monotonic(), every
        self._threads = [
            threading.Thread(
                target=self._buy, args=(ApiClient(server, token=token), show_id, number)
            )
            for number, token in enumerate(tokens)
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def pace(self) -> str:
        """Return how many requests they sent so far, in words."""
        requests, seconds = next(self.requests), time.monotonic() - self._began
        pace = f"{requests / seconds / 2:.1f} of each a second"
        return f"{requests} bookings and cancellations in {seconds:.0f} s ({pace})"

    def _buy(self, client: ApiClient, show_id: int, number: int) -> None:
        first = 1 + number * SEATS_OF_A_BUYER
        next_at = time.monotonic()
        for seat_number in itertools.cycle(range(first, first + SEATS_OF_A_BUYER)):
            if self._over.is_set():
                return
            next_at += self.every
            booked = self._do(lambda: client.book(show_id, seat_number), 201)  # noqa: B023
            if booked is not None:
                self._do(lambda: client.cancel(booked["id"]), 200)  # noqa: B023
            self._over.wait(max(next_at - time.monotonic(), 0))

    def _do(self, ask: Callable[[], Any], expected: int) -> Any:
        """Return the body of an answer, or None where it is another one."""
        next(self.requests)
        try:
            answer = ask()
        except (OSError, ValueError) as error:
            self.failures.append(repr(error))
            return None
        if answer.status != expected:
            self.failures.append(f"{answer.status}: {answer.body}")
            return None
        return answer.body
