"""The whole deployment by hand: nginx, two Daphne processes, PostgreSQL and Redis."""

import gzip
import json
import mimetypes
import os
import re
import subprocess
import urllib.request
from concurrent.futures import ThreadPoolExecutor, wait
from functools import partial
from http.client import HTTPResponse
from itertools import cycle
from statistics import median
from typing import Any
from unittest import mock, skipUnless

from django.conf import settings
from websockets.sync.client import connect

from deploy.by_hand import Deployment, deployed
from deploy.services import Services
from tests import factories
from tests.booking.pages.test_shell import timeless
from tests.deploy.rolling import LONGEST_WAIT_SECONDS, SEATS_OF_A_BUYER, Buyers, Regulars
from tests.deploy.watching import FRAME_SECONDS, Watcher
from tests.foundation.server.test_draining import NO_DRAINING
from tests.ledger import check_books
from tests.live import database_url, static_root
from tests.programs import required
from tests.racing import PostgresTestCase
from tests.realtime.crowds import Crowd
from tests.visitors import Answer, Visitor
from tests.waiting import until

SEATS = 12
# By hand: READERS=1000 python manage.py test tests.deploy.test_by_hand
READERS = int(os.environ.get("READERS", "200"))
# By `make rolling`: ten bookings a second, and many sockets.
SOCKETS = int(os.environ.get("SOCKETS", "40"))
BUYERS = 5
EVERY = 0.5 if "SOCKETS" in os.environ else 0.1
WAIT = LONGEST_WAIT_SECONDS if "SOCKETS" in os.environ else 1.0


