"""A server is killed between the commit and the answer, and the client sends its request again."""

import json
import signal
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from rest_framework_simplejwt.tokens import AccessToken

from booking.models import Booking, Hold
from foundation.idempotency.models import StoredAnswer
from tests import factories
from tests.commits import CommitTestCase
from tests.ledger import check_books, map_of
from tests.live import LiveServer, LiveServerMixin

ENV: dict[str, str | None] = {"THROTTLES": "off", "REDIS_URL": None}
KILLED_AFTER_COMMIT = str(Path(__file__).parent / "killed_after_commit")
SECONDS = 30


class LostAnswerTests(LiveServerMixin, CommitTestCase):
    """`server` takes the place of one that is killed in each test."""

    @classmethod
    def new_server(cls) -> LiveServer:
        return LiveServer(env=ENV)

    def setUp(self) -> None:
        self.show = factories.show()
        self.headers = {
            "Authorization": f"Bearer {AccessToken.for_user(factories.user())}",
            "Content-Type": "application/json",
        }

    def post(
        self, what: str, body: dict[str, Any], key: str | None = "k", *, port: int | None = None
    ) -> tuple[int, Any]:
        """Send a request and return the answer's status and body."""
        connection = HTTPConnection("127.0.0.1", port or self.server.port, timeout=SECONDS)
        keyed = {"Idempotency-Key": key} if key else {}
        path = f"/api/shows/{self.show.pk}/{what}/"
        try:
            connection.request("POST", path, json.dumps(body), self.headers | keyed)
            response = connection.getresponse()
            return response.status, json.load(response)
        finally:
            connection.close()

    def lose_answer(self, what: str, body: dict[str, Any], key: str | None = "k") -> None:
        """Send a request to a server that dies of it."""
        with LiveServer(env={**ENV, "PYTHONPATH": KILLED_AFTER_COMMIT}) as killed:
            with self.assertRaises(ConnectionResetError):
                self.post(what, body, key, port=killed.port)
            assert killed.process is not None
            self.assertEqual(killed.process.wait(SECONDS), -signal.SIGKILL)

    def test_booking_sent_again_is_the_one_that_was_made(self) -> None:
        self.lose_answer("book", {"seat_numbers": [1, 2]})
        booking, stored = Booking.objects.get(), StoredAnswer.objects.get()

        answers = [self.post("book", {"seat_numbers": [1, 2]}) for _ in range(2)]

        self.assertEqual(answers, [(201, stored.body)] * 2)
        self.assertEqual(stored.body["reference"], booking.reference)
        self.assertEqual(Booking.objects.get(), booking)
        self.assertEqual(map_of(self.show.pk), (1, "bb" + "a" * 8, {}))
        check_books(self, self.show.pk)

    def test_hold_sent_again_gives_the_token_that_nobody_has_seen(self) -> None:
        self.lose_answer("hold", {"best": {"count": 2}})
        hold = Hold.objects.get()

        status, body = self.post("hold", {"best": {"count": 2}})

        self.assertEqual((status, Hold.objects.get()), (201, hold))
        self.assertEqual([seat["seat_number"] for seat in body["seats"]], hold.seat_numbers)
        status, booking = self.post("book", {"hold": body["token"]}, key=None)
        self.assertEqual(
            (status, [ticket["seat_number"] for ticket in booking["tickets"]]),
            (201, hold.seat_numbers),
        )
        check_books(self, self.show.pk)

    def test_without_a_key_nobody_knows_that_it_was_oneself(self) -> None:
        self.lose_answer("book", {"seat_number": 1}, key=None)

        status, problem = self.post("book", {"seat_number": 1}, key=None)

        self.assertEqual((status, problem["code"]), (409, "seat_taken"))
        self.assertEqual(Booking.objects.count(), 1)
