"""What holds for every page."""

import re
from datetime import timedelta
from pathlib import Path

from django.test import Client, TestCase
from django.utils import timezone

from booking.services.bookings import book_seats
from tests import factories

STATIC = Path(__file__).parents[3] / "static"
MOST_SCRIPT_BYTES = 40_000


class MarkupTests(TestCase):
    def test_no_page_has_inline_scripts_styles_or_anything_from_outside(self) -> None:
        user = factories.user()
        self.client.force_login(user)
        show = factories.show()
        booking = book_seats(show_id=show.pk, seat_numbers=[1], user=user, now=timezone.now())
        started = factories.show(starts_at=timezone.now() - timedelta(hours=1))
        signed_in = ["/", f"/shows/{show.pk}/", f"/shows/{started.pk}/", "/bookings/"]
        pages = [self.client.get(path) for path in [*signed_in, f"/bookings/{booking.reference}/"]]
        signed_out = [
            "/",
            f"/shows/{show.pk}/",
            "/accounts/login/",
            "/accounts/signup/",
            "/nothing/",
        ]
        pages += [Client().get(path) for path in signed_out]

        for page in pages:
            with self.subTest(page=page.request["PATH_INFO"]):
                html = page.content.decode()
                self.assertEqual(re.findall(r"<style|\sstyle=|\son[a-z]+=", html), [])
                scripts = re.findall(r"<script([^>]*)>", html)
                outside = [s for s in scripts if "src=" not in s and "application/json" not in s]
                self.assertEqual(outside, [])
                self.assertEqual(re.findall(r'(?:src|href)="(?:https?:)?//[^"]*', html), [])
                self.assertIn("default-src 'self'", page["Content-Security-Policy"])

    def test_scripts_that_a_page_starts_with_are_small(self) -> None:
        for page in ("landing.js", "show.js"):
            with self.subTest(page=page):
                total = sum(path.stat().st_size for path in _imported_from(STATIC / "js" / page))
                self.assertLessEqual(total, MOST_SCRIPT_BYTES)


def _imported_from(script: Path) -> set[Path]:
    """Return the script and all that it imports at once, not those it loads when needed."""
    found, ahead = set(), [script]
    while ahead:
        path = ahead.pop()
        found.add(path)
        names = re.findall(r'^import .* from "(.*)";$', path.read_text(), flags=re.MULTILINE)
        ahead += [STATIC / "js" / name for name in names if STATIC / "js" / name not in found]
    return {path.resolve() for path in found}
