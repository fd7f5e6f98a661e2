"""Whatever somebody sends, the headers of the answer are such as nginx takes."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any
from unittest import mock

from django.http import HttpRequest, HttpResponse
from django.http.response import ResponseHeaders
from django.test import RequestFactory, TestCase, override_settings, tag

from foundation.web.middleware import HeadersMiddleware
from tests import factories
from tests.cinema.routes import PARTS, RouteTestCase, routes

# What nginx has room for by default, with its own Date, Server and Connection.
NGINX_BUFFER = 4_096 - 150
HOSTILE = {
    "nul": "version=%00&next=%00&lang=%00&format=%00&seats=%00",
    "line ends": "next=/%0d%0aSet-Cookie:%20a=b&version=%0d%0aX-Evil:%201&a=%0a",
    "not latin": "version=%f0%9f%8e%9f&next=/%f0%9f%8e%9f&seats=%e2%82%ac",
    "not UTF-8": "version=%ff%fe&next=/%ff&seats=%ff",
    "long": "&a=1" * 450,
    "longer": "next=/" + "a" * 3_000,
    "longest": "next=/" + "%f0%9f%8e%9f" * 600 + "&version=" + "9" * 3_000,
    "many seats": "seats=" + ",".join(map(str, range(1, 1_000))),
    "plain": "",
}
LONG_PARTS = ("a" * 1_500, "é" * 500, "%00", "a%0d%0ab")
HEADERS = {
    "Accept": "text/html, */*",
    "Accept-Language": "é" * 50,
    "If-None-Match": '"\x7f\x01"',
    "Origin": "https://elsewhere.example/" + "a" * 500,
    "Referer": "https://testserver/" + "a" * 2_000,
    "X-Forwarded-Host": "elsewhere.example\x00",
    "Cookie": "hold-1=\x01; messages=\x02; csrftoken=é; line=x",
}


def size(headers: ResponseHeaders, response: Any) -> int:
    """Return how long the status line and the headers of an answer are on the wire."""
    status = f"HTTP/1.1 {response.status_code} {HTTPStatus(response.status_code).phrase}\r\n"
    lines = [f"{name}: {value}\r\n" for name, value in headers.items()]
    lines += [f"{cookie}\r\n" for cookie in response.cookies.values()]
    return len("".join([status, *lines]))


@tag("once")
@override_settings(THROTTLES=False)
class EveryRouteTests(RouteTestCase):
    def addresses(self) -> Iterator[str]:
        """Yield paths of every route, with what may be hostile in their parts and queries."""
        for route in sorted(set(routes())):
            path = self.path(route)
            for query in HOSTILE.values():
                yield f"{path}?{query}"
            for long in LONG_PARTS:
                for name in PARTS:
                    if f"{name}>" in route:
                        yield self.path(route, **{name: long})
        for query in HOSTILE.values():
            yield f"/bookings?{query}"
            yield f"/nowhere/?{query}"
            yield f"/static/nothing.js?{query}"
            yield f"/bookings/{'a' * 1_900}"

    def faults(self, **options: Any) -> Iterator[str]:
        """Yield what is wrong with which answer."""
        self.client.raise_request_exception = False
        for address in self.addresses():
            response = self.client.get(address, headers=HEADERS, **options)
            values = [
                *response.items(),
                *((k, v.OutputString()) for k, v in response.cookies.items()),
            ]
            bad = [name for name, value in values if not value.isascii() or not value.isprintable()]
            if (
                bad
                or size(response.headers, response) > NGINX_BUFFER
                or response.status_code >= 500
            ):
                yield f"{response.status_code} {address[:60]} {bad}"

    def test_headers_are_printable_and_small_for_strangers(self) -> None:
        self.assertEqual(list(self.faults()), [])

    def test_headers_are_printable_and_small_for_staff(self) -> None:
        self.client.force_login(self.staff)
        self.assertEqual(list(self.faults()), [])

    @override_settings(SECURE_SSL_REDIRECT=True)
    def test_redirects_to_https_are_small(self) -> None:
        self.assertEqual(list(self.faults()), [])

    def test_without_the_guard_they_would_not_be(self) -> None:
        """Show that the tests above see headers that nginx refuses."""
        unguarded = mock.patch.object(
            HeadersMiddleware, "process_response", lambda self, request, response: response
        )
        with unguarded:
            self.assertTrue(any(self.faults()))

    def test_page_in_place_of_a_redirect_has_its_policy(self) -> None:
        response = self.client.get(f"/bookings/{'a' * 1_500}/")
        self.assertRedirects(response, "/accounts/login/", fetch_redirect_response=False)
        with self.settings(SECURE_SSL_REDIRECT=True):
            response = self.client.get(f"/bookings/{'a' * 1_500}")
        self.assertEqual(response.status_code, 404)
        self.assertIn("default-src", response["Content-Security-Policy"])

    def test_forms_lead_nowhere_that_is_too_long(self) -> None:
        credentials = {"username": self.staff.username, "password": factories.PASSWORD}
        for next_page in ("/" + "a" * 1_500, "/?" + "a" * 1_900, "/" + "🎟" * 400, "/\x00\x01"):
            for page in ("/accounts/login/", "/accounts/signup/", "/admin/login/"):
                with self.subTest(page, next=next_page[:10]):
                    form = credentials | {"next": next_page}
                    response = self.client.post(page, form)
                    self.assertLess(size(response.headers, response), NGINX_BUFFER)
                    self.assertLess(response.status_code, 500)
                    self.client.logout()
        seats = ",".join(map(str, range(1, 1_000)))
        response = self.client.post(f"/shows/{self.show.pk}/book/", {"seats": seats})
        self.assertLess(size(response.headers, response), NGINX_BUFFER)


class HeadersMiddlewareTests(TestCase):
    def answer(self, response: HttpResponse, path: str = "/") -> Any:
        def view(_: HttpRequest) -> HttpResponse:
            return response

        return HeadersMiddleware(view)(RequestFactory().get(path))

    def test_header_that_nobody_can_read_is_taken_away_and_logged(self) -> None:
        for bad in ("a\0b", "a\x7fb", "a\x1bb", "é"):
            with self.subTest(bad), self.assertLogs("foundation.web.middleware", "ERROR"):
                answer = self.answer(HttpResponse("", headers={"X-Bad": bad, "X-Good": "a b"}))
                self.assertEqual(("X-Bad" in answer, answer["X-Good"]), (False, "a b"))

    def test_redirect_that_is_too_long_loses_its_query(self) -> None:
        for before, after in (
            ("/shows/1/?seats=1", "/shows/1/?seats=1"),
            ("/shows/1/?a=" + "1" * 988, "/shows/1/?a=" + "1" * 988),
            ("/shows/1/?a=" + "1" * 989, "/shows/1/"),
        ):
            answer = self.answer(HttpResponse("", status=302, headers={"Location": before}))
            self.assertEqual((answer.status_code, answer["Location"]), (302, after))

    def test_redirect_whose_path_is_too_long_leads_nowhere(self) -> None:
        response = HttpResponse("", status=302, headers={"Location": "/" + "a" * 1_000})
        answer = self.answer(response)
        self.assertEqual((answer.status_code, "Location" in answer), (404, False))
