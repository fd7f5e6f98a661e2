"""The till of a show, and a clerk at it."""

from typing import Any

from django.contrib.auth.models import Permission
from django.contrib.messages import get_messages
from django.test import TestCase

from booking.selectors import seat_map
from tests import factories


class CounterTestCase(TestCase):
    def setUp(self) -> None:
        self.show = factories.show(plan="SSSSS\nSSSSS")
        self.staff = factories.user(username="clerk", is_staff=True, is_superuser=True)
        self.client.force_login(self.staff)

    @property
    def path(self) -> str:
        return f"/till/{self.show.pk}/"

    def send(self, operation: str, **fields: str) -> Any:
        data = {f"{operation}-{name}": value for name, value in fields.items()}
        return self.client.post(self.path, {"operation": operation, **data})

    def said(self, response: Any) -> list[str]:
        return [str(message) for message in get_messages(response.wsgi_request)]

    def errors(self, response: Any, operation: str) -> dict[str, list[str]]:
        (form,) = (f for f in response.context["forms"].values() if f.operation == operation)
        errors: dict[str, list[str]] = form.errors
        return errors

    def states(self) -> str:
        return seat_map.states(self.show.pk).states

    def be_clerk_who_may(self, *permissions: str) -> None:
        clerk = factories.user(is_staff=True)
        clerk.user_permissions.set(Permission.objects.filter(codename__in=permissions))
        self.client.force_login(clerk)
