"""The pretended Stripe of the tests: a server that the real SDK talks to, with a memory.

It is written from Stripe's public documentation and proves nothing about Stripe itself. What it is
for is what Stripe's own test mode can't do on demand: an answer that is lost after the deed, a
server that hangs, and notices that come late, twice, out of order, before the answer or never.
"""

import hashlib
import hmac
import json
import re
import socket
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from unittest import mock
from urllib.parse import parse_qsl, urlsplit

from tests.payments.stripe_account import Refused, StripeAccount, Thing

SECRET_KEY = "sk_test_of_front_row"
WEBHOOK_SECRET = "whsec_of_front_row"
# In seconds, to connect and for each read; and for how long it hangs.
PATIENT = (30, 60)
HANGS_SECONDS = 30

# Takes a notice, as the endpoint of a site does, and returns the status of its answer.
Post = Callable[[bytes, dict[str, str]], int]
Answer = tuple[int, Thing]


def signed(body: bytes, *, secret: str = WEBHOOK_SECRET, at: float | None = None) -> str:
    """Return the header that signs a notice, as it was sent at that time (now unless given)."""
    moment = int(time.time() if at is None else at)
    digest = hmac.new(secret.encode(), b"%d.%b" % (moment, body), hashlib.sha256).hexdigest()
    return f"t={moment},v1={digest},v0=of-another-scheme"


class StripeServer:
    """An account behind the API's HTTP, at `url` while it is entered.

    `requests` are the ones that came, as (method, path). By a part of the path, `faults` say what
    goes wrong with the next request: one that is "lost" does its deed and ends the connection
    without an answer, one that "hangs" does the same when the server stops, and one that comes
    while it is "down" does nothing and gets a 503. What happens `meanwhile` does so once, between
    the next deed, or look, and its answer. Meanwhile the provider waits for as long as it takes
    (PATIENT), as a machine with other work may answer late.
    """

    def __init__(self, *, livemode: bool = False) -> None:
        self.account = StripeAccount(livemode=livemode)
        self.requests: list[tuple[str, str]] = []
        self.versions: set[str] = set()
        self.faults: dict[str, str] = {}
        self.meanwhile: Callable[[], object] | None = None
        self.hanging, self.stopping = threading.Event(), threading.Event()
        self._patience = mock.patch("payments.providers.stripe.TIMEOUT", PATIENT)
        self._lock = threading.Lock()
        # What was asked and answered under each key, and how many events were told.
        self._answers: dict[str, tuple[tuple[str, Thing], Answer]] = {}
        self._told = 0
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_port}"

    def __enter__(self) -> Self:
        self._patience.start()
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,))
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.stopping.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()
        self._patience.stop()

    # Notices

    def notices(self) -> list[Thing]:
        """Return the events that were not returned yet, the oldest first."""
        new, self._told = self.account.events[self._told :], len(self.account.events)
        return new

    def deliver(self, *events: Thing, post: Post) -> list[int]:
        """Send these events, or all new ones, and return what was answered."""
        answers = []
        for event in events or self.notices():
            body = json.dumps(event, indent=2).encode()
            answers.append(post(body, {"Stripe-Signature": signed(body)}))
        return answers

    # The API

    def forget_keys(self) -> None:
        """Forget which answers were given, as it does after a day."""
        self._answers.clear()

    def fault_of(self, path: str) -> str:
        """Take the fault that was ordered for a request with this path, if any."""
        for part in self.faults:
            if part in path:
                return self.faults.pop(part)
        return ""

    def answer(self, path: str, asked: Thing, key: str) -> Answer:
        """Do what a POST asks for, once for each key."""
        with self._lock:
            if key and key in self._answers:
                before, answer = self._answers[key]
                if before != (path, asked):
                    message = "Keys for idempotent requests can only be used with the same request."
                    return 400, {"error": {"type": "idempotency_error", "message": message}}
                return answer
            try:
                answer = 200, self._do(path, asked)
            except Refused as refusal:
                answer = refusal.status, {"error": refusal.error}
            answer = json.loads(json.dumps(answer))
            if key:
                self._answers[key] = (path, asked), answer
            return answer

    def look(self, path: str, asked: Thing) -> Answer:
        """Return what a GET asks for, as it is at this moment."""
        with self._lock:
            try:
                found: Thing = json.loads(json.dumps(self._found(path, asked)))
                return 200, found
            except Refused as refusal:
                return refusal.status, {"error": refusal.error}

    def _do(self, path: str, asked: Thing) -> Thing:
        account = self.account
        match path.split("/")[2:]:
            case ["checkout", "sessions"]:
                return account.create_session(asked)
            case ["checkout", "sessions", pk, "expire"]:
                return account.expire_session(account.find("checkout.session", pk))
            case ["payment_intents", pk, "capture"]:
                return account.capture(account.find("payment_intent", pk), asked)
            case ["payment_intents", pk, "cancel"]:
                return account.cancel(account.find("payment_intent", pk))
            case ["refunds"]:
                return account.refund(asked)
        raise Refused(f"Unrecognized request URL (POST: {path}).", status=404)

    def _found(self, path: str, asked: Thing) -> Thing:
        match path.split("/")[2:]:
            case ["checkout", "sessions", pk]:
                return self._expanded(self.account.find("checkout.session", pk), asked)
            case ["payment_intents", pk]:
                return self._intent(pk, asked)
            case ["refunds", pk]:
                return self.account.find("refund", pk)
            case ["checkout", "sessions"]:
                return self._page("checkout.session", path, asked)
            case ["refunds"]:
                return self._page("refund", path, asked)
            case ["disputes"]:
                return self._page("dispute", path, asked)
        raise Refused(f"Unrecognized request URL (GET: {path}).", status=404)

    def _expanded(self, session: Thing, asked: Thing) -> Thing:
        """Return a session with what it refers to in place of the ids, as far as that was asked."""
        if session["payment_intent"] is None or "expand" not in asked:
            return session
        [way] = asked["expand"]
        intent = self.account.find("payment_intent", session["payment_intent"])
        if way == "payment_intent.latest_charge":
            intent = intent | {"latest_charge": self.account.charge_of(intent)}
        return session | {"payment_intent": intent}

    def _intent(self, pk: str, asked: Thing) -> Thing:
        intent = self.account.find("payment_intent", pk)
        if asked.get("expand") == ["latest_charge"]:
            return intent | {"latest_charge": self.account.charge_of(intent)}
        return intent

    def _page(self, kind: str, path: str, asked: Thing) -> Thing:
        """Return some of the list, the newest first: by intent, by time, after one of them."""
        things = list(reversed(self.account.things[kind].values()))
        if "payment_intent" in asked:
            things = [one for one in things if one["payment_intent"] == asked["payment_intent"]]
        if since := asked.get("created", {}).get("gte"):
            things = [one for one in things if one["created"] >= int(since)]
        if after := asked.get("starting_after"):
            things = things[[one["id"] for one in things].index(after) + 1 :]
        limit = int(asked.get("limit", 10))
        has_more = len(things) > limit
        return {"object": "list", "url": path, "has_more": has_more, "data": things[:limit]}


