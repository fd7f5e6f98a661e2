from datetime import UTC, datetime

from django.test import TestCase, override_settings

from tests import factories


class ShowTests(TestCase):
    @override_settings(TIME_ZONE="Europe/Berlin")
    def test_show_is_named_with_the_time_on_the_cinemas_clock(self) -> None:
        show = factories.show(
            of=factories.movie(title="Alba"), starts_at=datetime(2030, 5, 1, 22, 30, tzinfo=UTC)
        )
        self.assertEqual(str(show), "Alba, 2030-05-02 00:30")