@skipUnless(settings.REDIS_URL, "needs Redis: run `make test`")
class ByHandTests(PostgresTestCase):
    site: Deployment

    @classmethod
    def setUpClass(cls) -> None:
        required("nginx")
        super().setUpClass()
        given = Services(database_url=database_url(), redis_url=settings.REDIS_URL)
        # Each member of a crowd says that it has an address of its own.
        believing = {"outer_proxy": "127.0.0.1/32"}
        cls.site = cls.enterClassContext(
            Deployment(
                given,
                nginx=believing,
                env={"THROTTLES": "off", "LOG_LEVEL": "INFO"},
                static_root=static_root(),
            )
        )

    def setUp(self) -> None:
        self.show = factories.show(plan="S" * SEATS)
        self.access = self.logged_in(factories.user().username)

    def test_page_comes_with_static_files_that_are_hashed_and_kept(self) -> None:
        page = self.open("/").read().decode()
        paths = sorted(set(re.findall(r"/static/[^\"' )]+", page)))
        self.assertNotEqual(paths, [])
        for path in paths:
            with self.subTest(path), self.open(path) as answer:
                self.assertRegex(path, r"\.[0-9a-f]{12}\.\w+$")
                self.assertEqual(answer.headers.get_content_type(), content_type(path))
                self.assertIn("immutable", answer.headers["Cache-Control"])

    def test_request_is_followed_by_its_id_from_nginx_to_the_process_that_answers(self) -> None:
        answer = self.open("/api/shows/")
        request = answer.headers["X-Request-ID"]
        until(lambda: f" {request} " in self.site.nginx.log.read_text())
        said = f"[{request}] GET api/shows/ 200 in "
        self.assertEqual(sum(daphne.log.count(said) for daphne in self.site.daphnes), 1)

    def test_answers_of_the_api_are_compressed(self) -> None:
        answer = self.open("/api/schema/", headers={"Accept-Encoding": "gzip"})
        self.assertEqual(answer.headers["Content-Encoding"], "gzip")

    def test_page_of_one_visitor_is_never_anothers(self) -> None:
        """Neither a first one nor one that is kept has anything of somebody's, whatever they do."""
        path, base = f"/shows/{self.show.pk}/", self.site.nginx.url("")
        account = {"username": "marlene-dietrich", "password": factories.PASSWORD}
        first, second = Visitor(base), Visitor(base)
        pages = [first.get(path), second.get(path)]  # before there is a room
        self.assertEqual([len(first.jar), len(second.jar)], [0, 0])
        self.assertEqual(first.hold(path, 1).status, 200)
        self.assertEqual(second.hold(path, 2).status, 200)
        first.send_form("/accounts/signup/", account)
        self.assertEqual(set(first.cookies), {"browser", "csrftoken", "sessionid"})
        secrets = {account["username"], *first.cookies.values(), *second.cookies.values()}

        pages += until(lambda: self.kept_pages(path))

        for name, value in first.cookies.items():
            with self.subTest(name):
                theirs = Visitor(base, {name: value}).get(path)
                self.assertFalse(theirs.is_kept)
                self.assertIn("csrfmiddlewaretoken", theirs.text)
        self.assertEqual(first.get(path).map["hold"]["seats"], [1])
        self.assertIn(account["username"], first.get(path).text)
        for listing in ("/", "/movies/", f"/movies/{self.show.movie_id}/"):
            with self.subTest(listing):
                self.assertIn(account["username"], first.get(listing).text)
                for name, value in first.cookies.items():
                    self.assertFalse(Visitor(base, {name: value}).get(listing).is_kept)
                for page in until(partial(self.kept_pages, listing)):
                    self.assertEqual(page.headers.get_all("Set-Cookie"), None)
                    self.assertEqual([secret for secret in secrets if secret in page.text], [])
                    self.assertNotIn("csrfmiddlewaretoken", page.text)
        self.assertEqual(second.get(path).map["hold"]["seats"], [2])
        self.assertNotIn(account["username"], second.get(path).text)
        for page in [*pages, *until(lambda: self.kept_pages(path))]:
            self.assertEqual(page.headers.get_all("Set-Cookie"), None)
            self.assertEqual([secret for secret in secrets if secret in page.text], [])
            self.assertNotIn("csrfmiddlewaretoken", page.text)
            data = page.map
            said = [data[name] for name in ("hold", "lapsed", "mine", "waiting", "signed_in")]
            self.assertEqual(said, [None, [], [], [], False])
        # What each sends still counts.
        account["username"] = "buster-keaton"
        second.send_form("/accounts/signup/", account)
        self.assertIn(account["username"], second.get(path).text)
        self.assertEqual(second.hold(path, 3).status, 200)

    def kept_pages(self, path: str) -> list[Answer]:
        """Return what a stranger gets who asks some times, once both processes keep it."""
        answers = [Visitor(self.site.nginx.url("")).get(path) for _ in range(10)]
        return answers if all(answer.is_kept for answer in answers) else []

    def test_page_for_strangers_goes_through_nginx_as_it_is(self) -> None:
        path = f"/shows/{self.show.pk}/"
        [page, *_] = until(lambda: self.kept_pages(path))
        with self.open(path, headers={"Accept-Encoding": "gzip, br"}) as packed:
            self.assertEqual(packed.headers["Content-Encoding"], "gzip")
            self.assertEqual(packed.headers["ETag"], page.headers["ETag"])
            self.assertIn("Cookie", packed.headers["Vary"])
            self.assertEqual(timeless(gzip.decompress(packed.read())), timeless(page.text.encode()))

    def test_socket_through_nginx_starts_with_a_snapshot(self) -> None:
        self.book(self.site.nginx.url(), 1)
        with self.watch(self.site.nginx.socket_url) as watcher:
            self.assertEqual((watcher.versions, watcher.states), ([1], "b" + "a" * (SEATS - 1)))

    def test_bookings_through_any_process_reach_the_sockets_of_all_in_order(self) -> None:
        first, second = self.site.daphnes
        ways_in = cycle([first.url(), second.url(), self.site.nginx.url()])
        with (
            self.watch(first.socket_url) as on_first,
            self.watch(second.socket_url) as on_second,
            self.watch(self.site.nginx.socket_url) as through_nginx,
        ):
            for seat_number, way_in in zip(range(1, SEATS + 1), ways_in, strict=False):
                self.book(way_in, seat_number)
            for watcher in (on_first, on_second, through_nginx):
                watcher.read_until(SEATS)
                self.assertEqual(watcher.versions, list(range(SEATS + 1)))
                self.assertEqual(watcher.states, "b" * SEATS)

    def test_events_come_at_once_through_nginx_though_it_compresses(self) -> None:
        """nginx would keep some kilobytes back, and gzip too: an hour of a quiet show."""
        url = self.site.nginx.url(f"/api/shows/{self.show.pk}/events/")
        command = ["curl", "-sN", "--compressed", "--max-time", str(FRAME_SECONDS), url]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as curl:
            assert curl.stdout
            lines = iter(curl.stdout)
            self.assertTrue(any(line.startswith("id: 0.") for line in lines))
            self.book(self.site.nginx.url(), 1)
            self.assertTrue(any(line.startswith("id: 1.") for line in lines))
            curl.kill()

    def test_many_streams_through_nginx_hear_of_every_version(self) -> None:
        """Each of them fails on a gap or a repeat."""
        path = f"/api/shows/{self.show.pk}/events/"
        with Crowd(self.site.nginx, [path], READERS) as crowd:
            crowd.until(crowd.have_joined)
            for version in range(1, SEATS + 1):
                self.book(self.site.nginx.url(), version)
                crowd.until(lambda: all(m.version == version for m in crowd.members))  # noqa: B023
            crowd.until(lambda: all(member.viewers == READERS for member in crowd.members))

    def test_site_answers_when_one_process_is_killed(self) -> None:
        killed = self.site.daphnes[0]
        killed.kill()
        self.addCleanup(killed.start)
        path = f"/api/shows/{self.show.pk}/seats/"
        self.assertEqual([self.open(path).status for _ in range(10)], [200] * 10)
        with self.watch(self.site.nginx.socket_url) as watcher:
            self.book(self.site.nginx.url(), 1)
            watcher.read_until(1)
            self.assertEqual(watcher.states, "b" + "a" * (SEATS - 1))

    def test_site_answers_while_one_process_hangs(self) -> None:
        hanging = self.site.daphnes[0]
        hanging.hang()
        self.addCleanup(hanging.resume)
        path = f"/api/shows/{self.show.pk}/seats/"
        with ThreadPoolExecutor(1) as pool:
            # Until one of them is led to it; whoever comes then is led to the other.
            while wait({stuck := pool.submit(self.open, path)}, timeout=5).done:
                stuck.result()
            self.assertEqual([self.open(path).status for _ in range(20)], [200] * 20)
            hanging.resume()
            self.assertEqual(stuck.result().status, 200)

    def test_processes_are_replaced_without_a_failed_request_or_a_gap(self) -> None:
        """The sockets fail on a gap or a repeat; after this, processes end without draining."""
        show = factories.show(plan="\n".join(["S" * SEATS_OF_A_BUYER] * BUYERS))
        for daphne in self.site.daphnes:
            daphne.env["PYTHONPATH"] = NO_DRAINING
            self.addCleanup(daphne.env.pop, "PYTHONPATH")
        tokens = [self.logged_in(factories.user().username) for _ in range(BUYERS)]
        server, path = self.site.nginx, f"/ws/shows/{show.pk}/"
        with (
            ThreadPoolExecutor(1) as pool,
            Regulars(server, path, SOCKETS, longest_wait=WAIT) as regulars,
            Buyers(server, show.pk, tokens, every=EVERY) as buyers,
        ):
            regulars.until(regulars.have_joined)
            rolling = pool.submit(self.site.roll)
            regulars.until(lambda: rolling.done() and regulars.are_back())
            rolling.result()
            self.assertEqual((buyers.failures, regulars.cut), ([], []))
            self.assertGreaterEqual(len(regulars.away), SOCKETS)
            self.say(f"{buyers.pace()}, none failed")
            self.say(f"sockets were away for {median(regulars.away):.1f} s (median)")
            # Those who came back are with the others; the buyers are at it all the time.
            buyers.every = 0
            last = pool.submit(self.site.daphnes[-1].stop)
            regulars.until(lambda: last.done() and bool(buyers.failures))
            self.site.daphnes[-1].start()
        check_books(self, show.pk)

    def test_version_that_does_not_come_up_replaces_nothing(self) -> None:
        pids = [daphne.process and daphne.process.pid for daphne in self.site.daphnes]
        with (
            mock.patch.dict(self.site.spare.env, SECRET_KEY=""),
            mock.patch.object(self.site, "prepare"),
        ):
            sentence = deployed(self.site)
        self.assertIn("the old ones go on", sentence)
        self.assertIn("SECRET_KEY must be set", sentence)
        left = [daphne.process and daphne.process.pid for daphne in self.site.daphnes]
        self.assertEqual((left, self.site.spare.process), (pids, None))
        self.assertEqual(self.open("/api/shows/").status, 200)

    def say(self, what: str) -> None:
        if "SOCKETS" in os.environ:
            print(what)

    def open(
        self, path: str, *, data: Any = None, base: str = "", headers: dict[str, str] | None = None
    ) -> HTTPResponse:
        """Ask for a path, through nginx unless `base` says otherwise; `data` is sent as JSON."""
        request = urllib.request.Request(
            (base or self.site.nginx.url()).rstrip("/") + path,
            data=None if data is None else json.dumps(data).encode(),
            headers={"Content-Type": "application/json", **(headers or {})},
        )
        answer: HTTPResponse = urllib.request.urlopen(request, timeout=60)
        self.addCleanup(answer.close)
        return answer

    def logged_in(self, username: str) -> str:
        """Return an access token."""
        with self.open(
            "/api/login/", data={"username": username, "password": factories.PASSWORD}
        ) as answer:
            access: str = json.load(answer)["access"]
        return access

    def book(self, base: str, seat_number: int) -> None:
        path = f"/api/shows/{self.show.pk}/book/"
        bearer = {"Authorization": f"Bearer {self.access}"}
        with self.open(
            path, data={"seat_number": seat_number}, base=base, headers=bearer
        ) as answer:
            self.assertEqual(answer.status, 201)

    def watch(self, socket_url: Any) -> Watcher:
        """Return an open socket that has its snapshot."""
        watcher = Watcher(self.enterContext(connect(socket_url(f"/ws/shows/{self.show.pk}/"))))
        watcher.read_until(0)
        return watcher


def content_type(path: str) -> str:
    """Return the type that a static file must be sent as."""
    return mimetypes.guess_type(path)[0] or ""
