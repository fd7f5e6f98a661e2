"""A browser that holds seats by the pages."""

from datetime import timedelta
from typing import Any

from django.test import Client, TestCase
from django.utils import timezone

from booking.models import Hold
from tests import factories


class HoldCase(TestCase):
    def setUp(self) -> None:
        self.show = factories.show()
        self.path = f"/shows/{self.show.pk}/"

    def select(self, *seats: int, client: Client | None = None) -> Any:
        return self.post({"seats": seats}, client=client)

    def post(self, body: Any, client: Client | None = None) -> Any:
        client = client or self.client
        return client.post(f"{self.path}hold/", body, content_type="application/json")

    def states(self) -> str:
        return "".join(self.show.show_seats.order_by("pk").values_list("state", flat=True))

    def lapse(self, ago: timedelta = timedelta(seconds=1)) -> None:
        then = timezone.now() - ago
        Hold.objects.update(expires_at=then)
        self.show.show_seats.filter(state="h").update(held_until=then)

    def page_data(self) -> Any:
        return self.client.get(self.path).context["seat_map"]
