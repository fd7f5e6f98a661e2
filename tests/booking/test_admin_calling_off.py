"""Staff call shows off and move them in the admin: asked before, and told what is left."""

from datetime import timedelta
from typing import Any
from unittest import mock

from django.contrib.admin.models import LogEntry
from django.contrib.messages import get_messages
from django.utils import timezone

from booking.models import CALL_OFF, Booking, Show
from booking.services import calling_off
from booking.services.calling_off import cancel_show, errands
from booking.services.sales import book_seats
from tests import factories
from tests.booking.admin_case import Sent
from tests.booking.api.test_door import permission
from tests.booking.services.test_calling_off import work
from tests.commits import CommitTestCase


class CallOffPageTests(CommitTestCase):
    def setUp(self) -> None:
        self.show = factories.show()
        self.client.force_login(factories.user(is_staff=True, is_superuser=True))
        self.path = f"/admin/booking/show/{self.show.pk}/call-off/"

    def book(self, *seat_numbers: int, user: Any = None) -> Booking:
        now, user = timezone.now(), user or factories.user(confirmed_email="ada@example.org")
        return book_seats(show_id=self.show.pk, seat_numbers=seat_numbers, user=user, now=now)

    def send(self, operation: str, **fields: str) -> Any:
        return self.client.post(self.path, {"operation": operation, **fields})

    def said(self, response: Any) -> list[str]:
        return [str(message) for message in get_messages(response.wsgi_request)]

    def test_whom_it_affects_is_said_first(self) -> None:
        factories.paid(self.book(1, 2))
        page = self.client.get(self.path)
        self.assertContains(page, "1, with 2 tickets")
        self.assertContains(page, "€20.00")
        change = self.client.get(f"/admin/booking/show/{self.show.pk}/change/")
        self.assertContains(change, self.path)

    def test_only_who_may_call_off_sees_it(self) -> None:
        clerk = factories.user(is_staff=True)
        clerk.user_permissions.add(permission("booking.view_show"))
        self.client.force_login(clerk)
        self.assertEqual(self.client.get(self.path).status_code, 403)
        self.assertEqual(self.send("cancel", **{"cancel-sure": "on"}).status_code, 403)
        change = self.client.get(f"/admin/booking/show/{self.show.pk}/change/")
        self.assertNotContains(change, self.path)
        clerk.user_permissions.add(permission(CALL_OFF))
        self.assertEqual(self.client.get(self.path).status_code, 200)

    def test_show_is_called_off_once_that_is_confirmed(self) -> None:
        booking = self.book(1)
        self.send("cancel")
        self.assertEqual(Show.objects.get().cancelled_at, None)

        answer = self.send("cancel", **{"cancel-sure": "on"})

        self.assertRedirects(answer, self.path)
        self.assertIsNotNone(Show.objects.get().cancelled_at)
        page = self.client.get(self.path)
        self.assertContains(page, booking.reference)
        self.assertContains(page, "It waits for a worker.")
        self.assertEqual(LogEntry.objects.count(), 1)
        work()
        self.assertContains(self.client.get(self.path), "everybody is told")
        self.assertContains(self.client.get("/admin/booking/show/"), "called off")

    def test_what_failed_is_taken_up_again(self) -> None:
        self.book(1)
        cancel_show(show_id=self.show.pk, now=timezone.now())
        with mock.patch.object(calling_off, "call_off_booking", side_effect=OSError("no luck")):
            work()
        errands(self.show.pk).update(failed_at=timezone.now())
        self.assertContains(self.client.get(self.path), "OSError: no luck")

        self.assertRedirects(self.send("again"), self.path)
        work()

        self.assertEqual(Booking.objects.filter(cancelled_at=None).count(), 0)

    def test_show_is_moved(self) -> None:
        data = Sent(self.client.get(self.path).content.decode()).data
        start = timezone.localtime(self.show.starts_at) + timedelta(days=2)
        data |= {"operation": "move", "move-starts_at_0": f"{start:%Y-%m-%d}"}

        self.assertRedirects(self.client.post(self.path, data), self.path)

        show = Show.objects.get()
        self.assertEqual(show.starts_at, start.replace(microsecond=0))
        self.assertIsNotNone(show.moved_at)

    def test_refusal_is_said(self) -> None:
        data = Sent(self.client.get(self.path).content.decode()).data
        answer = self.client.post(
            self.path, data | {"operation": "move", "move-starts_at_0": "2001-01-01"}
        )
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(self.said(answer), ["A show moves to a time that is yet to come."])
        self.assertEqual(self.send("nonsense").status_code, 200)

    def test_form_of_a_show_called_off_changes_nothing(self) -> None:
        path = f"/admin/booking/show/{self.show.pk}/change/"
        data = Sent(self.client.get(path).content.decode()).data
        cancel_show(show_id=self.show.pk, now=timezone.now())
        answer = self.client.post(path, data | {"price": "11.00"})
        self.assertContains(answer, "This show is called off.")
        self.assertEqual(Show.objects.get().price, self.show.price)

    def test_time_that_changes_in_the_form_is_a_move(self) -> None:
        path = f"/admin/booking/show/{self.show.pk}/change/"
        data = Sent(self.client.get(path).content.decode()).data
        start = timezone.localtime(self.show.starts_at) + timedelta(days=2)
        self.client.post(path, data | {"starts_at_0": f"{start:%Y-%m-%d}"})
        self.assertIsNotNone(Show.objects.get().moved_at)

    def test_unknown_show_is_not_found(self) -> None:
        self.assertEqual(self.client.get("/admin/booking/show/1000000/call-off/").status_code, 404)
