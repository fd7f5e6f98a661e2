"""The groups of staff come with their permissions, and stay as staff make them."""

from importlib import import_module
from types import SimpleNamespace

from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.test import TestCase

from booking.models import ADMIT
from tests import factories

NAME = "0009_groups_of_staff"


class GroupTests(TestCase):
    def setUp(self) -> None:
        """Make them as on a new database, where the permissions are not there yet."""
        Group.objects.all().delete()
        Permission.objects.filter(content_type__app_label="booking").delete()
        self.make()

    def make(self) -> None:
        state = MigrationExecutor(connection).loader.project_state(("booking", NAME))
        editor = SimpleNamespace(connection=connection)
        import_module(f"booking.migrations.{NAME}").make_groups(state.apps, editor)

    def may(self, group: str) -> set[str]:
        user = factories.user(is_staff=True)
        user.groups.add(Group.objects.get(name=group))
        return {name.partition(".")[2] for name in user.get_all_permissions()}

    def test_each_has_what_its_work_takes(self) -> None:
        programme = {
            f"{action}_{model}"
            for model in ("movie", "auditorium", "show")
            for action in ("add", "change", "delete", "view")
        }
        till = {"view_show", "view_booking", "add_booking", "change_booking"}
        door = {ADMIT.partition(".")[2]}
        self.assertEqual(self.may("Door"), door)
        self.assertEqual(self.may("Till"), till)
        self.assertEqual(self.may("Programme"), programme)
        self.assertEqual(self.may("Manager"), door | till | programme)

    def test_groups_that_staff_changed_are_left_alone(self) -> None:
        Group.objects.get(name="Till").permissions.clear()
        self.make()
        self.assertEqual((self.may("Till"), Group.objects.count()), (set(), 4))
