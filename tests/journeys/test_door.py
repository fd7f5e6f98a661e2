"""The door on a phone: with a camera, without a network, and beside another door."""

import tempfile
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import ClassVar
from unittest import mock

import segno
from django.contrib.auth.models import Permission
from django.test import tag
from django.utils import timezone
from playwright.sync_api import Page, expect

from booking.models import ADMIT, TAKE_MONEY, Admission, Show, Taking, Ticket
from booking.services.admission import admit
from tests import factories
from tests.journeys import browser
from tests.journeys.browser import DESKTOP, PHONE, SMALL, TABLET, BrowserTestCase
from tests.waiting import until

PATIENT = "AbortSignal.timeout = () => new AbortController().signal;"
# The name of the lens that the picture comes through.
USED = """() => document.querySelector("video").srcObject?.getVideoTracks()[0]?.label"""
KEPT = """async () => {
  const cache = await caches.open("door");
  const names = (await cache.keys()).map(({ url }) => url);
  return names.some((url) => url.endsWith(".wasm")) && names.includes(location.href)
    && names.some((url) => url.includes("door-store"));
}"""

OF_AN_EARLIER_RELEASE = "/static/js/of-an-earlier-release.js"
KEEP_IT = f"""async () => {{
  const cache = await caches.open("door");
  await cache.put("{OF_AN_EARLIER_RELEASE}", new Response());
}}"""
HAS_CLEARED_UP = f"""async () => {{
  const cache = await caches.open("door");
  return (await cache.match("{OF_AN_EARLIER_RELEASE}")) === undefined;
}}"""


