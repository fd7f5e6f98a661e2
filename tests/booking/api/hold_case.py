"""A show whose seats are held, changed and booked over HTTP."""

from typing import Any

from booking.selectors import seat_map
from tests import factories
from tests.booking.api.case import ApiTestCase


class HoldApiTestCase(ApiTestCase):
    def setUp(self) -> None:
        self.show = factories.show(plan="SSSSS\nSSSSS")
        self.user = factories.user()

    def hold(self, body: Any, **options: Any) -> Any:
        return self.post(f"/api/shows/{self.show.pk}/hold/", body, **options)

    def held(self, *seat_numbers: int, **options: Any) -> str:
        token: str = self.hold({"seat_numbers": seat_numbers}, **options).json()["token"]
        return token

    def put(self, token: str, body: Any) -> Any:
        return self.client.put(f"/api/holds/{token}/", body, content_type="application/json")

    def delete(self, token: str) -> Any:
        return self.client.delete(f"/api/holds/{token}/")

    def book(self, body: Any, **options: Any) -> Any:
        return self.post(
            f"/api/shows/{self.show.pk}/book/", body, **({"user": self.user} | options)
        )

    def states(self) -> str:
        return seat_map.states(self.show.pk).states
