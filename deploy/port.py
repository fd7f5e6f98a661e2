"""Says so when a port of 127.0.0.1 cannot be served: `python deploy/port.py 8000`."""

import socket
import sys


def main(text: str) -> str | None:
    """Return what is wrong with the port, or nothing."""
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        return f"PORT is {text!r}; it must be a number from 1 to 65535."
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", int(text)))
        except PermissionError:
            return f"Port {text} is for root only. Serve another one: make run PORT=8001"
        except OSError:
            return (
                f"Port {text} is in use. Serve another one: make run PORT={int(text) % 65535 + 1}"
            )
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
