"""Tells whether a port can be served: `python -m foundation.server.ports 8000` (on 127.0.0.1)."""

import socket
import sys


def trouble(host: str, port: str) -> str | None:
    """Return what is wrong with a port of this host, in a sentence, or nothing."""
    if not port.isdecimal() or not 1 <= int(port) <= 65535:
        return f"The port is {port!r}; it must be a number from 1 to 65535."
    try:
        [(family, kind, _, _, address), *_] = socket.getaddrinfo(
            host, int(port), type=socket.SOCK_STREAM
        )
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except PermissionError:
        return f"Port {port} is for root only."
    except socket.gaierror:
        return f"There is no host {host}."
    except OSError as error:
        return f"Port {port} of {host} can't be served: {error.strerror}."
    return None


if __name__ == "__main__":
    if found := trouble("127.0.0.1", sys.argv[1]):
        sys.exit(f"{found} Serve another one: make run PORT=8001")
