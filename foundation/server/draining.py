"""Ends a process so that no request fails: what began ends well, and nothing begins any more.

nginx asks another process when one refuses a connection. A POST that it has sent it never sends
again, so a connection must not be closed under one: nginx is told with each answer that it was the
last, and forgets by itself the connections that it has no use for.
"""

import asyncio
import ctypes
import select
import socket
import struct
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import daphne.server
from daphne.http_protocol import WebRequest
from daphne.ws_protocol import WebSocketProtocol
from django.conf import settings
from twisted.internet.tcp import Server as TcpTransport
from twisted.web.http import HTTPChannel

from foundation.server import shutdown

# Requests that take longer are cut off. A statement of theirs may take as long.
LONGEST_REQUEST_SECONDS = 15.0
# A proxy has let go of its idle connections by then: longer than keepalive_timeout to the
# processes in deploy/nginx.conf.
LONGEST_IDLE_SECONDS = 5.0
# Who has begun to connect is let in: a proxy is some round trips away at most.
HANDSHAKE_SECONDS = 0.1
# Where there is no file left for another connection.
LONGEST_ACCEPT_SECONDS = 1.0
LOOK_AGAIN_SECONDS = 0.02

SO_ATTACH_FILTER = 26  # <asm-generic/socket.h>, which Python has no name for
# For a TCP header: drop it if it has SYN and not ACK, which is how a connection begins.
NO_NEWCOMERS = b"".join(
    struct.pack("HBBI", *instruction)
    for instruction in (
        (0x30, 0, 0, 13),  # load the byte of the flags
        (0x54, 0, 0, 0x12),  # keep ACK and SYN
        (0x15, 0, 1, 0x02),  # if it is SYN alone
        (0x06, 0, 0, 0),  # drop
        (0x06, 0, 0, 0xFFFFFFFF),  # else take
    )
)


def begin(server: Any) -> None:
    """Let nobody new in, and make every answer the last of its connection."""
    shutdown.begin()
    for port in server.ports:
        _drop_newcomers(port.socket)
    HTTPChannel.checkPersistence = _ends_with_its_answer  # type: ignore[method-assign]
    for request in _requests(server):
        _ends_with_its_answer(request.channel, request, b"")
        request.channel.persistent = False


async def finish(server: Any) -> None:
    """Wait, for a while, until requests are answered and proxies have let go of connections."""
    for port in server.ports:
        await _accept_the_last(port)
    began = time.monotonic()
    while (passed := time.monotonic() - began) < LONGEST_REQUEST_SECONDS:
        is_kept = settings.TRUSTED_PROXIES and passed < LONGEST_IDLE_SECONDS and _are_connected()
        if not is_kept and not _requests(server):
            break
        await asyncio.sleep(LOOK_AGAIN_SECONDS)


def _drop_newcomers(listener: socket.socket) -> None:
    """Make the kernel ignore whoever begins to connect: they try again a second later.

    To close the socket at once would reset those that the kernel has connected already.
    """
    if sys.platform != "linux" or listener.family not in (socket.AF_INET, socket.AF_INET6):
        return
    instructions = ctypes.create_string_buffer(NO_NEWCOMERS)
    program = struct.pack("HP", len(NO_NEWCOMERS) // 8, ctypes.addressof(instructions))
    with suppress(OSError):
        listener.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, program)


async def _accept_the_last(port: Any) -> None:
    """Let the reactor accept those who have connected; then refuse."""
    await asyncio.sleep(HANDSHAKE_SECONDS)
    poll = select.poll()
    poll.register(port.socket, select.POLLIN)
    until = time.monotonic() + LONGEST_ACCEPT_SECONDS
    while poll.poll(0) and time.monotonic() < until:  # noqa: ASYNC110 (no event)
        await asyncio.sleep(0)
    port.stopListening()


def _ends_with_its_answer(_channel: Any, request: Any, _version: bytes) -> bool:
    """Stand for Twisted's decision whether a connection persists: no, and its peer is told."""
    request.responseHeaders.setRawHeaders(b"Connection", [b"close"])
    return False


def _requests(server: Any) -> list[Any]:
    """Return the requests that have begun and are not answered yet."""
    return [
        protocol
        for protocol, details in server.connections.items()
        if isinstance(protocol, WebRequest) and "disconnected" not in details
    ]


def _are_connected() -> bool:
    """Return whether there are connections for HTTP, with a request or without."""
    readers: Iterable[Any] = daphne.server.reactor.getReaders()
    return any(
        isinstance(reader, TcpTransport) and not isinstance(reader.protocol, WebSocketProtocol)
        for reader in readers
    )
