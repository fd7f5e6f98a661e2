"""An upstream of nginx that only takes notes."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

# More headers than nginx has room for, and a byte that no header may have.
BAD = {"/large": "x" * 10_000, "/nul": "a\0b"}


class Upstream(ThreadingHTTPServer):
    """Notes every request, and answers with its headers or, if it is `broken`, hangs up.

    Under BAD paths its answers are such as nginx takes for a failure.
    """

    daemon_threads = True

    def __init__(self, *, broken: bool = False) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.broken = broken
        self.answers: dict[str, int] = {}  # other statuses than 200, by path
        self.requests: list[str] = []
        self.has_gone = threading.Event()  # what doesn't end by itself ends by it
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def handle_error(self, *_: Any) -> None:
        """Keep quiet: nginx hangs up on answers that it can't use."""


class Answer(BaseHTTPRequestHandler):
    server: Upstream

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.requests.append(self.command)
        if self.server.broken:
            self.close_connection = True
            return
        if "Upgrade" in self.headers:
            self.send_response(101)
            self.send_header("Upgrade", "websocket")
            self.send_header("Connection", "upgrade")
            self.end_headers()
            self.rfile.read()
            return
        if self.path.endswith("/events/") and self.path not in self.server.answers:
            self.send_response(200)
            self.end_headers()
            self.wfile.flush()
            self.server.has_gone.wait(timeout=30)
            return
        body = json.dumps(dict(self.headers)).encode()
        self.send_response(self.server.answers.get(self.path, 200))
        if self.path in BAD:
            self.send_header("X-Bad", BAD[self.path])
        self.send_header("Content-Type", "application/json")
        self.send_header("Cache-Control", "max-age=60")
        self.send_header("X-Request-ID", self.headers["X-Request-ID"])
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  (as its base names it)
        """Keep quiet."""
