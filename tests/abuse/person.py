"""Somebody with an account and an address of their own who buys two seats."""

import json
from http.client import HTTPConnection
from typing import Any

from rest_framework_simplejwt.tokens import AccessToken

from tests import factories

PATIENCE_SECONDS = 30
# The best pairs lie along the aisle, so pair after pair leaves no single seat over.
HALL = "\n".join(["SSSSSSSSSS.SSSSSSSSSS"] * 15)

Answer = tuple[int, Any]


class Person:
    """Somebody who holds the best two seats of a show and books them."""

    def __init__(self, number: int, *, port: int, show_id: int) -> None:
        self._port = port
        self._address = f"127.3.{number // 250}.{1 + number % 250}"
        self._token = AccessToken.for_user(factories.user())
        self._show_id = show_id

    def buy(self) -> list[Answer]:
        """Hold and book; return both answers, or the one that refused the hold."""
        held = self.post(f"/api/shows/{self._show_id}/hold/", {"best": {"count": 2}})
        if held[0] != 201:
            return [held]
        hold = {"hold": held[1]["token"]}
        return [held, self.post(f"/api/shows/{self._show_id}/book/", hold)]

    def post(self, path: str, body: dict[str, Any]) -> Answer:
        """Return the status and the JSON of the answer."""
        connection = HTTPConnection(
            "127.0.0.1", self._port, timeout=PATIENCE_SECONDS, source_address=(self._address, 0)
        )
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        try:
            connection.request("POST", path, json.dumps(body), headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()
