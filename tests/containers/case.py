"""What the tests of containers have in common: the deployment, and a visitor of it."""

import json
import re
import socket
from http.client import HTTPResponse
from http.cookiejar import CookieJar
from typing import Any, ClassVar
from unittest import TestCase
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener, urlopen

from websockets.sync.client import connect

from deploy.containers.compose import Compose
from tests.deploy.watching import Watcher

PATIENCE_SECONDS = 30
DEMO = {"username": "demo", "password": "demopass"}


class ContainerCase(TestCase):
    """Has one deployment for all; the runner sets it."""

    compose: ClassVar[Compose]
    maxDiff = None

    @property
    def site(self) -> str:
        """Return where nginx is."""
        return f"127.0.0.1:{self.compose.port}"

    @property
    def replicas(self) -> list[str]:
        """Return where the two Daphne processes are, beside nginx."""
        return [f"{address(each)}:8000" for each in self.compose.containers("web")]

    def open(self, path: str, *, data: Any = None, access: str = "", at: str = "") -> HTTPResponse:
        """Ask for a path, through nginx unless `at` says otherwise; `data` is sent as JSON."""
        headers = {"Content-Type": "application/json"}
        if access:
            headers["Authorization"] = f"Bearer {access}"
        body = None if data is None else json.dumps(data).encode()
        if at:
            headers["Host"] = "localhost"
        request = Request(f"http://{at or self.site}{path}", body, headers)
        answer: HTTPResponse = urlopen(request, timeout=PATIENCE_SECONDS)
        self.addCleanup(answer.close)
        return answer

    def log_in(self) -> str:
        """Return an access token of the demo user."""
        access: str = json.load(self.open("/api/login/", data=DEMO))["access"]
        return access

    def sign_up(self, username: str) -> str:
        """Make an account, and return an access token of it."""
        account = {"username": username, "password": "popcorn-at-nine"}
        email = {"email": f"{username}@example.org"}
        self.open("/api/signup/", data=account | email)
        access: str = json.load(self.open("/api/login/", data=account))["access"]
        return access

    def manage(self, *arguments: str) -> str:
        """Run a management command in one of the containers, and return what it printed."""
        container = self.compose.containers("web")[0]["Id"]
        return self.compose.docker.run("exec", container, "python", "manage.py", *arguments)

    def sign_in(self) -> str:
        """Sign in on the page as a browser does, and return the page that comes."""
        browser = build_opener(HTTPCookieProcessor(CookieJar()))
        url = f"http://{self.site}/accounts/login/"
        page = browser.open(url, timeout=PATIENCE_SECONDS).read().decode()
        [token] = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[:1]
        form = urlencode({**DEMO, "csrfmiddlewaretoken": token}).encode()
        text: str = browser.open(url, form, timeout=PATIENCE_SECONDS).read().decode()
        return text

    def show(self) -> int:
        """Return the id of the show with the most seats."""
        shows = json.load(self.open("/api/shows/"))
        return int(max(shows, key=lambda show: show["capacity"])["id"])

    def seat_map(self, show: int) -> dict[str, Any]:
        """Return a show's seat map."""
        found: dict[str, Any] = json.load(self.open(f"/api/shows/{show}/seats/"))
        return found

    def free_seat(self, show: int) -> int:
        """Return the number of the first free seat."""
        return int(self.seat_map(show)["states"].index("a")) + 1

    def book(self, show: int, seat_number: int, access: str, *, at: str = "") -> str:
        """Book a seat, and return the reference."""
        path, data = f"/api/shows/{show}/book/", {"seat_number": seat_number}
        answer = self.open(path, data=data, access=access, at=at)
        self.assertEqual(answer.status, 201)
        reference: str = json.load(answer)["reference"]
        return reference

    def watch(self, show: int, *, at: str = "") -> Watcher:
        """Return an open socket that has its snapshot."""
        host, _, port = (at or self.site).partition(":")
        connection = socket.create_connection((host, int(port)), timeout=PATIENCE_SECONDS)
        url = f"ws://localhost/ws/shows/{show}/"
        watcher = Watcher(self.enterContext(connect(url, sock=connection)))
        watcher.read_until(0)
        return watcher


def address(container: dict[str, Any]) -> str:
    """Return a container's address in the deployment's network."""
    [network] = container["NetworkSettings"]["Networks"].values()
    found: str = network["IPAddress"]
    return found
