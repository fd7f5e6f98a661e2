"""The page in docs/examples, opened from another origin as anybody may."""

import re
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from django.test import tag
from playwright.sync_api import Page, expect

from tests.docs.reading import ROOT
from tests.journeys.browser import BrowserTestCase
from tests.ledger import rewrite_log


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args: Any) -> None:
        pass


@tag("browser")
class ExampleTests(BrowserTestCase):
    def setUp(self) -> None:
        super().setUp()
        handler = partial(Quiet, directory=str(ROOT / "docs" / "examples"))
        elsewhere = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.addCleanup(elsewhere.server_close)
        self.addCleanup(elsewhere.shutdown)
        Thread(target=elsewhere.serve_forever, daemon=True).start()
        self.origin = f"http://127.0.0.1:{elsewhere.server_port}"

    def watch(self) -> Page:
        page = self.browser.new_page()
        self.addCleanup(page.close)
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.goto(f"{self.origin}/watch.html#{self.server.url(f'/api{self.show_path}')}")
        return page

    def verdict(self, page: Page, kind: str, text: str) -> None:
        expect(page.locator(f"#verdict.{kind}")).to_have_text(re.compile(text))

    def test_page_elsewhere_shows_a_show_live_and_finds_that_its_history_was_rewritten(
        self,
    ) -> None:
        self.book(1)
        page = self.watch()
        self.verdict(page, "fits", "^Entry 1 and all before it fit")
        expect(page.locator("#map i")).to_have_count(18)
        self.book(2, 3)
        self.verdict(page, "fits", "^Entry 2 and all before it fit")
        expect(page.locator("#map i.b")).to_have_count(3)

        rewrite_log(self.show.pk, 2, [[2, "b"], [4, "b"]])

        self.verdict(page, "misfit", "^Entry 2 had another digest before, or none")
