"""Staff cancel and block seats of a show at the till, and who may."""

from django.contrib.admin.models import LogEntry
from django.utils import timezone

from booking.models import Booking, SeatChange, Show
from booking.selectors import seat_map
from booking.services.holds import place_hold, release_hold
from booking.services.sales import book_seats
from booking.services.waitlist import join_waitlist
from tests import factories
from tests.booking.pages.counter import CounterTestCase


class CancelTest(CounterTestCase):
    def book(self, *seat_numbers: int) -> Booking:
        return book_seats(
            show_id=self.show.pk,
            seat_numbers=seat_numbers,
            user=factories.user(),
            now=timezone.now(),
        )

    def test_single_tickets_are_cancelled_whoever_booked_them(self) -> None:
        booking = self.book(1, 2)

        response = self.send("cancel", seats="A1")

        said = f"Cancelled A1 of {booking.reference}."
        self.assertEqual((self.said(response), self.states()), ([said], "abaaaaaaaa"))
        self.assertEqual(LogEntry.objects.get().get_change_message(), said)
        self.send("cancel", seats="A2")
        booking.refresh_from_db()
        self.assertEqual(booking.status, "cancelled")

    def test_seats_of_nobody_or_of_several_are_refused_in_the_form(self) -> None:
        references = sorted([self.book(1).reference, self.book(2).reference])
        for seats, error in (
            ("A1 A3 B1", "Not sold: A3, B1."),
            ("A1 A2", f"One booking at a time; these seats are of {', '.join(references)}."),
        ):
            with self.subTest(seats):
                response = self.send("cancel", seats=seats)
                self.assertEqual(self.errors(response, "cancel"), {"seats": [error]})
        self.assertEqual(self.states(), "bbaaaaaaaa")

    def test_cancelling_takes_its_permission(self) -> None:
        self.book(1)
        self.be_clerk_who_may("view_show", "add_booking", "change_show")

        self.assertEqual(self.send("cancel", seats="A1").status_code, 403)
        self.assertEqual(self.states(), "baaaaaaaaa")


class BlockTest(CounterTestCase):
    def test_seats_are_blocked_with_a_reason_and_unblocked(self) -> None:
        response = self.send("block", seats="A5 A4", reason="Broken hinge")
        self.assertEqual(self.said(response), ["Blocked A4, A5: Broken hinge"])
        self.assertEqual(self.states(), "aaaxxaaaaa")
        self.send("unblock", seats="A4")
        self.assertEqual(self.states(), "aaaaxaaaaa")
        self.assertEqual(
            list(SeatChange.objects.order_by("version").values_list("note", flat=True)),
            ["blocked by clerk: Broken hinge", "unblocked by clerk"],
        )
        self.assertEqual(LogEntry.objects.filter(user=self.staff).count(), 2)

    def test_blocking_takes_a_reason_that_the_log_has_room_for(self) -> None:
        response = self.send("block", seats="A1", reason="")
        self.assertEqual(self.errors(response, "block"), {"reason": ["This field is required."]})
        response = self.send("block", seats="A1", reason="x" * 121)
        self.assertEqual(list(self.errors(response, "block")), ["reason"])
        self.staff.username = "c" * 150
        self.staff.save()
        self.send("block", seats="A1", reason="x" * 120)
        self.assertEqual(self.states(), "xaaaaaaaaa")

    def test_seat_that_is_not_blocked_cannot_be_unblocked(self) -> None:
        self.assertEqual(self.said(self.send("unblock", seats="A1")), ["A1: not blocked."])

    def test_held_seat_is_not_blocked(self) -> None:
        self.hold(1)
        response = self.send("block", seats="A1", reason="Broken")
        [said] = self.said(response)
        self.assertTrue(said.startswith("Seat A1 was taken "), said)

    def hold(self, *seat_numbers: int) -> None:
        place_hold(
            show_id=self.show.pk,
            selection=seat_numbers,
            client="address:1",
            user=None,
            now=timezone.now(),
        )

    def test_page_shows_seats_and_last_changes_with_their_notes(self) -> None:
        self.hold(1, 2)
        self.send("sell", seats="B1")
        self.send("block", seats="B5", reason="<b>Spilt cola</b>")
        response = self.client.get(self.path)
        seats = {word: " ".join(labels) for word, labels in response.context["seats_by_state"]}
        self.assertEqual(
            seats,
            {"free": "A3 A4 A5 B2 B3 B4", "held": "A1 A2", "sold": "B1", "blocked": "B5"},
        )
        self.assertEqual(
            [(change.version, words) for change, words in response.context["changes"]],
            [(3, "B5 blocked"), (2, "B1 sold"), (1, "A1, A2 held")],
        )
        self.assertContains(response, "blocked by clerk: &lt;b&gt;Spilt cola&lt;/b&gt;")

    def test_page_tells_an_offer_from_an_ordinary_hold(self) -> None:
        now, ada = timezone.now(), factories.user(username="ada")
        token = place_hold(
            show_id=self.show.pk, selection=[1, 2], client="a", user=None, now=now
        ).token
        join_waitlist(show_id=self.show.pk, seat_number=1, user=ada, now=now)
        release_hold(token=token, user=None, now=now)

        changes = self.client.get(self.path).context["changes"]

        self.assertEqual(
            [words for _, words in changes], ["A1 held and offered to ada; A2 free", "A1, A2 held"]
        )

    def test_page_takes_the_same_queries_however_much_happened(self) -> None:
        for seat_numbers in ("A1", "A2 A3 A4", "B1"):
            self.send("sell", seats=seat_numbers)
            self.client.get(self.path)
            # The session, the user, the show, the states of its seats and the changes.
            with self.subTest(seat_numbers), self.assertNumQueries(5):
                self.client.get(self.path)

    def test_show_page_leads_there(self) -> None:
        page = self.client.get(f"/admin/booking/show/{self.show.pk}/change/")
        self.assertContains(page, f'href="{self.path}"')


