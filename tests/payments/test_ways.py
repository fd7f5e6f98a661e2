"""Which ways to pay there are, as PAYMENTS names them."""

from django.core.exceptions import ImproperlyConfigured
from django.test import SimpleTestCase, override_settings, tag

from payments.errors import WayNotOffered
from payments.providers.registry import offered_provider, ways_online
from payments.ways import ways_to_pay


@tag("once")
class WaysTests(SimpleTestCase):
    def test_counter_is_always_there_and_comes_first(self) -> None:
        for names in ([], ["counter"], ["stripe", "counter"], ["stripe", "stripe"]):
            ways = ways_to_pay(names, is_debug=False)
            self.assertEqual(ways, ["counter", *(["stripe"] if "stripe" in names else [])])

    def test_nobody_pretends_where_it_matters(self) -> None:
        self.assertEqual(ways_to_pay(["pretend"], is_debug=True), ["counter", "pretend"])
        with self.assertRaisesMessage(ImproperlyConfigured, "DEBUG=true"):
            ways_to_pay(["pretend"], is_debug=False)

    def test_unknown_way_is_refused_by_name(self) -> None:
        with self.assertRaisesMessage(ImproperlyConfigured, "'barter'"):
            ways_to_pay(["barter"], is_debug=True)

    def test_what_is_offered_is_what_can_be_chosen(self) -> None:
        with override_settings(PAYMENTS=["counter", "pretend"]):
            self.assertEqual([way.name for way in ways_online()], ["pretend"])
            self.assertEqual(offered_provider("pretend").label, "Pretended card")
        with override_settings(PAYMENTS=["counter"]):
            self.assertEqual(ways_online(), [])
            for name in ("pretend", "counter", "barter"):
                with self.assertRaises(WayNotOffered):
                    offered_provider(name)
