"""Requests that are odd, dear or many."""

import gzip
import secrets

from tests.abuse.attacker import Attacker

LONG = "x" * 2000
# A client may make 600 calls a minute.
MORE_THAN_A_MINUTES = 700
ODD_PATHS = (
    "/%00",
    "/%ff%fe",
    "/shows/%E0%A4%A/",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/static/%00.css",
    "/static/../settings.py",
    "/bookings/%0d%0aSet-Cookie:a=b/",
    "/bookings/?next=%0d%0aX:1",
    "/accounts/login/?next=" + LONG,
    "/bookings/" + "A" * 3000 + "/calendar.ics",
    "/api/schema/?format=%00",
    "/api/schema/?lang=%00",
    "/api/schema/?version=" + LONG,
    "/api/shows/999999999999999999/seats/?at=%00",
    "/shows/1/?seats=" + "1," * 900,
    "/swagger/?url=%00",
    "/admin/login/?next=" + LONG,
    "/favicon.ico?" + LONG,
    "/api/movies/?page=%00",
)
METHODS = ("HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND")


def schema_with_nul(attacker: Attacker) -> None:
    """Make the schema's file name invalid as a header."""
    for _ in attacker.paced(3):
        attacker.ask("GET", "/api/schema/?version=%00")


def long_redirect(attacker: Attacker) -> None:
    """Let a redirect repeat a long query."""
    for number in attacker.paced(6):
        where = ("/bookings/", f"/bookings/{LONG[:30]}/", "/admin/")[number % 3]
        attacker.ask("GET", f"{where}?{LONG * 2}")


def odd_paths(attacker: Attacker) -> None:
    """Ask for what no page has, and in ways that no browser does."""
    for number in attacker.paced(40):
        attacker.ask("GET", ODD_PATHS[number % len(ODD_PATHS)])