class WhoMayTest(CounterTestCase):
    def offered(self) -> list[str]:
        return list(self.client.get(self.path).context["forms"])

    def test_clerk_may_what_the_permissions_say(self) -> None:
        for permissions, allowed in (
            (["take_money"], []),
            (["add_booking"], ["sell"]),
            (["change_booking"], ["cancel"]),
            (["change_show"], ["block", "unblock"]),
            (["change_show", "add_booking"], ["sell", "block", "unblock"]),
        ):
            self.be_clerk_who_may(*permissions)
            with self.subTest(permissions):
                self.assertEqual(self.offered(), allowed)

    def test_what_is_not_allowed_is_forbidden_and_does_nothing(self) -> None:
        for permissions in (["view_show"], ["take_money"], []):
            self.be_clerk_who_may(*permissions)
            for operation in ("sell", "block", "unblock", "exchange", "paint"):
                with self.subTest(operation, permissions=permissions):
                    response = self.send(operation, seats="A1", reason="No")
                    self.assertEqual(response.status_code, 403)
        self.assertEqual(seat_map.checkpoint(self.show.pk).version, 0)
        self.assertEqual(LogEntry.objects.count(), 0)

    def test_others_are_sent_to_the_log_in(self) -> None:
        log_in = f"/accounts/login/?next={self.path}"
        self.client.force_login(factories.user())
        self.assertEqual(self.send("sell", seats="A1").status_code, 403)
        self.client.logout()
        self.assertRedirects(self.send("block", seats="A1", reason="No"), log_in)
        self.assertRedirects(self.client.get(self.path), log_in)
        self.assertEqual(seat_map.checkpoint(self.show.pk).version, 0)

    def test_show_that_is_not_there(self) -> None:
        self.show.delete()
        self.show.pk = 999
        self.assertEqual(self.client.get(self.path).status_code, 404)
        self.be_clerk_who_may()
        self.assertEqual(self.client.get(self.path).status_code, 403)


class DeletionTest(CounterTestCase):
    def test_show_with_held_seats_is_deleted_with_all_that_hangs_on_it(self) -> None:
        place_hold(
            show_id=self.show.pk, selection=[1], client="address:1", user=None, now=timezone.now()
        )
        path = f"/admin/booking/show/{self.show.pk}/delete/"
        self.client.post(path, {"post": "yes"})
        self.assertEqual(Show.objects.count(), 0)
