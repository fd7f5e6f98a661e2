"""WebSockets that talk, stall, are many, or come again and again."""

import socket
import struct
from contextlib import suppress
from functools import partial

from tests.abuse.attacker import CONTINUATION, PING, TEXT, Attacker, close_code, frame

BYTES_PER_SECOND = 500_000
BURSTS_PER_SECOND = 20
# How often sockets are looked at, five times a second, before they are closed.
STAYS = 10


def talk(attacker: Attacker, _number: int = 0, *, words: bytes, first: bytes = b"") -> None:
    """Say this again and again on a socket, half a megabyte a second; come back when closed."""
    burst = words * (BYTES_PER_SECOND // BURSTS_PER_SECOND // len(words))
    connection: socket.socket | None = None
    heard = b""
    for _ in attacker.paced(BURSTS_PER_SECOND):
        if connection is None:
            connection, heard = attacker.watch(), b""
            if connection is None:
                continue
            connection.settimeout(0.5)
            with suppress(OSError):
                connection.sendall(first)
        try:
            connection.sendall(burst)
            attacker.count("bursts")
            connection.setblocking(False)
            heard = (heard + (came := connection.recv(1 << 18)))[-1000:]
            ended = not came or close_code(heard) is not None
            connection.settimeout(0.5)
        except BlockingIOError:
            ended = False
            connection.settimeout(0.5)
        except TimeoutError:
            attacker.count("not read")
            ended = False
        except OSError:
            ended = True
        if ended:
            attacker.count(f"closed {close_code(heard) or 'without a code'}")
            connection.close()
            connection = None
    if connection is not None:
        attacker.count("still open")
        connection.close()


EMPTY_TEXTS = frame(TEXT)


def many_open(attacker: Attacker, *, sockets: int, addresses: int = 1) -> None:
    """Keep as many sockets open as one may, and read what they are told."""
    open_ones: list[socket.socket] = []
    for number in range(sockets):
        if attacker.is_over:
            break
        connection = attacker.watch(address=1 + number % addresses)
        if connection is not None:
            open_ones.append(connection)
    for _ in attacker.paced(5, at_least=sockets + STAYS):
        attacker.count("looked")
        for connection in open_ones:
            connection.setblocking(False)
            with suppress(OSError):
                connection.recv(1 << 16)
    attacker.count("open", len(open_ones))
    for connection in open_ones:
        connection.close()


def join_and_leave(attacker: Attacker) -> None:
    """Open sockets and close them at once, in every way there is."""

    def come(number: int) -> None:
        for turn in attacker.paced(15):
            query = ("", "?since=0", "?since=-1", "?viewer=no", "?waitlist=" + "a" * 500)[turn % 5]
            connection = attacker.watch(path=f"/ws/shows/{attacker.stage.show_id}/{query}")
            if connection is not None:
                if (number + turn) % 2:  # a reset
                    linger = struct.pack("ii", 1, 0)
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                connection.close()

    attacker.together(6, come)


def odd_paths(attacker: Attacker) -> None:
    """Ask for sockets where there are none."""
    paths = (
        "/ws/",
        "/ws/shows/999999999999/",
        "/ws/shows/0/",
        "/ws/shows/%00/",
        "/ws/shows/1/?since=%ff&" + "a" * 3000,
        "/",
        "/api/movies/",
        "/health/",
        "/static/x",
    )

    def come(number: int) -> None:
        for turn in attacker.paced(10):
            connection = attacker.watch(path=paths[(number + turn) % len(paths)])
            if connection is not None:
                with suppress(OSError):
                    connection.recv(4096)
                connection.close()

    attacker.together(4, come)


def different_shows(attacker: Attacker) -> None:
    """Watch shows that don't exist, so that rooms are made."""

    def come(number: int) -> None:
        for turn in attacker.paced(15):
            connection = attacker.watch(path=f"/ws/shows/{10_000 + number * 1000 + turn}/")
            if connection is not None:
                connection.close()

    attacker.together(4, come)


def stalled(attacker: Attacker) -> None:
    """Open sockets and never read from them, not even pings."""
    open_ones = [each for _ in range(80) if not attacker.is_over and (each := attacker.watch())]
    for _ in attacker.paced(1):
        pass
    for connection in open_ones:
        connection.close()


def bad_handshakes(attacker: Attacker) -> None:
    """Begin sockets in ways that no browser does."""
    headers = (
        "Sec-WebSocket-Version: 99\r\n",
        "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=8\r\n",
        "Sec-WebSocket-Protocol: " + "a," * 2000 + "a\r\n",
        "Origin: http://elsewhere.example\r\n",
        "Cookie: " + "a=b; " * 1000 + "\r\n",
    )
    for number in attacker.paced(20):
        connection = attacker.watch(headers=headers[number % len(headers)])
        if connection is not None:
            connection.close()


def ten(one: "partial[None]") -> "partial[None]":
    """Return the attack by ten sockets of one address."""
    return partial(_together, one=one)


def _together(attacker: Attacker, *, one: "partial[None]") -> None:
    attacker.together(10, partial(one, attacker))


ONE_TALKS = partial(talk, words=EMPTY_TEXTS)
ONE_CONTINUES = partial(
    talk, first=frame(TEXT, final=False), words=frame(CONTINUATION, final=False)
)
ONE_PINGS = partial(talk, words=frame(PING))

ATTACKS = {
    "empty_texts": ONE_TALKS,
    "empty_texts_on_ten": ten(ONE_TALKS),
    "continuations": ONE_CONTINUES,
    "continuations_on_ten": ten(ONE_CONTINUES),
    "pings": ONE_PINGS,
    "pings_on_ten": ten(ONE_PINGS),
    "ninety_sockets": partial(many_open, sockets=90),
    "join_and_leave": join_and_leave,
    "sockets_to_nowhere": odd_paths,
    "sockets_to_no_show": different_shows,
    "stalled_sockets": stalled,
    "bad_handshakes": bad_handshakes,
}
