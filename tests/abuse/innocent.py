"""An innocent visitor: reads pages and the API, watches a show, books and cancels, takes notes."""

import json
import socket
import threading
import time
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException, HTTPResponse
from itertools import count, cycle
from typing import Any, Self

from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

from tests.realtime.frames import Follower, checked

HOST = "127.0.0.1"
# Whoever waits for longer has gone.
PATIENCE_SECONDS = 10
# A tick comes every five.
SILENCE_SECONDS = 12


class Innocent:
    """What one visitor does at once, in several threads, from one address until it is left.

    It is entered when the visitor watches the show.

    `failures` says in words whatever did not go as it must; `seconds` has how long each request and
    each new socket took; `viewers` is every count of those who watch that it was told.

    With `may_wait` somebody else keeps locks in the database. Then an answer may ask to come again,
    with 503 or a booking's 500 `too_much_contention`, and an open socket may be told nothing yet.
    """

    def __init__(
        self, *, port: int, address: str, show_id: int, token: str, seats: range, may_wait: bool
    ) -> None:
        self.failures: list[str] = []
        self.seconds: list[float] = []
        self.viewers: list[int] = []
        self.joins = 0
        self.bookings = 0
        self._port = port
        self._address = address
        self._show_id = show_id
        self._token = token
        self._seats = seats
        self._may_wait = may_wait
        self._version = 0
        self._watches = False
        self._told = threading.Condition()
        self._over = threading.Event()
        self._threads = [self._thread(act) for act in (self._read, self._join, self._book)]
        # Whoever has just booked still wants to be told of it.
        self._watches_no_more = threading.Event()
        self._watching = self._thread(self._watch)

    def _thread(self, act: Callable[[], None]) -> threading.Thread:
        return threading.Thread(target=self._looks_after, args=(act,))

    def __enter__(self) -> Self:
        for thread in (self._watching, *self._threads):
            thread.start()
        with self._told:
            self._told.wait_for(lambda: self._watches, PATIENCE_SECONDS)
        return self

    def __exit__(self, *exc: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()
        self._watches_no_more.set()
        self._watching.join()

    def _looks_after(self, act: Callable[[], None]) -> None:
        try:
            act()
        except Exception as error:
            self._fail(f"{act.__name__} ended with {error!r}")

    def _fail(self, what: str) -> None:
        self.failures.append(what)

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        """Send a request on a connection of its own and return the answer's text, or None."""
        headers = {"Content-Type": "application/json", "Accept-Encoding": "gzip"}
        if path.startswith("/api/"):
            headers["Authorization"] = f"Bearer {self._token}"
        connection = HTTPConnection(
            HOST, self._port, timeout=PATIENCE_SECONDS, source_address=(self._address, 0)
        )
        started = time.monotonic()
        try:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            text = answer.read()
        except (OSError, HTTPException) as error:
            self._fail(f"{method} {path}: {error!r} after {time.monotonic() - started:.1f} s")
            return None
        finally:
            connection.close()
        took = time.monotonic() - started
        self.seconds.append(took)
        if self._may_wait and _says_when_to_come_again(answer, text):
            return None
        if not 200 <= answer.status < 400 or took > PATIENCE_SECONDS:
            self._fail(f"{method} {path}: {answer.status} after {took:.1f} s {text[:100]!r}")
            return None
        return text

    def _read(self) -> None:
        """Load pages and call the API."""
        show = self._show_id
        paths = cycle(
            [
                "/",
                f"/api/shows/{show}/seats/",
                "/api/movies/",
                f"/shows/{show}/",
                "/api/my-bookings/",
                "/health/",
                f"/api/shows/{show}/",
                "/accounts/login/",
            ]
        )
        while not self._over.wait(0.15):
            self._ask("GET", next(paths))

    def _socket(self) -> ClientConnection:
        connection = socket.create_connection(
            (HOST, self._port), timeout=PATIENCE_SECONDS, source_address=(self._address, 0)
        )
        return connect(
            f"ws://{HOST}:{self._port}/ws/shows/{self._show_id}/",
            sock=connection,
            open_timeout=PATIENCE_SECONDS,
            compression=None,
        )

    def _watch(self) -> None:
        """Stay on one socket; all that comes must be in order, and something always comes."""
        follower = Follower()
        with self._socket() as watching:
            silent_since = time.monotonic()
            while not self._watches_no_more.is_set():
                try:
                    frame = checked(watching.recv(timeout=0.5))
                except TimeoutError:
                    if time.monotonic() - silent_since > SILENCE_SECONDS:
                        self._fail("the socket said nothing")
                        silent_since = time.monotonic()
                    continue
                silent_since = time.monotonic()
                follower.apply(frame)
                if frame["type"] == "viewers":
                    self.viewers.append(frame["count"])
                with self._told:
                    self._version = follower.version or 0
                    self._watches = True
                    self._told.notify_all()

    def _join(self) -> None:
        """Come anew now and then."""
        while not self._over.wait(0.5):
            started = time.monotonic()
            try:
                with self._socket() as joined:
                    self._is_told(joined)
                    self.seconds.append(time.monotonic() - started)
                    self.joins += 1
            except (OSError, WebSocketException) as error:
                self._fail(f"could not join: {error!r} after {time.monotonic() - started:.1f} s")

    def _is_told(self, joined: ClientConnection) -> None:
        try:
            checked(joined.recv(timeout=PATIENCE_SECONDS))
        except TimeoutError:
            if not self._may_wait:
                raise

    def _book(self) -> None:
        """Book a seat, see it on the socket, and give it back."""
        for number in count():
            if self._over.wait(0.4):
                return
            seat = self._seats[number % len(self._seats)]
            before = self._version
            path = f"/api/shows/{self._show_id}/book/"
            booked = self._ask("POST", path, {"seat_number": seat})
            if booked is None:
                continue
            self.bookings += 1
            with self._told:
                if not self._told.wait_for(lambda: self._version > before, PATIENCE_SECONDS):  # noqa: B023
                    self._fail("the socket did not tell of a booking")
            self._ask("POST", f"/api/bookings/{json.loads(booked)['id']}/cancel/", {})


def _says_when_to_come_again(answer: HTTPResponse, text: bytes) -> bool:
    contract = answer.status == 500 and b'"too_much_contention"' in text
    return bool(answer.headers["Retry-After"]) and (answer.status == 503 or contract)
