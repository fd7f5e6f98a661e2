"""Connections that are slow, idle or many."""

import socket
from contextlib import suppress

from tests.abuse.attacker import HOST, Attacker

MANY = 150


def drip(attacker: Attacker, port: int, *, connections: int) -> None:
    """Send the headers of many requests a byte at a time."""
    dripping: list[socket.socket] = []
    for _ in attacker.paced(4):
        with suppress(OSError):
            while len(dripping) < connections:
                dripping.append(connection := attacker.connect(port=port))
                connection.sendall(f"GET / HTTP/1.1\r\nHost: {HOST}\r\nX-A: ".encode())
                connection.setblocking(False)
        for connection in list(dripping):
            try:
                connection.send(b"a")
                closed = connection.recv(4096) == b""
            except BlockingIOError:
                closed = False
            except OSError:
                closed = True
            if closed:
                attacker.count("closed")
                connection.close()
                dripping.remove(connection)
    attacker.count("left open", len(dripping))
    for connection in dripping:
        connection.close()


def slow_headers(attacker: Attacker) -> None:
    """Send headers to nginx a byte at a time."""
    drip(attacker, attacker.stage.nginx_port, connections=MANY)


def slow_headers_at_daphne(attacker: Attacker) -> None:
    """Send headers to Daphne a byte at a time, past nginx."""
    drip(attacker, attacker.stage.daphne_ports[0], connections=MANY)


def slow_bodies(attacker: Attacker) -> None:
    """Announce bodies and send a few bytes of them."""
    path = f"/api/shows/{attacker.stage.show_id}/hold/"
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: application/json\r\n"
        "Content-Length: 60000\r\n\r\n"
    )
    open_ones: list[socket.socket] = []
    with suppress(OSError):
        while len(open_ones) < MANY:
            open_ones.append(connection := attacker.connect())
            connection.sendall(head.encode())
    for _ in attacker.paced(2):
        for connection in open_ones:
            with suppress(OSError):
                connection.sendall(b" ")
    for connection in open_ones:
        connection.close()


def idle_connections(attacker: Attacker) -> None:
    """Keep connections open after one request."""
    open_ones: list[socket.socket] = []
    for _ in attacker.paced(20):
        if len(open_ones) < MANY:
            with suppress(OSError):
                open_ones.append(connection := attacker.connect())
                connection.sendall(f"GET /health/ HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
                attacker.count(connection.recv(4096)[9:12].decode() or 0)
    for connection in open_ones:
        connection.close()


def many_headers(attacker: Attacker) -> None:
    """Send as many headers as are taken, and more."""
    for number in attacker.paced(20):
        count = (50, 90, 200, 1000)[number % 4]
        headers = {f"X-Header-{n}": "a" * (7000 // count) for n in range(count)}
        attacker.ask("GET", "/api/movies/", headers=headers)


def pipelined(attacker: Attacker) -> None:
    """Send many requests on one connection without waiting for answers, and read none."""
    request = f"GET /api/movies/ HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode()
    ports = (attacker.stage.nginx_port, *attacker.stage.daphne_ports)
    for number in attacker.paced(3):
        with suppress(OSError), attacker.connect(port=ports[number % len(ports)]) as connection:
            connection.sendall(request * 100)
            attacker.count("sent", 100)


def garbage(attacker: Attacker) -> None:
    """Send what is no HTTP."""
    rubbish = (
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 500,
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET " + b"/" * 20_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
        b"\r\n" * 5000,
    )
    ports = (attacker.stage.nginx_port, *attacker.stage.daphne_ports)
    for number in attacker.paced(30):
        with suppress(OSError), attacker.connect(port=ports[number % len(ports)]) as connection:
            connection.sendall(rubbish[number % len(rubbish)])
            attacker.count(connection.recv(4096)[9:12].decode(errors="replace") or 0)


ATTACKS = {
    "slow_headers": slow_headers,
    "slow_headers_at_daphne": slow_headers_at_daphne,
    "slow_bodies": slow_bodies,
    "idle_connections": idle_connections,
    "many_headers": many_headers,
    "pipelined": pipelined,
    "garbage": garbage,
}
