"""What holds for every page."""

import re
from datetime import timedelta
from pathlib import Path

import brotli  # type: ignore[import-untyped]
from django.test import Client, TestCase, tag
from django.utils import timezone

from booking.services.sales import book_seats
from foundation.web.static_files import FOR_READERS
from tests import factories

STATIC = Path(__file__).parents[3] / "static"
MOST_SCRIPT_BYTES = 25_000


@tag("once")
class MarkupTests(TestCase):
    def test_no_page_has_inline_scripts_styles_or_anything_from_outside(self) -> None:
        user = factories.user()
        self.client.force_login(user)
        show = factories.show()
        booking = book_seats(show_id=show.pk, seat_numbers=[1], user=user, now=timezone.now())
        started = factories.show(starts_at=timezone.now() - timedelta(hours=1))
        listed = f"/shows/{show.pk}/list/?seats=2"
        shows = [f"/shows/{show.pk}/", listed, f"/shows/{show.pk}/log/", f"/shows/{started.pk}/"]
        signed_in = ["/", "/movies/", f"/movies/{show.movie_id}/", *shows, "/bookings/"]
        pages = [self.client.get(path) for path in [*signed_in, f"/bookings/{booking.reference}/"]]
        signed_out = [
            "/",
            f"/shows/{show.pk}/",
            "/accounts/login/",
            "/accounts/signup/",
            "/stage/",
            "/nothing/",
        ]
        pages += [Client().get(path) for path in signed_out]

        for page in pages:
            with self.subTest(page=page.request["PATH_INFO"]):
                html = page.content.decode()
                self.assertEqual(re.findall(r"<style|\sstyle=|\son[a-z]+=", html), [])
                scripts = re.findall(r"<script([^>]*)>", html)
                data = ("application/json", "application/ld+json")  # which no browser runs
                outside = [s for s in scripts if "src=" not in s and not any(d in s for d in data)]
                self.assertEqual(outside, [])
                self.assertEqual(re.findall(r'(?:src|href)="(?:https?:)?//[^"]*', html), [])
                self.assertIn("default-src 'self'", page["Content-Security-Policy"])

    def test_scripts_are_small_as_they_are_sent(self) -> None:
        """Whitenoise compresses them with Brotli, which browsers take over https."""
        for page in ("landing.js", "programme.js", "show.js", "log.js", "stage.js"):
            with self.subTest(page=page):
                scripts = _imported_from(STATIC / "js" / page) | {STATIC / "js" / "days.js"}
                sent = (
                    brotli.compress(FOR_READERS.sub(b"", path.read_bytes())) for path in scripts
                )
                self.assertLessEqual(sum(map(len, sent)), MOST_SCRIPT_BYTES)

    def test_no_script_is_loaded_late(self) -> None:
        """A load that failed once is remembered as failed, and what needs it is dead for good."""
        late = [path.name for path in (STATIC / "js").glob("*.js") if "import(" in path.read_text()]
        self.assertEqual(late, [])

    def test_pages_with_a_map_name_the_scripts_that_it_needs_beforehand(self) -> None:
        show = factories.show()
        show_page = f"/shows/{show.pk}/"
        entries = {"/": "landing.js", show_page: "show.js", "/stage/": "stage.js"}
        for path, entry in entries.items():
            with self.subTest(path):
                html = self.client.get(path).content.decode()
                named = re.findall(r'<link rel="modulepreload" href="/static/js/([^"]+)">', html)
                needed = {script.name for script in _imported_from(STATIC / "js" / entry)}
                self.assertEqual(named, sorted(needed - {entry}))


def _imported_from(script: Path) -> set[Path]:
    """Return the script and all that it imports at once, not those it loads when needed."""
    found, ahead = set(), [script]
    while ahead:
        path = ahead.pop()
        found.add(path)
        names = re.findall(r'^import .* from "(.*)";$', path.read_text(), flags=re.MULTILINE)
        ahead += [STATIC / "js" / name for name in names if STATIC / "js" / name not in found]
    return {path.resolve() for path in found}
