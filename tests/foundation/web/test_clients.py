from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.test import RequestFactory, SimpleTestCase

from foundation.web.clients import address_of, client_of
from tests.booking.api.hold_case import HoldApiTestCase

GARBAGE = (
    "",
    "unknown",
    "2001:db8::/64",
    "192.0.2.256",
    "192.0.2.1:",
    "192.0.2.1:4711:1",
    "[2001:db8::1",
    "[192.0.2.1]x",
    "1" * 5_000,
    "é\x00\x7f'; --",
)
PEER = "198.51.100.1"


def request_from(address: str, **headers: str) -> HttpRequest:
    """Return a guest's request from an address."""
    request = RequestFactory().get("/", REMOTE_ADDR=address, headers=headers)
    request.user = AnonymousUser()
    return request


class AddressTests(SimpleTestCase):
    def test_visitor_of_ipv6_has_a_whole_network(self) -> None:
        network = "2001:db8:0:1::/64"
        for address in (
            "2001:db8:0:1::",
            "2001:db8:0:1:aaaa:bbbb:cccc:dddd",
            "2001:DB8:0:1::7%eth0",
        ):
            with self.subTest(address):
                self.assertEqual(address_of(request_from(address)), network)
        self.assertEqual(address_of(request_from("2001:db8:0:2::7")), "2001:db8:0:2::/64")

    def test_address_of_ipv4_is_the_same_in_both_notations(self) -> None:
        for address in ("192.0.2.1", "::ffff:192.0.2.1", "::ffff:c000:201"):
            with self.subTest(address):
                self.assertEqual(address_of(request_from(address)), "192.0.2.1")
        self.assertEqual(address_of(request_from("192.0.2.2")), "192.0.2.2")

    def test_port_that_a_proxy_names_is_not_counted(self) -> None:
        for told, expected in (
            ("192.0.2.1:4711", "192.0.2.1"),
            ("[2001:db8:0:1::7]:4711", "2001:db8:0:1::/64"),
            ("[2001:db8:0:1::7]", "2001:db8:0:1::/64"),
            ("[::ffff:192.0.2.1]:4711", "192.0.2.1"),
            (" 192.0.2.1 ", "192.0.2.1"),
            ("203.0.113.9, 192.0.2.1:4711", "192.0.2.1"),
        ):
            with self.subTest(told), self.settings(TRUSTED_PROXIES=1):
                request = request_from(PEER, **{"X-Forwarded-For": told})
                self.assertEqual(address_of(request), expected)

    def test_what_is_no_address_counts_for_the_peer(self) -> None:
        with self.settings(TRUSTED_PROXIES=1):
            for told in GARBAGE:
                with self.subTest(told[:20]):
                    request = request_from(PEER, **{"X-Forwarded-For": told})
                    self.assertEqual(client_of(request), f"address:{PEER}")

    def test_peers_without_an_address_are_one_client(self) -> None:
        clients = {client_of(request_from(told)) for told in GARBAGE}
        self.assertEqual(clients, {"address:unknown"})

    def test_account_is_one_client_wherever_it_is(self) -> None:
        request = request_from("192.0.2.1")
        request.user = get_user_model()(pk=7)

        self.assertEqual(client_of(request), "user:7")


class GarbageTests(HoldApiTestCase):
    def test_hold_is_placed_whatever_the_proxy_was_told(self) -> None:
        with self.settings(TRUSTED_PROXIES=1):
            for number, told in enumerate(GARBAGE, 1):
                with self.subTest(told[:20]):
                    answer = self.hold({"seat_numbers": [number]}, HTTP_X_FORWARDED_FOR=told)
                    self.assertEqual(answer.status_code, 201)
