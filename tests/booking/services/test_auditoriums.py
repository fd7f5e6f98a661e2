from typing import Any

from django.test import TestCase
from django.utils import timezone

from booking.errors import InvalidPlan, LayoutInUse
from booking.models import Auditorium
from booking.services.auditoriums import change_auditorium, create_auditorium
from tests import factories


def change(**changed: Any) -> Auditorium:
    return change_auditorium(now=timezone.now(), **changed)


class AuditoriumTests(TestCase):
    def test_create_stores_capacity_and_seats(self) -> None:
        auditorium = create_auditorium(name="One", plan="SS.S\nWC")

        self.assertEqual(auditorium.capacity, 5)
        self.assertEqual(auditorium.seats.count(), 5)

    def test_equal_plans_have_equal_hashes_and_others_do_not(self) -> None:
        hashes = [
            create_auditorium(name=name, plan=plan).layout_hash
            for name, plan in [("One", "SS"), ("Two", "SS"), ("Three", "SP")]
        ]

        self.assertEqual(hashes[0], hashes[1])
        self.assertNotEqual(hashes[0], hashes[2])

    def test_change_without_shows_replaces_the_seats(self) -> None:
        auditorium = factories.auditorium(plan="SS")

        changed = change_auditorium(
            auditorium_id=auditorium.pk, name="New", plan="SSS\nSS", now=timezone.now()
        )

        self.assertEqual((changed.name, changed.capacity, changed.seats.count()), ("New", 5, 5))

    def test_change_under_a_show_is_refused_and_changes_nothing(self) -> None:
        show = factories.show(plan="SS")

        with self.assertRaises(LayoutInUse):
            change_auditorium(
                auditorium_id=show.auditorium_id, name="New", plan="SSS", now=timezone.now()
            )

        auditorium = Auditorium.objects.get(pk=show.auditorium_id)
        self.assertEqual((auditorium.plan, auditorium.seats.count()), ("SS", 2))
        self.assertNotEqual(auditorium.name, "New")

    def test_rename_under_a_show_is_allowed(self) -> None:
        show = factories.show(plan="SS")

        change_auditorium(
            auditorium_id=show.auditorium_id, name="New", plan="SS", now=timezone.now()
        )

        self.assertEqual(Auditorium.objects.get(pk=show.auditorium_id).name, "New")

    def test_invalid_plan_creates_nothing(self) -> None:
        with self.assertRaises(InvalidPlan):
            create_auditorium(name="One", plan="?")

        self.assertEqual(Auditorium.objects.count(), 0)
