"""Guards for connections and their log: more reaches past Daphne's public interface.

`install` puts them into Daphne's own classes, so they hold under our server, plain `daphne` and
`runserver`. If an upgrade changes what a guard relies on, that guard stays out.
"""

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache
from typing import Any

import autobahn.twisted.websocket
import autobahn.websocket.protocol
from daphne.access import AccessLogGenerator
from daphne.http_protocol import WebRequest
from daphne.ws_protocol import WebSocketProtocol
from django.conf import settings
from twisted.web.http import HTTPChannel

from foundation.server import handshakes, http_guards, shedding
from foundation.server.wires import ANSWER_SECONDS

CLOSE, PING, PONG = 8, 9, 10
POLICY_VIOLATION = 1008
# Delayed pings arrive together: so many seconds' worth are no flood.
BURST_SECONDS = 2.0


@cache
def install(*, address_in: Callable[[Mapping[str, str]], str], mask: Callable[[str], str]) -> None:
    """Put the guards into Daphne's classes; a second call changes nothing.

    `address_in` names the client of a WSGI environ, and `mask` takes secrets from a request's line.
    """
    guards: list[tuple[Callable[..., None], tuple[Any, ...]]] = [
        (guard_frames, (WebSocketProtocol,)),
        (shedding.share, (WebSocketProtocol,)),
        (handshakes.open_at_once, (HTTPChannel,)),
        (shedding.say_nothing, (autobahn.twisted.websocket, autobahn.websocket.protocol)),
        (guard_access_log, (AccessLogGenerator, mask)),
        (http_guards.guard_time, (HTTPChannel,)),
        (http_guards.guard_size, (WebRequest,)),
        (http_guards.guard_content, (WebRequest,)),
        (http_guards.guard_answers, (WebRequest,)),
        (http_guards.guard_number, (HTTPChannel, WebSocketProtocol, address_in)),
    ]
    for guard, whose in guards:
        with suppress(AttributeError):  # what it looks for is not there
            guard(*whose)


def guard_frames(protocol_class: Any) -> None:
    """Close sockets whose clients send anything but a few pings a second.

    Autobahn calls this hook at the head of every frame, control frames and continuations included.
    Passing a frame on to ASGI would cost a hundred times as much.
    """
    begin = protocol_class.onFrameBegin

    def on_frame_begin(protocol: Any) -> None:
        if _may_speak(protocol):
            begin(protocol)
        else:
            _hang_up(protocol)

    protocol_class.onFrameBegin = on_frame_begin
    protocol_class.pings_paid_until = 0.0
    protocol_class.only_listens = True


def guard_access_log(generator_class: Any, mask: Callable[[str], str]) -> None:
    """Keep secrets out of Daphne's own log."""
    write = generator_class.write_entry

    def write_entry(generator: Any, *, request: str, **entry: Any) -> None:
        write(generator, request=mask(request), **entry)

    generator_class.write_entry = write_entry


def _may_speak(protocol: Any) -> bool:
    """Count a ping or pong; return whether a quiet client may send this frame."""
    opcode = protocol.current_frame.opcode
    if opcode not in (PING, PONG):
        return bool(opcode == CLOSE)
    now = time.monotonic()
    paid_until = max(protocol.pings_paid_until, now) + 1 / settings.SOCKET_PINGS_PER_SECOND
    protocol.pings_paid_until = paid_until
    return bool(paid_until <= now + BURST_SECONDS)


def _hang_up(protocol: Any) -> None:
    """Close with POLICY_VIOLATION, read nothing more, and drop what was read."""
    protocol.sendCloseFrame(code=POLICY_VIOLATION)
    protocol.data = b""
    transport = protocol.transport
    protocol.dropConnection()
    # A client that reads nothing either would stay for as long as its close frame waits.
    protocol.factory.reactor.callLater(ANSWER_SECONDS, transport.abortConnection)