def odd_methods(attacker: Attacker) -> None:
    """Ask by every method for what costs something."""
    paths = ("/", "/api/schema/", "/swagger/", "/api/movies/", "/admin/login/", "/health/")
    for number in attacker.paced(40):
        attacker.ask(METHODS[number % len(METHODS)], paths[number // len(METHODS) % len(paths)])


def schema_at_once(attacker: Attacker) -> None:
    """Ask for the schema in each of its forms, twenty at a time."""
    forms = ("", "?format=json", "?format=yaml", "?version=2", "?lang=de")

    def ask(number: int) -> None:
        for turn in attacker.paced(10):
            attacker.ask("GET", f"/api/schema/{forms[(number + turn) % len(forms)]}")

    attacker.together(20, ask)


def pages(attacker: Attacker) -> None:
    """Load pages on several connections, as fast as they come."""
    paths = ("/", f"/shows/{attacker.stage.show_id}/", "/swagger/", "/accounts/signup/")

    def load(number: int) -> None:
        for turn in attacker.paced(20):
            attacker.ask("GET", paths[(number + turn) % len(paths)])

    attacker.together(12, load)


def missing_pages(attacker: Attacker) -> None:
    """Ask for pages and files that are not there."""
    paths = ("/shows/{}/", "/no-such-page-{}/", "/static/css/none-{}.css", "/api/none/{}/")

    def load(number: int) -> None:
        for turn in attacker.paced(20, at_least=MORE_THAN_A_MINUTES):
            attacker.ask("GET", paths[turn % len(paths)].format(10_000 + number * 1000 + turn))

    attacker.together(12, load)


def earlier_maps(attacker: Attacker) -> None:
    """Ask for the seat map as it was, many changes ago."""
    show, last = attacker.stage.logged_show_id, attacker.stage.logged_version

    def ask(number: int) -> None:
        for turn in attacker.paced(5):
            at = last - (number * 97 + turn * 13) % 1000
            attacker.ask("GET", f"/api/shows/{show}/seats/?at={at}")

    attacker.together(6, ask)


def nobodys_calls(attacker: Attacker) -> None:
    """Call without a token what takes one."""
    paths = (
        ("GET", "/api/my-bookings/"),
        ("POST", f"/api/shows/{attacker.stage.show_id}/book/"),
        ("GET", "/api/bookings/1/"),
        ("GET", "/api/nowhere/"),
        ("OPTIONS", "/api/my-bookings/"),
    )

    def call(number: int) -> None:
        for turn in attacker.paced(75, at_least=MORE_THAN_A_MINUTES):
            method, path = paths[(number + turn) % len(paths)]
            body = {"seat_number": 1} if method == "POST" else None
            attacker.ask(method, path, body=body)

    attacker.together(4, call)


def false_tokens(attacker: Attacker) -> None:
    """Call with tokens that nobody gave out."""

    def call(_number: int) -> None:
        for _turn in attacker.paced(50):
            token = f"eyJhbGciOiJIUzI1NiJ9.{secrets.token_urlsafe(60)}.{secrets.token_urlsafe(30)}"
            attacker.ask("GET", "/api/my-bookings/", headers={"Authorization": f"Bearer {token}"})

    attacker.together(4, call)


def large_bodies(attacker: Attacker) -> None:
    """Send as much as is taken, and more, some of it compressed."""
    path = f"/api/shows/{attacker.stage.show_id}/hold/"
    bodies = (
        b"[" * 60_000,
        b'{"seat_numbers": [' + b"1," * 30_000 + b"1]}",
        b" " * 127_000,
        b" " * 400_000,
        b'{"best": {"count": ' + b"9" * 50_000 + b"}}",
        gzip.compress(b" " * 10_000_000),
    )

    def send(number: int) -> None:
        for turn in attacker.paced(5):
            body = bodies[(number + turn) % len(bodies)]
            headers = {"Content-Type": "application/json"}
            if body[:2] == b"\x1f\x8b":
                headers["Content-Encoding"] = "gzip"
            attacker.ask("POST", path, body=body, headers=headers)

    attacker.together(4, send)


def forms(attacker: Attacker) -> None:
    """Post forms of pages, with fields and files that they don't have."""
    show = attacker.stage.show_id
    paths = (f"/shows/{show}/book/", f"/shows/{show}/hold/", "/accounts/signup/", "/admin/login/")
    multipart = b"--x\r\nContent-Disposition: form-data; name=seats; filename=a\r\n\r\n"
    bodies = (
        ("application/x-www-form-urlencoded", b"seats=1&" * 3000),
        ("application/x-www-form-urlencoded", b"&".join(b"a%d=1" % n for n in range(900))),
        ("multipart/form-data; boundary=x", multipart + b"a" * 100_000 + b"\r\n--x--\r\n"),
        ("multipart/form-data; boundary=x", multipart * 900 + b"--x--\r\n"),
    )

    def send(number: int) -> None:
        for turn in attacker.paced(10):
            kind, body = bodies[(number + turn) % len(bodies)]
            headers = {"Content-Type": kind, "Cookie": "csrftoken=" + "a" * 32}
            attacker.ask("POST", paths[turn % len(paths)], body=body, headers=headers)

    attacker.together(4, send)


def health(attacker: Attacker) -> None:
    """Ask whether the site serves, again and again."""

    def ask(_number: int) -> None:
        for _ in attacker.paced(50):
            attacker.ask("GET", "/health/")

    attacker.together(4, ask)


def static_files(attacker: Attacker) -> None:
    """Ask for files in ranges, uncompressed, and past the proxy's copy."""

    def load(number: int) -> None:
        for turn in attacker.paced(20):
            headers = {"Range": "bytes=0-0,1-1,2-2,3-3", "Accept-Encoding": "identity"}
            path = f"/static/css/base.css?{number}.{turn}"
            attacker.ask("GET", path, headers=headers)

    attacker.together(8, load)


ATTACKS = {
    "schema_with_nul": schema_with_nul,
    "long_redirect": long_redirect,
    "odd_paths": odd_paths,
    "odd_methods": odd_methods,
    "schema_at_once": schema_at_once,
    "pages": pages,
    "missing_pages": missing_pages,
    "earlier_maps": earlier_maps,
    "nobodys_calls": nobodys_calls,
    "false_tokens": false_tokens,
    "large_bodies": large_bodies,
    "forms": forms,
    "health": health,
    "static_files": static_files,
}
