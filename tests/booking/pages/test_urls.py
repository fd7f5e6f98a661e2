from django.test import TestCase, tag

from foundation.ids import MAX_ID
from tests import factories


@tag("once")
class ShowIdTests(TestCase):
    def test_id_that_no_show_can_have_is_not_found(self) -> None:
        self.client.force_login(factories.user())
        body = {"seat": 1, "seats": [1]}
        for show_id in (MAX_ID, MAX_ID + 1, 10**24):
            with self.subTest(show_id=show_id):
                path = f"/shows/{show_id}/"
                self.assertEqual(self.client.get(path).status_code, 404)
                self.assertEqual(self.client.post(f"{path}book/", {"seats": "1"}).status_code, 404)
                for script in ("hold/", "waitlist/"):
                    answer = self.client.post(
                        f"{path}{script}", body, content_type="application/json"
                    )
                    self.assertEqual(answer.status_code, 404)

    def test_offer_at_a_show_that_cannot_be_is_not_found(self) -> None:
        self.client.force_login(factories.user())
        for show_id in (MAX_ID + 1, 10**24):
            with self.subTest(show_id=show_id):
                answer = self.client.post(
                    f"/shows/{show_id}/waitlist/offer/",
                    {"seat": 1},
                    content_type="application/json",
                )
                self.assertEqual(answer.status_code, 404)
