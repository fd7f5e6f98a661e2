"""Lets go of what an open socket has no more use for: most of what it takes to open one.

Twisted's HTTP stays behind every WebSocket that began in it, and Autobahn keeps the handshake, a
copy of thirty settings and the first values of thirty variables for each. Thousands of sockets that
only listen need none of it. Like `foundation.server.transport`, this reaches past public
interfaces.
"""

from functools import cached_property
from typing import Any

from autobahn.websocket import protocol as autobahn
from autobahn.websocket.utf8validator import Utf8Validator
from twisted.internet.defer import Deferred
from twisted.web.http import HTTPChannel

# What Autobahn and Daphne keep of a handshake, and read in it only.
OF_THE_HANDSHAKE = {
    "_raw_query_string",
    "_results",
    "_transport_details",
    "_valid_events",
    "_wskey",
    "application_deferred",
    "clean_headers",
    "http_headers",
    "http_request_data",
    "http_request_host",
    "http_request_params",
    "http_request_path",
    "http_request_uri",
    "http_response_data",
    "http_status_line",
    "is_open",
    "protocol_to_accept",
    "root_path",
    "server_addr",
    "websocket_extensions",
    "websocket_extensions_in_use",
    "websocket_origin",
    "websocket_protocol_in_use",
    "websocket_protocols",
}
# The values that Autobahn's variables begin with, and keep in most sockets until they close.
AT_FIRST: dict[str, Any] = {
    **dict.fromkeys(
        (
            "_perMessageCompress",
            "autoPingPending",
            "autoPingPendingCall",
            "autoPingPendingSent",
            "autoPingTimeoutCall",
            "closeHandshakeTimeoutCall",
            "current_frame",
            "localCloseCode",
            "localCloseReason",
            "openHandshakeTimeoutCall",
            "remoteCloseCode",
            "remoteCloseReason",
            "trackedTimings",
            "wasNotCleanReason",
        )
    ),
    **dict.fromkeys(
        (
            "closedByMe",
            "droppedByMe",
            "failedByMe",
            "inside_message",
            "triggered",
            "wasClean",
            "wasCloseHandshakeTimeout",
            "wasMaxFramePayloadSizeExceeded",
            "wasMaxMessagePayloadSizeExceeded",
            "wasOpenHandshakeTimeout",
            "wasServerConnectionDropTimeout",
            "wasServingFlashSocketPolicyFile",
        ),
        False,
    ),
    "autoPingPendingSeq": 0,
    "data": b"",
    "send_state": autobahn.WebSocketProtocol.SEND_STATE_GROUND,
    "websocket_version": 13,
}
# What is made again for a socket that comes to need it.
ON_DEMAND = {"is_closed": Deferred, "utf8validator": Utf8Validator}
FORGOTTEN = {*OF_THE_HANDSHAKE, *ON_DEMAND, "trafficStats"}
# Of Autobahn's request, Daphne's log reads the path.
UNREAD = ("headers", "host", "origin", "params", "protocols", "extensions")


class FromFactory:
    """A setting that each socket reads from its factory, where it has none of its own."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, protocol: Any, _owner: type | None = None) -> Any:
        return self if protocol is None else getattr(protocol.factory, self._name)


def share(protocol_class: Any) -> None:
    """Keep in the class what is the same for all of its sockets, so that these may `shed` theirs.

    Raises AttributeError where the class isn't Autobahn's.
    """
    for name in protocol_class.CONFIG_ATTRS:
        setattr(protocol_class, name, FromFactory(name))
    protocol_class.CONFIG_ATTRS = ()  # which Autobahn would copy to each
    for name, value in AT_FIRST.items():
        setattr(protocol_class, name, value)
    for name, kind in ON_DEMAND.items():
        made = cached_property(lambda _, kind=kind: kind())  # type: ignore[misc]
        made.__set_name__(protocol_class, name)
        setattr(protocol_class, name, made)
    protocol_class.send_queue = ()  # of frames that wait to go in pieces, which nobody asks for
    # Nobody reads these counters.
    protocol_class.trafficStats = autobahn.TrafficStats()  # type: ignore[no-untyped-call]
    protocol_class.shed = shed


def say_nothing(*modules: Any) -> None:
    """Keep Autobahn's modules from colouring what they say for a debug log that nobody keeps.

    Raises AttributeError where a module isn't Autobahn's.
    """
    for module in modules:
        for name in ("hltype", "hlval"):
            getattr(module, name)
            setattr(module, name, _as_it_is)


def shed(protocol: Any) -> None:
    """Forget the handshake of an open socket, and what it has in common with its class."""
    _let_go_of_http(protocol.transport)
    for name in UNREAD:
        setattr(protocol.request, name, None)
    protocol.__dict__ = {  # a smaller one: a dict never shrinks
        name: value
        for name, value in vars(protocol).items()
        if name not in FORGOTTEN
        and (name not in AT_FIRST or value is not AT_FIRST[name])
        and (name != "send_queue" or value)
    }


def _let_go_of_http(transport: Any) -> None:
    """Part a socket from the HTTP channel in which it began."""
    channel = transport.producer
    if isinstance(channel, HTTPChannel):
        transport.unregisterProducer()
        channel.requests.clear()  # a cycle ends


def _as_it_is(value: Any) -> Any:
    """Stand for what renders a value."""
    return value