def nested(pairs: list[tuple[str, str]]) -> Thing:
    """Return what a form's names mean: `a[b][0]` is a dictionary with a list inside."""
    found: Thing = {}
    for name, value in pairs:
        inside: Any = found
        *way, last = re.findall(r"[^\[\]]+", name)
        for step in way:
            inside = inside.setdefault(step, {})
        inside[last] = value
    return {name: _with_lists(value) for name, value in found.items()}


def _with_lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inside = {name: _with_lists(one) for name, one in value.items()}
    return list(inside.values()) if all(name.isdigit() for name in inside) else inside


def _handler_of(server: StripeServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            self._serve("")

        def do_POST(self) -> None:
            self._serve(self.rfile.read(int(self.headers["Content-Length"] or 0)).decode())

        def _serve(self, body: str) -> None:
            url = urlsplit(self.path)
            asked = nested(parse_qsl(body or url.query, keep_blank_values=True))
            server.requests.append((self.command, url.path))
            server.versions.add(self.headers.get("Stripe-Version", ""))
            fault = server.fault_of(url.path)
            if self.headers.get("Authorization") != f"Bearer {SECRET_KEY}":
                status, answer = 401, {"error": {"message": "Invalid API Key provided."}}
            elif fault == "down":
                status, answer = 503, {"error": {"type": "api_error", "message": "Try later."}}
            elif self.command == "GET":
                status, answer = server.look(url.path, asked)
            else:
                key = self.headers.get("Idempotency-Key", "")
                status, answer = server.answer(url.path, asked, key)
            if server.meanwhile is not None:
                happen, server.meanwhile = server.meanwhile, None
                happen()
            if fault == "hangs":
                server.hanging.set()
                server.stopping.wait(HANGS_SECONDS)
                server.hanging.clear()
            if fault in ("lost", "hangs"):
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            self._send(status, json.dumps(answer).encode())

        def _send(self, status: int, content: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Request-Id", f"req_{len(server.requests):06}")
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args: Any) -> None:
            """Say nothing: `requests` has them."""

    return Handler
