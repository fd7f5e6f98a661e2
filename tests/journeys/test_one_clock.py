"""One clock for all: the cinema's own, wherever the server, the buyer and the mail are."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.contrib.auth.models import Permission
from django.test import tag
from django.utils import timezone

from booking.letters import booked_mail
from booking.letters.calendar import calendar_entry
from booking.models import ADMIT
from booking.selectors.bookings import bookings, tickets_of
from tests import factories
from tests.journeys.browser import BrowserTestCase
from tests.live import LiveServer

HOUSE = ZoneInfo("Europe/Berlin")
FAR_AWAY = "Asia/Tokyo"


@tag("once")
class OneClockTests(BrowserTestCase):
    @classmethod
    def new_server(cls) -> LiveServer:
        return LiveServer(env={"THROTTLES": "off", "TZ": "UTC"})

    def setUp(self) -> None:
        super().setUp()
        # Late enough for another day in Tokyo, and on the day before in Berlin by UTC alone.
        day = timezone.localdate() + timedelta(days=1)
        self.starts_at = datetime(day.year, day.month, day.day, 23, 35, tzinfo=HOUSE)
        self.show = factories.show(starts_at=self.starts_at)
        self.buyer = factories.user(confirmed_email="ada@example.org", is_superuser=True)
        self.booking = self.book(1, user=self.buyer, show=self.show)

    def test_pages_mails_and_files_say_the_same_time(self) -> None:
        self.assertEqual(str(timezone.get_current_timezone()), str(HOUSE))
        door = Permission.objects.get(codename=ADMIT.partition(".")[2])
        self.buyer.user_permissions.add(door)
        paths = (
            "/",
            f"/shows/{self.show.pk}/",
            f"/movies/{self.show.movie_id}/",
            "/bookings/",
            f"/bookings/{self.booking.reference}/",
            f"/door/{self.show.pk}/",
            f"/till/{self.show.pk}/",
            f"/till/bookings/{self.booking.reference}/",
        )
        for path in paths:
            with self.subTest(path):
                page = self.window(path, user=self.buyer, timezone_id=FAR_AWAY)
                # Once scripts have run: they follow the changes of a show.
                page.wait_for_load_state("networkidle")
                said = page.locator("main").inner_text()
                self.assertIn("23:35", said)
                self.assertNotRegex(said, r"\b0[67]:35|\b2[12]:35")

    def test_mail_and_calendar_name_the_zone(self) -> None:
        found = bookings().select_related("user").get(pk=self.booking.pk)
        entry = calendar_entry(found, url_of=lambda path: f"https://a.example{path}")
        mail = booked_mail(found, tickets_of(found), entry)
        for kind in ("txt", "html"):
            self.assertIn(f"23:35 ({HOUSE})", mail.rendered(kind))
        [starts] = re.findall(r"DTSTART[^:]*:(\S+)", entry)
        self.assertEqual(datetime.strptime(starts, "%Y%m%dT%H%M%S%z"), self.starts_at)
