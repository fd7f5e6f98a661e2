"""How many sockets one client gets."""

from contextlib import ExitStack
from unittest import mock

from django.test import SimpleTestCase, override_settings
from websockets.exceptions import InvalidStatus

from realtime import admission
from realtime.admission import Admission, client_in
from tests import factories
from tests.commits import CommitTestCase
from tests.live import LiveServer
from tests.realtime.event_streams import EventStream
from tests.realtime.watchers import Watcher


@override_settings(THROTTLES=True, SOCKETS_PER_CLIENT=5, SOCKETS_PER_SECOND=2)
class AdmissionTests(SimpleTestCase):
    def setUp(self) -> None:
        self.admission = Admission()
        self.time = self.enterContext(mock.patch("realtime.admission.time"))
        self.time.monotonic.return_value = 1000.0

    def come(self, times: int, client: str = "a") -> list[bool]:
        return [self.admission.enter(client) for _ in range(times)]

    def come_and_go(self, times: int) -> int:
        """Return how often a client that leaves at once is let in."""
        entered = 0
        for _ in range(times):
            if self.admission.enter("a"):
                entered += 1
                self.admission.leave("a")
        return entered

    def test_client_has_so_many_sockets_at_a_time(self) -> None:
        self.assertEqual(self.come(6), [True] * 5 + [False])
        self.time.monotonic.return_value += 100
        self.assertEqual(self.come(1), [False])
        self.admission.leave("a")
        self.assertEqual(self.come(2), [True, False])

    def test_clients_are_counted_apart(self) -> None:
        self.come(6)
        self.assertEqual(self.come(1, "b"), [True])

    def test_client_that_comes_back_at_once_is_held_to_a_rate(self) -> None:
        self.assertEqual(self.come_and_go(100), 5)
        self.time.monotonic.return_value += 1
        self.assertEqual(self.come_and_go(100), 2)

    def test_client_that_stayed_away_may_come_with_all_again(self) -> None:
        self.come_and_go(100)
        self.time.monotonic.return_value += 2.5
        self.assertEqual(self.come_and_go(100), 5)

    @override_settings(THROTTLES=False)
    def test_without_throttles_nobody_is_counted(self) -> None:
        self.assertEqual(self.come(1000), [True] * 1000)
        self.admission.leave("a")
        self.assertEqual(self.admission._open["a"], 0)

    def test_what_is_remembered_is_bounded(self) -> None:
        with mock.patch.object(admission, "MOST_REMEMBERED", 10):
            for number in range(100):
                self.admission.enter(str(number))
                self.admission.leave(str(number))
                self.time.monotonic.return_value += 1
        self.assertLessEqual(len(self.admission._paid_until), 10)
        self.assertEqual(len(self.admission._open), 0)


class ClientTests(SimpleTestCase):
    def test_client_is_an_address_or_a_network_seen_through_trusted_proxies(self) -> None:
        for proxies, peer, forwarded, expected in (
            (0, "192.0.2.1", None, "192.0.2.1"),
            (0, "192.0.2.1", b"203.0.113.9", "192.0.2.1"),
            (1, "192.0.2.1", b"203.0.113.9", "203.0.113.9"),
            (1, "192.0.2.1", b"198.51.100.1, 203.0.113.9", "203.0.113.9"),
            (0, "2001:db8:0:1::7", None, "2001:db8:0:1::/64"),
            (0, "::ffff:192.0.2.1", None, "192.0.2.1"),
        ):
            headers = [] if forwarded is None else [(b"x-forwarded-for", forwarded)]
            with self.subTest((proxies, peer, forwarded)), self.settings(TRUSTED_PROXIES=proxies):
                scope = {"client": [peer, 1], "headers": headers}
                self.assertEqual(client_in(scope), expected)


class LiveAdmissionTests(CommitTestCase):
    def test_flood_of_connections_is_refused_and_others_are_let_in(self) -> None:
        show = factories.show(plan="SSS")
        env = {"TRUSTED_PROXIES": "1", "SOCKETS_PER_CLIENT": "50"}
        with LiveServer(env=env) as server, ExitStack() as flood:
            # They stay, so however long it takes here, their address has had all that it may have.
            for _ in range(50):
                flood.enter_context(Watcher(server, show.pk, address="192.0.2.1"))
            for _ in range(10):
                with self.assertRaises(InvalidStatus) as refused:
                    flood.enter_context(Watcher(server, show.pk, address="192.0.2.1"))
                self.assertEqual(refused.exception.response.status_code, 403)
            path = f"/api/shows/{show.pk}/events/"
            with EventStream(server.port, path, address="192.0.2.1") as stream:
                self.assertIsNone(stream.next())
                self.assertEqual(stream.parser.status, 429)
                self.assertGreaterEqual(int(stream.parser.headers["retry-after"]), 5)
            with Watcher(server, show.pk, address="192.0.2.2") as innocent:
                innocent.next_of("snapshot")
