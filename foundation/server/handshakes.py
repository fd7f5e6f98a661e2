"""Opens WebSockets without Twisted's HTTP, where the handshake leaves no question open.

Daphne has Twisted read a handshake as an HTTP request, writes it out again, and has Autobahn read
that. Autobahn alone does for a handshake as browsers and proxies send it, at once and with nothing
unusual in it. Any other goes the long way. Like `foundation.server.guards`, this reaches past
Daphne's public interface.
"""

import re
from typing import Any

from twisted.protocols.policies import ProtocolWrapper

# Of what browsers send, with some cookies: Twisted takes four times as much.
LONGEST_BYTES = 4096
HEAD = re.compile(rb"GET /[!-~]* HTTP/1\.1\r\n(?:[a-zA-Z0-9-]+:[ -~]*\r\n)+\r\n")
UPGRADE = re.compile(rb"\r\nupgrade: *websocket *\r\n", re.IGNORECASE)
NAMES = re.compile(rb"(?m)^[a-z0-9-]+(?=:)")
# What Twisted or a guard does something about.
UNUSUAL = {
    b"content-length",
    b"daphne-root-path",
    b"expect",
    b"sec-websocket-protocol",
    b"transfer-encoding",
}


def open_at_once(channel_class: Any) -> None:
    """Let a connection that begins with a usual handshake be a WebSocket from there on."""
    read_as_http = channel_class.dataReceived

    def data_received(channel: Any, data: bytes) -> None:
        if channel.has_read or not is_usual(data) or not _opens(channel, data):
            channel.has_read = True
            read_as_http(channel, data)

    channel_class.has_read = False
    channel_class.dataReceived = data_received


def is_usual(data: bytes) -> bool:
    """Tell whether this is a whole handshake that every reader would understand alike.

    With a header twice Twisted would join its values, and Autobahn refuse most of them.
    """
    if len(data) > LONGEST_BYTES or not UPGRADE.search(data) or not HEAD.fullmatch(data):
        return False
    names = NAMES.findall(data.lower())
    return len(names) == len(set(names)) and UNUSUAL.isdisjoint(names)


def _opens(channel: Any, handshake: bytes) -> bool:
    """Hand a connection over to Daphne's WebSocket, unless it is of another kind."""
    transport = channel.transport
    factory = getattr(getattr(channel.factory, "server", None), "ws_factory", None)
    if factory is None or isinstance(transport, ProtocolWrapper):  # TLS
        return False
    _method, uri, _rest = handshake.split(b" ", 2)
    protocol = factory.buildProtocol(transport.getPeer())
    protocol._raw_query_string = uri.partition(b"?")[2]
    channel.setTimeout(None)
    channel._networkProducer.unregisterProducer()
    transport.protocol = protocol
    protocol.makeConnection(transport)
    protocol.dataReceived(handshake)
    return True
