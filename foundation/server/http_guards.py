"""Guards for HTTP without nginx in front: reaches into Twisted and Daphne.

nginx bounds all of this itself. Without it a client could hold connections by a byte a minute, fill
the disk by one request, or use up the process's open files.
"""

import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from django.conf import settings

from foundation.server.transport import MOST_BUFFERED_BYTES, buffered

# Daphne trusts the first from anybody, and fails on odd bytes in either.
UNUSED_HEADERS = (b"Daphne-Root-Path", b"Sec-WebSocket-Protocol")
TOO_LARGE = b"HTTP/1.1 413 Content Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


def guard_time(channel_class: Any) -> None:
    """Give each request that comes in pieces REQUEST_SECONDS from its first byte to its last.

    Twisted restarts its own time-out with every piece. That still applies between requests, and
    where nothing follows the first piece. Most requests are one piece, and cost nothing more here.
    """
    reset, all_received = channel_class.resetTimeout, channel_class.allContentReceived

    def data_comes(channel: Any) -> None:
        if channel.timeOut is None:  # a request is being answered
            return
        if channel.began_at is None:
            channel.began_at = time.monotonic()
            reset(channel)
        elif channel.idle_seconds is None:
            channel.idle_seconds = channel.timeOut
            passed = time.monotonic() - channel.began_at
            channel.setTimeout(max(settings.REQUEST_SECONDS - passed, 0))

    def all_content_received(channel: Any) -> None:
        channel.began_at = None
        if channel.idle_seconds is not None:
            channel.timeOut, channel.idle_seconds = channel.idle_seconds, None
        all_received(channel)

    channel_class.began_at = channel_class.idle_seconds = None
    channel_class.resetTimeout = data_comes
    channel_class.allContentReceived = all_content_received


def guard_size(request_class: Any) -> None:
    """Hang up on a body of more than REQUEST_BYTES as soon as it is that long."""
    take = request_class.handleContentChunk

    def handle_content_chunk(request: Any, data: bytes) -> None:
        if request.content.tell() + len(data) <= settings.REQUEST_BYTES:
            take(request, data)
            return
        request.process = lambda: None  # what has come may be all of it
        request.channel.transport.write(TOO_LARGE)
        request.channel.loseConnection()

    request_class.handleContentChunk = handle_content_chunk


def guard_content(request_class: Any) -> None:
    """Keep Twisted from parsing forms on the event loop, and Daphne from headers nobody uses."""
    got_length = request_class.gotLength

    def headers_have_come(request: Any, length: int | None) -> None:
        request._parsePOSTFormSubmission = False
        for name in UNUSED_HEADERS:
            request.requestHeaders.removeHeader(name)
        got_length(request, length)

    request_class.gotLength = headers_have_come


def guard_answers(request_class: Any) -> None:
    """Hang up on a client that sends another request while its answers pile up unread.

    Twisted goes on to the next request as soon as an answer is made: a few kilobytes of requests
    would fill the memory.
    """
    got_length = request_class.gotLength

    def headers_have_come(request: Any, length: int | None) -> None:
        with suppress(AttributeError):  # TLS keeps what waits elsewhere
            if buffered(request.channel.transport) > MOST_BUFFERED_BYTES:
                request.process = lambda: None
                request.channel.transport.abortConnection()
        got_length(request, length)

    request_class.gotLength = headers_have_come


def guard_number(
    channel_class: Any, socket_class: Any, address_in: Callable[[Mapping[str, str]], str]
) -> None:
    """Let a client have CONNECTIONS_PER_CLIENT, sockets included; a proxy counts for itself."""
    connected: Counter[str] = Counter()
    made = channel_class.connectionMade

    def peer_of(protocol: Any) -> str:
        return address_in({"REMOTE_ADDR": getattr(protocol.transport.getPeer(), "host", "")})

    def connection_made(channel: Any) -> None:
        made(channel)
        if settings.TRUSTED_PROXIES or not settings.THROTTLES:
            return
        client = peer_of(channel)
        connected[client] += 1
        if connected[client] > settings.CONNECTIONS_PER_CLIENT:
            channel.transport.abortConnection()

    def counting_less(lost: Any) -> Any:
        def connection_lost(protocol: Any, reason: Any) -> None:
            if connected and (client := peer_of(protocol)) in connected:
                connected[client] -= 1
                if not connected[client]:
                    del connected[client]
            lost(protocol, reason)

        return connection_lost

    channel_class.connectionMade = connection_made
    # A connection ends as what it was made, or as the socket that it became.
    for each in (channel_class, socket_class):
        each.connectionLost = counting_less(each.connectionLost)
