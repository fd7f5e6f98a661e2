from collections.abc import Iterable
from contextlib import closing
from http.client import HTTPConnection
from typing import Any

from django.test import Client, TestCase, override_settings
from django.utils import timezone

from booking.selectors import seat_map
from booking.services.sales import book_seats
from realtime.seat_map import headers_of
from tests import factories
from tests.commits import CommitTestCase
from tests.live import LiveServer, LiveServerMixin


def comparable(headers: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Return headers by name; each process has an order of its own for a policy's directives.

    Its id is a request's own, whoever answers it.
    """
    named = {name.lower(): sorted(value.split("; ")) for name, value in headers}
    return {name: values for name, values in named.items() if name != "x-request-id"}


ELSEWHERE = {"origin": "https://elsewhere.example"}


class SameAnswerTests(LiveServerMixin, CommitTestCase):
    """A real server's answers from its room, beside the answers of Django's view."""

    @classmethod
    def new_server(cls) -> LiveServer:
        return LiveServer(env={"THROTTLES": "off"})

    def setUp(self) -> None:
        self.show = factories.show()
        self.user = factories.user()
        self.path = f"/api/shows/{self.show.pk}/seats/"

    def answers(self, **headers: str) -> tuple[Any, Any]:
        """Return the status, headers and body that the server gives, and those of the view."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        connection = HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        with closing(connection):
            connection.request("GET", self.path, headers=given)
            theirs = connection.getresponse()
            lively = (
                theirs.status,
                comparable(theirs.getheaders()),
                theirs.read(),
            )
        view = self.client.get(self.path, headers={"Host": "127.0.0.1", **given})
        return lively, (view.status_code, comparable(view.items()), view.content)

    @override_settings(THROTTLES=False)
    def test_answers_are_the_views_header_for_header(self) -> None:
        for version in range(4):
            name = seat_map.checkpoint(self.show.pk).name
            has, had = {"if_none_match": f'"{name}"'}, {"if_none_match": f'"{version}"'}
            for known in ({}, has, had, ELSEWHERE, has | ELSEWHERE):
                for repeat in range(4):
                    with self.subTest(version=version, repeat=repeat, **known):
                        lively, plain = self.answers(**known)
                        self.assertEqual(lively, plain)
            book_seats(
                show_id=self.show.pk, seat_numbers=[version + 1], user=self.user, now=timezone.now()
            )


class HeadersTests(TestCase):
    def test_headers_are_djangos_in_every_case(self) -> None:
        show_id = factories.show().pk
        path, etag = f"/api/shows/{show_id}/seats/", f'"{seat_map.checkpoint(show_id).name}"'
        for seconds in (0, 60):
            for secure in (False, True):
                for known in ({}, {"If-None-Match": etag}, ELSEWHERE):
                    with (
                        self.subTest(seconds=seconds, secure=secure, **known),
                        self.settings(SECURE_HSTS_SECONDS=seconds),
                    ):
                        view = Client().get(path, secure=secure, headers=known)  # it keeps settings
                        theirs = {name.lower(): value for name, value in view.items()}
                        del theirs["etag"], theirs["content-length"]
                        ours = headers_of(view.wsgi_request, view.status_code)
                        self.assertEqual(
                            {name.decode(): value.decode() for name, value in ours}, theirs
                        )
