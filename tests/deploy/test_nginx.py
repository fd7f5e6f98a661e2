"""What nginx passes on, retries and refuses, seen by upstreams that only take notes."""

import json
import re
import socket
import urllib.error
import urllib.request
from typing import Any

from django.conf import settings
from django.test import SimpleTestCase, tag
from rest_framework.exceptions import Throttled

from deploy.nginx import TEMPLATE, Nginx
from foundation.web.parsers import MAX_BODY_BYTES, BodyTooLarge
from foundation.web.problems import MEDIA_TYPE, UNAVAILABLE, problem_of
from realtime.event_stream import TOO_MANY_LIVE
from tests.deploy.upstream import BAD, Upstream
from tests.programs import required
from tests.waiting import until

LOOPBACK = "127.0.0.1/32"


@tag("once")
class NginxTests(SimpleTestCase):
    def upstream(self, *, broken: bool = False) -> Upstream:
        upstream = Upstream(broken=broken)
        self.addCleanup(upstream.has_gone.set)
        self.addCleanup(upstream.server_close)
        self.addCleanup(upstream.shutdown)
        return upstream

    def nginx(self, *upstreams: Upstream, **options: Any) -> Nginx:
        required("nginx")
        ports = [upstream.port for upstream in upstreams]
        return self.enterContext(Nginx(ports, **options))

    def test_visitors_claims_about_themselves_end_here(self) -> None:
        nginx = self.nginx(self.upstream())
        passed_on = get(nginx, CLAIMS)
        self.assertEqual(passed_on, forwarded(nginx, address="127.0.0.1", scheme="http"))

    def test_outer_proxy_is_believed_about_address_and_scheme(self) -> None:
        nginx = self.nginx(self.upstream(), outer_proxy=LOOPBACK)
        passed_on = get(nginx, CLAIMS)
        self.assertEqual(passed_on, forwarded(nginx, address="203.0.113.9", scheme="https"))

    def test_request_has_one_id_and_no_visitors(self) -> None:
        nginx = self.nginx(self.upstream())
        request = urllib.request.Request(
            nginx.url(), headers={"X-Request-ID": "claimed-by-visitor"}
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            passed_on = json.load(answer)["X-Request-ID"]
        self.assertRegex(passed_on, r"\A[0-9a-f]{32}\Z")
        self.assertEqual(answer.headers.get_all("X-Request-ID"), [passed_on])
        until(lambda: f" {passed_on} " in nginx.log.read_text())

    def test_file_that_is_kept_is_no_earlier_requests_answer(self) -> None:
        nginx, ids = self.nginx(upstream := self.upstream()), set[str]()
        for _ in range(2):
            with urllib.request.urlopen(nginx.url("/static/a.css"), timeout=60) as answer:
                [answered] = answer.headers.get_all("X-Request-ID")
                ids.add(answered)
        self.assertEqual((upstream.requests, len(ids)), (["GET"], 2))

    def test_get_that_fails_is_sent_to_the_other_process(self) -> None:
        nginx = self.nginx(broken := self.upstream(broken=True), self.upstream())
        self.assertEqual([status(nginx) for _ in range(8)], [200] * 8)
        self.assertNotEqual(broken.requests, [])

    def test_answers_that_nginx_cannot_use_fail_nobody_else(self) -> None:
        nginx = self.nginx(self.upstream(), self.upstream())
        self.assertEqual(beside_bad_answers(nginx), [200] * 40)

    def test_with_max_fails_they_would(self) -> None:
        """Show that the test above sees innocent requests that fail."""
        nginx = self.nginx(self.upstream(), self.upstream(), max_fails=3)
        self.assertIn(502, beside_bad_answers(nginx))

    def test_client_is_limited_and_told_so_in_the_words_of_the_contract(self) -> None:
        nginx = self.nginx(self.upstream(), requests_per_second=1, burst=3)
        self.assertEqual([status(nginx) for _ in range(5)], [200] * 4 + [429])
        for path in ("/health/", "/health/live", "/health/ready", "/health/ready/"):
            self.assertEqual([status(nginx, path) for _ in range(5)], [200] * 5)
        throttled = problem_of(Throttled(1))
        self.assertEqual(api_problem(nginx, b"{}"), (throttled.body, "1"))

    def test_what_providers_tell_is_not_counted_as_clients_requests(self) -> None:
        nginx = self.nginx(self.upstream(), requests_per_second=1, burst=3)
        path = "/api/payments/notify/stripe/"
        self.assertEqual([status(nginx, path, data=b"{}") for _ in range(20)], [200] * 20)

    def test_files_are_asked_for_once_whatever_the_query(self) -> None:
        nginx = self.nginx(upstream := self.upstream())
        for query in ("", "?1", "?2"):
            urllib.request.urlopen(nginx.url(f"/static/a.css{query}"), timeout=60).close()
        self.assertEqual(upstream.requests, ["GET"])

    def test_file_of_one_version_is_found_while_another_is_there(self) -> None:
        old, new = self.upstream(), self.upstream()
        nginx = self.nginx(old, new)
        old.answers = {"/static/new.js": 404, "/static/gone.js": 404}
        new.answers = {"/static/old.js": 404, "/static/gone.js": 404}
        for path, expected in (("new", 200), ("old", 200), ("gone", 404)):
            # Whichever is asked first.
            got = {status(nginx, f"/static/{path}.js") for _ in range(4)}
            self.assertEqual(got, {expected}, path)

    def test_stream_is_begun_by_another_process_where_one_is_about_to_end(self) -> None:
        ending, other = self.upstream(), self.upstream()
        ending.answers = other.answers = {EVENTS: 503}
        nginx = self.nginx(ending, other)
        self.assertEqual(status(nginx, EVENTS), 503)
        other.answers = {EVENTS: 200}
        self.assertEqual([status(nginx, EVENTS) for _ in range(4)], [200] * 4)
        self.assertIn("GET", ending.requests)

    def test_spare_process_is_asked_only_when_all_others_are_gone(self) -> None:
        usual, spare = self.upstream(), self.upstream()
        nginx = self.nginx(usual, spare_port=spare.port)
        self.assertEqual([status(nginx, data=b"{}") for _ in range(4)], [200] * 4)
        self.assertEqual(spare.requests, [])
        usual.shutdown()
        usual.server_close()
        self.assertEqual([status(nginx, data=b"{}") for _ in range(4)], [200] * 4)

    def test_client_is_limited_for_files_too(self) -> None:
        nginx = self.nginx(self.upstream())
        urllib.request.urlopen(nginx.url("/static/a.css"), timeout=60).close()
        request = b"GET /static/a.css HTTP/1.1\r\nHost: localhost\r\n"
        statuses = set[str]()
        for _ in range(20):
            if "429" in statuses:
                break
            with socket.create_connection(("127.0.0.1", nginx.port), timeout=60) as connection:
                connection.sendall(
                    (request + b"\r\n") * 499 + request + b"Connection: close\r\n\r\n"
                )
                with connection.makefile("rb") as answers:
                    statuses |= {line[9:12].decode() for line in answers if line[:5] == b"HTTP/"}
        self.assertEqual(statuses, {"200", "429"})

    def test_clients_are_addresses_or_networks_of_ipv6(self) -> None:
        nginx = self.nginx(self.upstream(), outer_proxy=LOOPBACK, requests_per_second=1, burst=2)
        for addresses, other in (
            (["192.0.2.10"] * 3, "192.0.2.11"),
            (["2001:db8::10", "2001:db8::1:2:3:4", "2001:db8:0:0:ff::"], "2001:db8:0:1::10"),
            # Their last bytes are a line's end, and the first of a network holds one.
            (["2001:db8:a0a::a", "2001:db8:a0a::0a0a", "2001:db8:a0a::1"], "2001:db8:a0b::a"),
            (["::ffff:192.0.2.20", "192.0.2.20", "192.0.2.20"], "::ffff:192.0.2.21"),
        ):
            with self.subTest(addresses):
                got = [status(nginx, address=each) for each in [*addresses, addresses[0], other]]
                self.assertEqual(got, [200, 200, 200, 429, 200])

    def test_post_that_was_sent_is_never_sent_again(self) -> None:
        upstreams = [self.upstream(broken=True), self.upstream(broken=True)]
        nginx = self.nginx(*upstreams)
        self.assertEqual(status(nginx, data=b"{}"), 502)
        self.assertEqual(upstreams[0].requests + upstreams[1].requests, ["POST"])

    def test_process_that_is_gone_is_passed_over_for_posts_too(self) -> None:
        gone, there = self.upstream(), self.upstream()
        nginx = self.nginx(gone, there)
        gone.shutdown()
        gone.server_close()
        self.assertEqual([status(nginx, data=b"{}") for _ in range(8)], [200] * 8)

    def test_request_that_no_process_got_begins_anew(self) -> None:
        """Three are tried first, and all of them may be gone."""
        there, *gone = (self.upstream() for _ in range(4))
        nginx = self.nginx(there, *gone)
        for each in gone:
            each.shutdown()
            each.server_close()
        for path in ("/", "/api/login/"):
            with self.subTest(path):
                statuses = [status(nginx, path, data=b"{}") for _ in range(8)]
                self.assertEqual(statuses, [200] * 8)
        self.assertEqual(there.requests, ["POST"] * 16)

    def test_figures_of_a_process_are_nobodys_business_out_here(self) -> None:
        nginx = self.nginx(upstream := self.upstream())
        for path in ("/metrics", "/metrics?a=1", "//metrics", "/%6Detrics", "/a/../metrics"):
            self.assertEqual(status(nginx, path), 404, path)
        self.assertEqual(upstream.requests, [])

    def test_large_bodies_are_refused(self) -> None:
        nginx = self.nginx(upstream := self.upstream())
        self.assertEqual(status(nginx, data=b" " * (128 * 1024 + 1)), 413)
        self.assertEqual(upstream.requests, [])

    def test_bodies_too_large_for_the_api_reach_it_and_get_its_own_answer(self) -> None:
        nginx = self.nginx(upstream := self.upstream())
        self.assertEqual(status(nginx, data=b" " * (MAX_BODY_BYTES + 1)), 200)
        self.assertEqual(upstream.requests, ["POST"])

    def test_api_answers_problems_in_the_words_of_its_contract(self) -> None:
        nginx = self.nginx(self.upstream(broken=True))
        too_large, gone = b" " * (128 * 1024 + 1), b"{}"
        self.assertEqual(api_problem(nginx, too_large), (problem_of(BodyTooLarge()).body, None))
        problem, retry_after = api_problem(nginx, gone)
        expected = UNAVAILABLE.body | {"detail": problem["detail"]}
        self.assertEqual((problem, retry_after), (expected, "5"))

    def test_its_own_refusals_can_be_read_from_elsewhere_where_answers_can(self) -> None:
        [pattern] = re.findall(r'(\^/api/\S+) "\*";', TEMPLATE.read_text())
        self.assertEqual(pattern, settings.CORS_URLS_REGEX)
        nginx = self.nginx(self.upstream(broken=True), requests_per_second=1, burst=3)
        for path, readable in (("/api/shows/1/seats/", "*"), ("/api/shows/1/hold/", None)):
            statuses = set[int]()
            for _ in range(8):
                with self.assertRaises(urllib.error.HTTPError) as refused:
                    urllib.request.urlopen(nginx.url(path), timeout=60)
                with refused.exception as answer:
                    statuses.add(answer.code)
                    self.assertEqual(answer.headers["Access-Control-Allow-Origin"], readable)
                    exposed = readable and ", ".join(settings.CORS_EXPOSE_HEADERS)
                    self.assertEqual(answer.headers["Access-Control-Expose-Headers"], exposed)
            self.assertIn(429, statuses)

    def test_sockets_per_address_are_limited(self) -> None:
        nginx = self.nginx(self.upstream(), sockets_per_address=2)
        first = self.open_socket(nginx)
        self.assertEqual(first_line(first), SWITCHING)
        self.assertEqual(first_line(self.open_socket(nginx)), SWITCHING)
        self.assertEqual(first_line(self.open_socket(nginx)), TOO_MANY)
        first.close()
        until(lambda: first_line(self.open_socket(nginx)) == SWITCHING)

    def test_streams_count_as_sockets_and_those_refused_come_back_at_different_times(self) -> None:
        nginx = self.nginx(self.upstream(), sockets_per_address=2)
        self.assertEqual(first_line(self.open_socket(nginx)), SWITCHING)
        stream = self.enterContext(urllib.request.urlopen(nginx.url(EVENTS), timeout=60))
        self.assertEqual(stream.status, 200)
        self.assertEqual(first_line(self.open_socket(nginx)), TOO_MANY)
        waits = set[str | None]()
        for _ in range(30):
            problem, wait = api_problem(nginx, None, EVENTS)
            self.assertEqual(problem, TOO_MANY_LIVE.body)
            waits.add(wait)
        self.assertGreater(len(waits), 2)

    def test_networks_of_ipv6_are_one_client_for_sockets_too(self) -> None:
        nginx = self.nginx(self.upstream(), outer_proxy=LOOPBACK, sockets_per_address=2)
        addresses = ("2001:db8::1", "2001:db8::2:1", "2001:db8::3", "2001:db8:0:1::1")
        answers = [first_line(self.open_socket(nginx, address)) for address in addresses]
        self.assertEqual(answers, [SWITCHING, SWITCHING, TOO_MANY, SWITCHING])

    def test_client_that_reconnects_at_once_is_held_to_a_rate(self) -> None:
        nginx = self.nginx(self.upstream(), outer_proxy=LOOPBACK, sockets_per_address=10)
        answers = [self.come_and_go(nginx, "192.0.2.1") for _ in range(60)]
        self.assertEqual(set(answers), {SWITCHING, TOO_MANY})
        self.assertEqual(self.come_and_go(nginx, "192.0.2.2"), SWITCHING)
        until(lambda: self.come_and_go(nginx, "192.0.2.1") == SWITCHING)

    def test_secrets_in_addresses_are_not_logged(self) -> None:
        nginx = self.nginx(self.upstream(), self.upstream(broken=True), sockets_per_address=2)
        for path in (
            "/api/holds/SECRET",
            "/api/holds/SECRET/?x=1",
            "/api//holds//SECRET/book/",
            "/tickets/SECRET/cancel/",
            "//tickets//SECRET/",
            "/accounts/confirm/SECRET/",
            "/accounts/reset/MQ.SECRET/",
            "/payments/12.SECRET/",
            "/api/payments/12.SECRET/",
            "/ws/shows/1/?since=3&waitlist=SECRET&viewer=no",
            "/ws/shows/1/?WAITLIST=SECRET",
            "/ws/shows/1/?wa%69tlist=SECRET",
        ):
            for _ in range(5):  # some of which are refused, and some fail
                status(nginx, path)
        watching = "/ws/shows/1/?since=3&waitlist=SECRET&viewer=no"
        until(lambda: status(nginx, watching) == 429)
        status(nginx, "/shows/1/?kept=yes")
        until(lambda: "kept=yes" in nginx.log.read_text())
        log = nginx.log.read_text()
        self.assertNotIn("SECRET", log)
        self.assertIn('"GET /api/holds/***/?x=1 HTTP/1.1" 200', log)
        self.assertIn('"GET /ws/shows/1/?since=3&waitlist=***&viewer=no HTTP/1.1" 429', log)

    def come_and_go(self, nginx: Nginx, address: str) -> str:
        with self.open_socket(nginx, address) as connection:
            return first_line(connection)

    def open_socket(self, nginx: Nginx, address: str = "192.0.2.1") -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", nginx.port), timeout=60)
        self.addCleanup(connection.close)
        connection.sendall(
            b"GET /ws/shows/1/ HTTP/1.1\r\nHost: localhost\r\n"
            b"X-Forwarded-For: %s\r\n"
            % address.encode()
            + b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
        )
        return connection


CLAIMS = {
    "Forwarded": "for=203.0.113.9",
    "X-Forwarded-For": "203.0.113.9",
    "X-Forwarded-Host": "elsewhere.example",
    "X-Forwarded-Port": "1",
    "X-Forwarded-Proto": "https",
}
EVENTS = "/api/shows/1/events/"
SWITCHING = "HTTP/1.1 101 Switching Protocols"
TOO_MANY = "HTTP/1.1 429 Too Many Requests"


def forwarded(nginx: Nginx, *, address: str, scheme: str) -> dict[str, str]:
    """Return what an upstream should be told about a visitor."""
    return {
        "Host": f"127.0.0.1:{nginx.port}",
        "X-Forwarded-For": address,
        "X-Forwarded-Proto": scheme,
    }


def get(nginx: Nginx, headers: dict[str, str]) -> dict[str, str]:
    """Return the headers about the visitor that reach the upstream."""
    request = urllib.request.Request(nginx.url(), headers=headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        passed_on: dict[str, str] = json.load(answer)
    return {name: value for name, value in passed_on.items() if name in {"Host", *CLAIMS}}


def beside_bad_answers(nginx: Nginx) -> list[int]:
    """Return the statuses of requests that come one by one with some whose answers are bad."""
    found = []
    for number in range(40):
        if number < 2 * 6:
            bad = status(nginx, list(BAD)[number % 2])
            if bad != 502:
                raise AssertionError(f"nginx could use it: {bad}")
        found.append(status(nginx))
    return found


def status(
    nginx: Nginx, path: str = "/", *, data: bytes | None = None, address: str | None = None
) -> int:
    headers = {"X-Forwarded-For": address} if address else {}
    request = urllib.request.Request(nginx.url(path), data=data, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def api_problem(
    nginx: Nginx, data: bytes | None, path: str = "/api/login/"
) -> tuple[dict[str, Any], str | None]:
    """Return the problem that a path of the API answers but for its id, and its Retry-After."""
    try:
        urllib.request.urlopen(nginx.url(path), data=data, timeout=60).close()
    except urllib.error.HTTPError as error:
        with error:
            problem: dict[str, Any] = json.load(error)
        said = error.headers["Content-Type"], error.code, error.headers["X-Request-ID"]
        if said == (MEDIA_TYPE, problem["status"], problem.pop("request_id")):
            return problem, error.headers["Retry-After"]
    raise AssertionError("It answered no problem.")


def first_line(connection: socket.socket) -> str:
    """Return the status line of an answer."""
    with connection.makefile("rb") as answer:
        return answer.readline().decode().strip()
