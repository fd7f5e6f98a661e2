"""Requests that hash a password run apart from those that don't."""

import asyncio
import json
import threading
from collections.abc import Iterable
from typing import Any
from unittest import mock

from django.contrib.auth.hashers import ScryptPasswordHasher
from django.core.wsgi import get_wsgi_application
from django.test import SimpleTestCase, TestCase

from cinema.accounts.hashing import hashes_password
from foundation.server.threads import FairThreads
from foundation.server.wsgi_adapter import ThreadedHTTP
from foundation.web.clients import address_in
from foundation.web.handlers import too_many_waiting
from foundation.web.problems import MEDIA_TYPE, TOO_BUSY
from tests import factories
from tests.foundation.server.test_wsgi_adapter import answer

REQUEST = {"type": "http.request"}
ELSEWHERE = {"method": "GET", "path": "/api/nowhere/", "headers": [(b"host", b"localhost")]}


class PathsTests(TestCase):
    """Each way to have a password hashed is known by its path, and nothing else is."""

    def setUp(self) -> None:
        self.hashed: list[str] = []
        encode = ScryptPasswordHasher.encode

        def noting(hasher: Any, password: str, *args: Any, **options: Any) -> str:
            self.hashed.append(password)
            return str(encode(hasher, password, *args, **options))

        self.staff = factories.user(is_staff=True, is_superuser=True)
        self.enterContext(mock.patch.object(ScryptPasswordHasher, "encode", noting))

    def check(self, path: str, form: dict[str, str], *, hashes: bool, **options: Any) -> None:
        with self.subTest(path):
            self.hashed.clear()
            response = self.client.post(path, form, **options)
            self.assertIs(bool(self.hashed), hashes, response.content[:2000])
            self.assertIs(hashes_password(response.wsgi_request.META), hashes)

    def test_accounts(self) -> None:
        new, known = factories.PASSWORD, {"username": "x", "password": "y"}
        for path in ("/api/login/", "/accounts/login/", "/admin/login/"):
            self.check(path, known, hashes=True, **sent_to(path))
        for path, name in (("/api/signup/", "ada"), ("/accounts/signup/", "bob")):
            form = {"username": name, "password": "popcorn-at-nine"}
            self.check(path, form, hashes=True, **sent_to(path))
        self.client.force_login(self.staff)
        for path in ("/accounts/password/", "/accounts/email/", "/accounts/delete/"):
            self.check(path, {"password": "wrong", "old_password": "wrong"}, hashes=True)
        twice = {"password1": "popcorn-at-ten", "password2": "popcorn-at-ten"}
        add = twice | {"username": "eve", "usable_password": "true"}
        self.check("/admin/accounts/user/add/", add, hashes=True)
        other = factories.user()
        path = f"/admin/accounts/user/{other.pk}/password/"
        self.check(path, twice | {"usable_password": "true"}, hashes=True)
        change = {"old_password": new, "new_password1": "at-eleven!", "new_password2": "at-eleven!"}
        self.check("/admin/password_change/", change, hashes=True)

    def test_others(self) -> None:
        for path in ("/api/logout/", "/api/token/refresh/", "/api/nowhere/login/"):
            self.check(path, {}, hashes=False, **sent_to(path))
        self.client.force_login(self.staff)
        for path in ("/accounts/reset/", "/accounts/confirm/x/", "/accounts/logout/"):
            self.check(path, {"email": "a@example.org"}, hashes=False)
        self.client.force_login(self.staff)
        for path in ("/accounts/logout/", "/admin/logout/", "/admin/auth/group/add/"):
            self.check(path, {}, hashes=False)
        self.assertIs(hashes_password({"REQUEST_METHOD": "GET", "PATH_INFO": "/api/login/"}), False)


def sent_to(path: str) -> dict[str, str]:
    return {"content_type": "application/json"} if path.startswith("/api/") else {}


class PoolTests(SimpleTestCase):
    """Log-ins that take for ever, on the only thread that they have."""

    def setUp(self) -> None:
        self.go_on = threading.Event()
        self.addCleanup(self.go_on.set)
        self.begun = threading.Event()
        django = get_wsgi_application()

        def application(environ: Any, start_response: Any) -> Iterable[bytes]:
            if environ["PATH_INFO"] == "/api/login/" and environ["front_row.waited"] < 1000:
                self.begun.set()
                self.go_on.wait(10)
                start_response("204 No Content", [])
                return []
            return django(environ, start_response)

        self.application = application

    def served(self, *, apart: bool = True, in_all: int = 30) -> ThreadedHTTP:
        return ThreadedHTTP(
            self.application,
            threads=FairThreads(1, waiting=100, name="http"),
            address_in=address_in,
            refused=too_many_waiting,
            slow_threads=FairThreads(1, waiting=10, in_all=in_all, name="hash"),
            is_slow=hashes_password if apart else lambda _: False,
        )

    async def log_in(self, http: ThreadedHTTP, count: int) -> list[asyncio.Task[Any]]:
        """Let so many clients log in at once, and return when the first is under way."""
        tasks = [
            asyncio.create_task(
                answer(http, REQUEST, path="/api/login/", client=(f"10.0.0.{n}", 1))
            )
            for n in range(count)
        ]
        await asyncio.to_thread(self.begun.wait, 10)
        return tasks

    async def test_others_are_answered_beside_twenty_who_log_in(self) -> None:
        http = self.served()
        tasks = await self.log_in(http, 20)
        start, _ = await answer(http, REQUEST, **ELSEWHERE)
        self.assertEqual(start["status"], 404)
        self.go_on.set()
        self.assertEqual({sent[0]["status"] for sent in await asyncio.gather(*tasks)}, {204})

    async def test_on_the_same_thread_they_would_wait(self) -> None:
        """Show that the test above sees others who wait."""
        http = self.served(apart=False)
        tasks = await self.log_in(http, 20)
        waiting = asyncio.create_task(answer(http, REQUEST, **ELSEWHERE))
        done, _ = await asyncio.wait([waiting], timeout=0.2)
        self.assertEqual(done, set())
        self.go_on.set()
        await asyncio.gather(waiting, *tasks)

    async def test_those_beyond_the_bound_are_refused_at_once(self) -> None:
        http = self.served(in_all=3)
        tasks = await self.log_in(http, 4)
        with self.assertLogs("django.request", "ERROR"):
            start, body = await answer(http, REQUEST, path="/api/login/")
        headers = {name.lower(): value for name, value in start["headers"]}
        self.assertEqual((start["status"], headers[b"content-type"]), (503, MEDIA_TYPE.encode()))
        self.assertEqual((json.loads(body["body"]), headers[b"retry-after"]), (TOO_BUSY.body, b"5"))
        form = [(b"content-type", b"application/x-www-form-urlencoded")]
        with self.assertLogs("django.request", "ERROR"):
            start, body = await answer(http, REQUEST, path="/accounts/login/", headers=form)
        self.assertEqual(start["status"], 503)
        self.assertIn(b"<title>", body["body"])
        self.go_on.set()
        self.assertEqual({sent[0]["status"] for sent in await asyncio.gather(*tasks)}, {204})
