"""Somebody who comes with a browser, and all that it keeps; for servers that are asked for real."""

import json
import re
import secrets
import urllib.request
from email.message import Message
from http.cookiejar import CookieJar
from typing import Any, NamedTuple
from urllib.error import HTTPError
from urllib.parse import urlencode


class Answer(NamedTuple):
    """What a visitor got."""

    status: int
    headers: Message
    text: str

    @property
    def is_kept(self) -> bool:
        """Whether it is a page for strangers, from memory."""
        return "ETag" in self.headers

    @property
    def map(self) -> Any:
        """What the page hands to its scripts."""
        [found] = re.findall(r'<script id="seat-map-data"[^>]*>(.*?)</script>', self.text)
        return json.loads(found)


class Visitor:
    """A browser without scripts at one site; `cookies` are sent as they are, and no others kept."""

    def __init__(self, base: str, cookies: dict[str, str] | None = None) -> None:
        self.base = base.rstrip("/")
        self.jar = CookieJar()
        self._made = secrets.token_hex(16)
        self._headers = {"Cookie": "; ".join(map("=".join, cookies.items()))} if cookies else {}
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))

    @property
    def cookies(self) -> dict[str, str]:
        return {cookie.name: cookie.value or "" for cookie in self.jar}

    def get(self, path: str, **headers: str) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._open(urllib.request.Request(self.base + path, headers=self._headers | named))

    def send_form(self, path: str, fields: dict[str, str]) -> Answer:
        """Send the form of a page, with the token that it has there."""
        [token, *_] = re.findall(r'csrfmiddlewaretoken" value="(\w+)"', self.get(path).text)
        data = urlencode({**fields, "csrfmiddlewaretoken": token}).encode()
        return self._open(urllib.request.Request(self.base + path, data))

    def hold(self, show_path: str, *seats: int, terms: str | None = None) -> Answer:
        """Hold seats as a page's script does; a stranger's makes the token."""
        token = self.cookies.get("csrftoken")
        headers = {"Content-Type": "application/json", "X-CSRFToken": token or self._made}
        if token is None:
            headers["Cookie"] = f"csrftoken={self._made}"
        body = json.dumps({"seats": seats} | ({"terms": terms} if terms else {}))
        path = f"{self.base}{show_path}hold/"
        return self._open(urllib.request.Request(path, body.encode(), headers))

    def _open(self, request: urllib.request.Request) -> Answer:
        try:
            with self._opener.open(request, timeout=60) as answer:
                return Answer(answer.status, answer.headers, answer.read().decode())
        except HTTPError as error:
            with error:
                return Answer(error.code, error.headers, error.read().decode())
