"""Half a configuration does not start."""

import os
from unittest import mock

from django.core.exceptions import ImproperlyConfigured
from django.test import SimpleTestCase, tag

from payments.stripe_keys import stripe_keys

KEY, SECRET = "sk_live_1", "whsec_1"


@tag("once")
class StripeKeyTests(SimpleTestCase):
    def keys(self, *ways: str, key: str = "", secret: str = "") -> tuple[str, str]:
        given = {"STRIPE_SECRET_KEY": key, "STRIPE_WEBHOOK_SECRET": secret}
        with mock.patch.dict(os.environ, given):
            return stripe_keys(("counter", *ways))

    def test_nobody_needs_keys_without_stripe(self) -> None:
        self.assertEqual(self.keys(), ("", ""))

    def test_keys_are_those_of_the_environment(self) -> None:
        for ways in (("stripe",), ()):
            for key in (KEY, "rk_test_1"):
                with self.subTest(ways=ways, key=key):
                    self.assertEqual(self.keys(*ways, key=f" {key} ", secret=SECRET), (key, SECRET))

    def test_half_a_configuration_is_refused_by_the_name_of_what_is_missing(self) -> None:
        for given, missing in (
            ({"key": KEY}, "STRIPE_WEBHOOK_SECRET must be set"),
            ({"secret": SECRET}, "STRIPE_SECRET_KEY must be set"),
        ):
            for ways in (("stripe",), ()):
                refused = self.assertRaisesMessage(ImproperlyConfigured, missing)
                with self.subTest(ways=ways, given=given), refused:
                    self.keys(*ways, **given)
        with self.assertRaisesMessage(ImproperlyConfigured, "STRIPE_SECRET_KEY must be set"):
            self.keys("stripe")

    def test_one_key_is_not_taken_for_the_other(self) -> None:
        with self.assertRaisesMessage(ImproperlyConfigured, "STRIPE_SECRET_KEY is wrong"):
            self.keys("stripe", key=SECRET, secret=KEY)
        with self.assertRaisesMessage(ImproperlyConfigured, "STRIPE_WEBHOOK_SECRET is wrong"):
            self.keys("stripe", key=KEY, secret="pk_live_1")
