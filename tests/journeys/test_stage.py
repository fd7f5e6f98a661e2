"""The stage: each of its buttons, in two windows."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from django.conf import settings
from django.test import tag
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from booking.models import SeatChange
from booking.selectors import seat_map
from deploy.by_hand import Deployment
from deploy.services import Services
from stage.models import Stage
from stage.performers import performers
from stage.rules import CHANGES_MEANWHILE, RACERS
from tests.journeys.browser import (
    DESKTOP,
    PHONE,
    SMALL,
    TABLET,
    BrowserTestCase,
    usual,
)
from tests.journeys.maps import appearances
from tests.ledger import check_books
from tests.live import database_url, static_root
from tests.programs import required
from tests.waiting import until


@contextmanager
def deployed() -> Iterator[Any]:
    """Run two processes behind nginx, and give that."""
    required("nginx")
    given = Services(database_url=database_url(), redis_url=settings.REDIS_URL)
    env = {"STAGE": "on", "THROTTLES": "off"}
    with Deployment(given, env=env, static_root=static_root()) as deployment:
        yield deployment.nginx


stage_server: Callable[[], AbstractContextManager[Any]] = usual
if settings.REDIS_URL:
    stage_server = deployed


class StageTests(BrowserTestCase):
    new_server = staticmethod(stage_server)

    def open(self, **options: object) -> Page:
        page = self.window("/stage/", **options)
        self.freshness(page, "live")
        self.show_id = Stage.objects.get().show_id or 0
        return page

    def act(self, page: Page, name: str) -> Locator:
        return page.locator(f'[data-act="{name}"]')

    def play(self, page: Page, name: str) -> Locator:
        """Press the button of an act, as soon as the stage is free; return its card."""
        card = self.act(page, name)
        button = card.locator("[data-play]")
        expect(button).to_have_attribute("aria-disabled", "false")
        button.press("Enter")
        return card

    def said(self, card: Locator) -> Locator:
        return card.locator("[data-said]")

    def map_of(self, page: Page) -> list[str | None]:
        return appearances(page)

    def test_race_is_drawn_and_seen_and_cleared_in_every_window(
        self,
    ) -> None:
        page, other = self.open(), self.open()
        self.click_seat(page, 7)
        expect(self.act(page, "race").locator("[data-play]")).to_have_text("Race for B1")

        card = self.play(page, "race")

        expect(self.act(page, "meanwhile").locator("[data-play]")).to_have_attribute(
            "aria-disabled", "true"
        )
        others = RACERS - 1
        expect(self.said(card)).to_have_text(
            f"B1 was sold once. The other {others} were told that it is taken."
        )
        self.assertEqual(card.locator("[data-outcome=booked]").count(), 1)
        self.assertEqual(card.locator("[data-outcome=taken]").count(), others)
        for window in (page, other):
            self.seat(window, 7, "taken")
            expect(window.locator("[data-version]")).to_have_text("Version 1")
        self.assertEqual(performers().count(), 1)
        check_books(self, self.show_id)

        Stage.objects.update(free_at=timezone.now())  # it need not rest
        page.get_by_role("button", name="Clear the stage").click()

        for window in (page, other):
            expect(window.locator("[data-version]")).to_have_text("Version 0")
            self.freshness(window, "live")
            self.assertNotIn("taken", self.map_of(window))
        self.assertEqual((SeatChange.objects.count(), performers().count()), (0, 0))

    def test_unplugged_page_stands_still_and_gets_just_what_it_missed(self) -> None:
        page = self.open()
        before = self.map_of(page)

        card = self.play(page, "meanwhile")

        self.freshness(page, "offline")
        until(lambda: seat_map.checkpoint(self.show_id).version > 2)
        self.assertEqual(self.map_of(page), before)
        expect(self.said(card)).to_have_text(
            f"Versions 1–{CHANGES_MEANWHILE} came back as one frame."
        )
        self.freshness(page, "live")
        self.assertEqual(card.locator("[data-versions] li").count(), CHANGES_MEANWHILE)
        taken = [look == "taken" for look in self.map_of(page)]
        self.assertEqual(taken, [letter == "b" for letter in seat_map.states(self.show_id).states])
        check_books(self, self.show_id)

    @tag("browser")
    def test_page_is_for_everybody(self) -> None:
        for viewport in (DESKTOP, TABLET, PHONE, SMALL):
            with self.subTest(width=viewport["width"]):
                page = self.open(viewport=viewport)
                self.assertEqual(self.too_wide(page), 0)
                self.assertEqual(self.violations(page), [])
                page.context.close()

    def test_rewritten_history_heals_in_every_window(self) -> None:
        page, other = self.open(), self.open()

        card = self.play(page, "rewrite")

        expect(self.said(card)).to_contain_text("all are right again")
        for name in ("before", "after"):
            chips = card.locator(f"[data-{name}] li")
            numbers = [chips.nth(number).locator("b").inner_text() for number in range(6)]
            self.assertEqual(numbers, ["1", "2", "3", "4", "5", "6"])
        self.assertEqual(card.locator(".is-undone").count(), 6)
        states = seat_map.states(self.show_id)
        self.assertEqual((states.version, states.states.count("b")), (6, 6))
        booked = [number for number, letter in enumerate(states.states, 1) if letter == "b"]
        for window in (page, other):
            for number in booked:
                self.seat(window, number, "taken")
            self.assertEqual(self.map_of(window).count("taken"), 6)
        self.assertEqual(page.locator(".is-wrong").count(), 0)
        check_books(self, self.show_id)

        for window, words in (
            (page, "But history was rewritten: entry 6"),
            (other, "All 6 entries"),
        ):
            window.get_by_role("button", name="Verify").click()
            expect(window.locator("[data-verdict-text]")).to_contain_text(words)
        self.assertEqual(page.locator("[data-links] .is-right").count(), 6)