class DoorCase(BrowserTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.ann = factories.user(username="ann")
        self.ann.user_permissions.add(Permission.objects.get(codename=ADMIT.partition(".")[2]))
        soon = timezone.now() + timedelta(minutes=30)
        Show.objects.filter(pk=self.show.pk).update(starts_at=soon)
        self.booking = self.book(1, 2, 3)
        self.elsewhere(lambda: factories.paid(self.booking))
        self.tickets = list(Ticket.objects.filter(booking=self.booking).order_by("seat_number"))

    def door(self) -> Page:
        """Open the door of the show, as patient with the server as a busy machine needs."""
        page = self.window("/door/", user=self.ann, viewport=PHONE)
        page.context.add_init_script(PATIENT)
        page.get_by_role("link", name=self.show.movie.title).click()
        self.counts(page, 0)
        return page

    def door_before_anybody_paid(self) -> Page:
        def forget_takings() -> None:
            Taking.objects.all().delete()
            may = Permission.objects.get(codename=TAKE_MONEY.partition(".")[2])
            self.ann.user_permissions.add(may)

        self.elsewhere(forget_takings)
        return self.door()

    def counts(self, page: Page, inside: int) -> None:
        expect(page.locator("[data-counts]")).to_have_text(f"{inside} of 3 in")

    def type(self, page: Page, text: str) -> None:
        page.get_by_label("Code or reference").fill(text)
        page.get_by_role("button", name="Admit").click()

    def answer(self, page: Page, word: str, detail: str = "") -> None:
        expect(page.locator("[data-answer-word]")).to_have_text(word)
        expect(page.locator("[data-answer-detail]")).to_contain_text(detail)

    def next(self, page: Page) -> None:
        page.get_by_role("button", name="Next").click()


@tag("browser")
class DoorTests(DoorCase):
    def test_ticket_is_admitted_once_undone_and_admitted_again(self) -> None:
        page = self.door()
        self.type(page, self.tickets[0].code.lower())
        self.answer(page, "Admitted", "Seat A1")
        self.next(page)
        self.counts(page, 1)
        expect(page.locator('[data-map] [data-state="in"]')).to_have_count(1)

        self.type(page, self.tickets[0].code)
        self.answer(page, "Already in", "let in by ann")
        page.get_by_role("button", name="Undo").click()
        self.answer(page, "Undone")
        self.next(page)
        self.counts(page, 0)
        self.type(page, "A" * 26)
        self.answer(page, "Not valid")
        self.faults.clear()

    def test_reference_asks_which_seat(self) -> None:
        page = self.door()
        for label, inside in (("A2", 1), ("A1", 2)):
            self.type(page, self.booking.reference)
            page.get_by_role("button", name=label, exact=True).click()
            self.answer(page, "Admitted", label)
            self.next(page)
            self.counts(page, inside)
        self.type(page, self.booking.reference)
        self.answer(page, "Admitted", "A3")

    def test_money_is_taken_at_the_door_and_lets_in_with_one_tap(self) -> None:
        page = self.door_before_anybody_paid()
        self.type(page, self.tickets[0].code)
        self.answer(page, "Unpaid", "€37.50 is due.")
        page.get_by_role("button", name="Card €37.50").click()
        self.answer(page, "Admitted", "Seat A1")
        self.next(page)
        self.type(page, self.tickets[1].code)
        self.answer(page, "Admitted", "Seat A2")
        self.counts(page, 2)
        taken = Taking.objects.values_list("amount", "method", "by__username")
        self.assertEqual(list(taken), [(Decimal("37.50"), "card", "ann")])
        self.refused()

    def test_money_taken_without_a_network_is_told_later(self) -> None:
        page = self.door_before_anybody_paid()
        page.context.set_offline(True)
        self.type(page, self.tickets[0].code)
        self.answer(page, "Unpaid", "by the list of")
        page.get_by_role("button", name="Cash €37.50").click()
        self.answer(page, "Admitted", "No network")
        self.next(page)
        page.context.set_offline(False)
        expect(page.locator("[data-unsent]")).to_be_hidden()
        self.assertEqual(
            list(Taking.objects.values_list("amount", "method")), [(Decimal("37.50"), "cash")]
        )
        self.unreached()

    def test_door_keeps_what_its_page_has_not_read_yet_and_nothing_of_an_earlier_release(
        self,
    ) -> None:
        page = self.window("/door/", user=self.ann, viewport=PHONE)
        page.evaluate(KEEP_IT)
        page.route("**/*.wasm", lambda _: None)  # no answer comes
        page.get_by_role("link", name=self.show.movie.title).click()
        self.until_true(page, HAS_CLEARED_UP)
        self.assertTrue(page.evaluate(KEPT))
        page.unroute_all(behavior="ignoreErrors")

    def test_door_goes_on_without_a_network_and_catches_up(self) -> None:
        page = self.door()
        self.until_true(page, KEPT)
        first, second, _ = self.tickets
        page.context.set_offline(True)
        self.type(page, first.code)
        self.answer(page, "Admitted", "No network")
        self.next(page)
        self.type(page, first.code)
        self.answer(page, "Already in", "this door")
        self.next(page)
        self.type(page, "A" * 26)
        self.answer(page, "Not valid", "by the list of")
        self.next(page)

        page.reload()
        expect(page.locator("[data-unsent]")).to_have_text("1 not sent yet")
        expect(page.locator("[data-state][data-online]")).to_contain_text("Offline, list of")
        self.counts(page, 1)
        self.type(page, second.code)
        self.answer(page, "Admitted", "No network")
        self.next(page)
        expect(page.locator("[data-unsent]")).to_have_text("2 not sent yet")
        # Meanwhile, at another door.
        ben, now = factories.user(username="ben"), timezone.now()
        self.elsewhere(lambda: admit(show_id=self.show.pk, code=second.code, by=ben, now=now))

        page.context.set_offline(False)
        expect(page.locator("[data-unsent]")).to_be_hidden()
        expect(page.locator("[data-state][data-online]")).to_have_text("Live")
        expect(page.locator("[data-trouble-list] li")).to_contain_text("at another door")
        self.counts(page, 2)
        recorded = Admission.objects.order_by("recorded_at").values_list(
            "ticket", "admitted_by__username", "conflict"
        )
        self.assertCountEqual(
            recorded,
            [
                (first.pk, "ann", ""),
                (second.pk, "ben", ""),
                (second.pk, "ann", "already_admitted"),
            ],
        )
        # The page may have been reading the reader of codes when the network went.
        self.unreached("wasm")

    def test_axe_finds_nothing_and_no_page_is_wider_than_its_window(self) -> None:
        page = self.door()
        for viewport in (DESKTOP, TABLET, PHONE, SMALL):
            page.set_viewport_size(viewport)
            for path in ("/door/", f"/door/{self.show.pk}/"):
                with self.subTest(path, width=viewport["width"]):
                    page.goto(self.server.url(path))
                    self.assertEqual(self.too_wide(page), 0)
        for seen in (None, self.tickets[0].code, self.tickets[0].code):
            if seen:
                self.type(page, seen)
                expect(page.locator("[data-answer]")).to_be_visible()
            self.assertEqual(self.violations(page), [])
            if seen:
                self.next(page)
        self.refused()

    def test_nobody_else_sees_it(self) -> None:
        stranger = self.browser.new_context()
        self.addCleanup(stranger.close)
        page = stranger.new_page()
        answer = page.goto(self.server.url(f"/door/{self.show.pk}/"))
        assert answer is not None
        self.assertIn("/accounts/login/", answer.url)


def with_cameras(case: type[DoorCase], *flags: str) -> None:
    """Give the browser of these tests cameras that nobody is asked about."""
    flags = (*browser.FLAGS, "--use-fake-ui-for-media-stream", *flags)
    case.enterClassContext(mock.patch.object(browser, "FLAGS", flags))


@tag("once")
class CameraTests(DoorCase):
    seen: ClassVar[Path]

    @classmethod
    def setUpClass(cls) -> None:
        """Give the browser a camera that sees whatever is in a file."""
        folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        cls.seen = Path(folder, "seen.y4m")
        sees = f"--use-file-for-fake-video-capture={cls.seen}"
        with_cameras(cls, "--use-fake-device-for-media-stream", sees)
        super().setUpClass()

    def test_code_before_the_camera_lets_in(self) -> None:
        self.seen.write_bytes(video_of(self.tickets[0].code))
        page = self.door()
        page.get_by_role("button", name="Start the camera").click()
        self.answer(page, "Admitted", "Seat A1")
        self.counts(page, 1)
        admitted = Admission.objects.filter(ticket=self.tickets[0])
        until(lambda: admitted.count() == 1, 30)


@tag("once")
class LensTests(DoorCase):
    @classmethod
    def setUpClass(cls) -> None:
        with_cameras(cls, "--use-fake-device-for-media-stream=device-count=2")
        super().setUpClass()

    def test_lens_that_was_chosen_is_used_again_and_typing_works_beside_it(self) -> None:
        page = self.door()
        lenses = page.get_by_label("Camera", exact=True)
        page.get_by_role("button", name="Start the camera").click()
        expect(lenses.locator("option")).to_have_count(2)
        self.assertEqual(page.evaluate(USED), "fake_device_0")
        lenses.select_option("fake_device_1")
        until(lambda: page.evaluate(USED) == "fake_device_1", 30)

        page.reload()
        page.get_by_role("button", name="Start the camera").click()
        until(lambda: page.evaluate(USED) == "fake_device_1", 30)
        expect(lenses.locator("option:checked")).to_have_text("fake_device_1")
        self.type(page, self.tickets[0].code)
        self.answer(page, "Admitted", "Seat A1")


def video_of(text: str, *, width: int = 640, height: int = 480, scale: int = 10) -> bytes:
    """Return a film of a few frames, in YUV4MPEG2, that shows a QR code."""
    rows = [
        bytes(16 if dark else 235 for dark in row)
        for row in segno.make_qr(text).matrix_iter(scale=scale, border=4)
    ]
    size = len(rows)
    left, top = (width - size) // 2, (height - size) // 2
    blank = bytes([235]) * width
    lines = [blank] * top
    lines += [blank[:left] + row + blank[left + size :] for row in rows]
    lines += [blank] * (height - len(lines))
    frame = b"FRAME\n" + b"".join(lines) + bytes([128]) * (width * height // 2)
    return f"YUV4MPEG2 W{width} H{height} F10:1 Ip A1:1 C420jpeg\n".encode() + frame * 10
