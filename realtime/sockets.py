"""Who listens to a room, as the room sees them: by a WebSocket, or by Server-Sent Events."""

from dataclasses import dataclass
from urllib.parse import parse_qs

from booking.chain import Checkpoint, checkpoint_named
from booking.selectors.holds import hash_of
from foundation.server.asgi_types import Scope, Send
from foundation.server.transport import Wire
from foundation.server.wires import SocketWire, StreamWire
from realtime.viewers import viewer_of


@dataclass(frozen=True)
class Wish:
    """What a client asks for.

    `since` is what it already has, with as much of the digest as it says. `viewer` identifies whose
    it is; without one it shows nobody a map, and isn't counted. `waitlist` is the hash of the
    address whose offers it wants to hear of, if any.
    """

    since: Checkpoint | None = None
    viewer: int | None = None
    waitlist: str | None = None


def wish_in(scope: Scope, client: str) -> Wish:
    """Return what the client asks for: by the query, or for `since` by a later Last-Event-ID."""
    query = parse_qs(scope["query_string"].decode("latin-1"))
    ids = [value for name, value in scope["headers"] if name == b"last-event-id"]
    since = ids[-1].decode("latin-1") if ids else query.get("since", [""])[-1]
    return Wish(
        since=checkpoint_named(since),
        viewer=None if query.get("viewer") == ["no"] else viewer_of(client),
        waitlist=hash_of(query["waitlist"][-1]) if "waitlist" in query else None,
    )


class Listener(Wire):
    """One client of a room; `Wish` says what its values mean."""

    __slots__ = ("since", "viewer", "waitlist")

    def __init__(self, send: Send, wish: Wish) -> None:
        super().__init__(send)
        self.since = wish.since
        self.viewer = wish.viewer
        self.waitlist = wish.waitlist


class Socket(Listener, SocketWire):
    """A listener by an accepted WebSocket."""

    __slots__ = ()


class Stream(Listener, StreamWire):
    """A listener by Server-Sent Events, whose answer has begun."""

    __slots__ = ()
