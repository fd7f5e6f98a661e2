"""Staff sell and block seats of a show at the till."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from unittest import mock

from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.contrib.messages import get_messages
from django.test import TestCase
from django.utils import timezone

from booking.models import Booking, SeatChange, Show, Taking, Ticket
from booking.selectors import seat_map
from booking.services.holds import place_hold, release_hold
from booking.services.sales import book_seats
from booking.services.shows import change_show
from booking.services.waitlist import join_waitlist
from booking.terms import terms_of
from tests import factories
from tests.commits import CommitTestCase


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


class SellTest(CounterTestCase):
    def test_seats_are_sold_to_an_account(self) -> None:
        ada = factories.user(username="ada")
        response = self.send("sell", seats="b1, A2", username="Ada")
        booking = Booking.objects.get()
        receipt = f"/till/bookings/{booking.reference}/"
        self.assertRedirects(response, receipt, fetch_redirect_response=False)
        self.assertEqual((booking.user, self.states()), (ada, "abaaabaaaa"))
        sold = f"Sold A2, B1 to ada: {booking.reference}. €20.00 to be paid later."
        self.assertEqual(self.said(response), [sold])
        entry = LogEntry.objects.get()
        self.assertEqual(
            (entry.user, entry.get_edited_object(), entry.get_change_message()),
            (self.staff, self.show, sold),
        )

    def test_seats_are_sold_at_the_price_that_the_form_shows_or_not_at_all(self) -> None:
        page = self.client.get(self.path)
        self.assertContains(page, "A seat costs €10.00, premium €13.00.")
        shown = terms_of(self.show)
        self.assertContains(page, f'<input type="hidden" name="sell-terms" value="{shown}"')
        change_show(show_id=self.show.pk, now=timezone.now(), price=Decimal("12.00"))

        response = self.send("sell", seats="A1", terms=shown)

        self.assertEqual(self.said(response), ["The price is now €12.00 instead of €10.00."])
        self.assertEqual(self.states(), "aaaaaaaaaa")
        self.assertContains(response, "A seat costs €12.00, premium €15.00.", status_code=409)
        now = terms_of(Show.objects.get())
        agreeing = f'<input type="hidden" name="sell-terms" value="{now}"'
        self.assertContains(response, agreeing, status_code=409)
        self.send("sell", seats="A1", terms=now)
        self.assertEqual(self.states(), "baaaaaaaaa")

    def test_seats_are_sold_to_nobodys_account_unless_one_is_named(self) -> None:
        self.send("sell", seats="1 10")
        booking = Booking.objects.get()
        self.assertEqual((booking.user, booking.email, self.states()), (None, "", "baaaaaaaab"))

    def test_price_is_taken_with_the_sale_and_the_change_is_said(self) -> None:
        response = self.send("sell", seats="A1 A2", method="cash", given="50")
        booking = Booking.objects.get()
        said = f"Sold A1, A2: {booking.reference}. €20.00 taken, cash. Change of €50.00: €30.00."
        self.assertEqual(self.said(response), [said])
        taken = Taking.objects.get()
        self.assertEqual(
            (taken.booking, taken.amount, taken.method, taken.by),
            (booking, Decimal("20.00"), "cash", self.staff),
        )

    def test_types_of_tickets_follow_a_colon(self) -> None:
        self.show = factories.show(by=factories.price_list())
        self.assertContains(self.client.get(self.path), "A1:child, A1:student")
        self.send("sell", seats="A1 A2:child a3:Student A4:adult", method="card")
        tickets = Ticket.objects.order_by("seat_number").values_list("type", "price")
        self.assertEqual(
            [(kind, str(price)) for kind, price in tickets],
            [("adult", "10.00"), ("child", "7.00"), ("student", "8.50"), ("adult", "10.00")],
        )
        self.assertEqual(Taking.objects.get().amount, Decimal("35.50"))
        response = self.send("sell", seats="B1:dog")
        refusal = {"seats": ["This show has no ticket of type dog."]}
        self.assertEqual(self.errors(response, "sell"), refusal)

    def test_amounts_are_right_or_refused_and_never_cut(self) -> None:
        for given in ("8,50", "1.234,50", "8.505", "NaN", "-1"):
            with self.subTest(given):
                response = self.send("sell", seats="A1", method="cash", given=given)
                self.assertEqual(list(self.errors(response, "sell")), ["given"])
        response = self.send("sell", seats="A1", method="online")
        self.assertEqual(list(self.errors(response, "sell")), ["method"])
        self.assertEqual(self.states(), "aaaaaaaaaa")

    def test_free_seat_is_sold_without_a_taking(self) -> None:
        self.show = factories.show(price="0.00")
        self.send("sell", seats="A1", method="cash")
        self.assertEqual((self.states()[0], Taking.objects.count()), ("b", 0))

    def test_scripts_get_where_to_go_on_or_why_not(self) -> None:
        form = {"operation": "sell", "sell-seats": "A1", "key": "once"}
        for _ in range(2):
            answer = self.client.post(self.path, form, headers={"Accept": "application/json"})
            reference = Booking.objects.get().reference
            self.assertEqual(answer.json(), {"url": f"/till/bookings/{reference}/"})
        headers = {"Accept": "application/json"}
        taken = self.client.post(self.path, form | {"key": "twice"}, headers=headers)
        self.assertEqual((taken.status_code, taken.json()["code"]), (409, "seat_taken"))
        unknown = self.client.post(self.path, form | {"sell-seats": "Z9"}, headers=headers)
        self.assertEqual(
            (unknown.status_code, unknown.json()), (400, {"detail": "This show has no seat Z9."})
        )

    def test_form_that_is_sent_twice_sells_once_and_says_so_once(self) -> None:
        form = {"operation": "sell", "sell-seats": "A1", "key": "once"}
        self.client.post(self.path, form)

        second = self.client.post(self.path, form)

        reference = Booking.objects.get().reference
        said = f"Sold A1: {reference}. €10.00 to be paid later."
        self.assertEqual(self.said(second), [said])
        self.assertEqual(LogEntry.objects.count(), 1)

    def test_refusal_is_a_message_and_the_form_stays(self) -> None:
        self.send("sell", seats="A1")
        self.client.get("/admin/")
        response = self.send("sell", seats="A1 A2")
        self.assertTrue(self.said(response)[-1].startswith("Seat A1 was taken "))
        self.assertContains(response, 'value="A1 A2"', status_code=409)
        self.assertEqual(self.states(), "baaaaaaaaa")
        self.assertEqual(LogEntry.objects.count(), 1)

    def test_what_cannot_be_meant_is_refused_in_the_form(self) -> None:
        response = self.send("sell", seats="A1 Z9 11", username="nobody")
        self.assertEqual(
            self.errors(response, "sell"),
            {
                "seats": ["This show has no seat Z9, 11."],
                "username": ["There is no account of this name."],
            },
        )
        response = self.send("sell", seats=" , ")
        self.assertIn("Choose at least one seat.", self.said(response))
        factories.user(username="gone", is_active=False)
        response = self.send("sell", seats="A1", username="gone")
        self.assertEqual(list(self.errors(response, "sell")), ["username"])
        self.assertEqual(Booking.objects.count(), 0)

    def test_show_that_started_sells_nothing(self) -> None:
        self.show = factories.show(starts_at=timezone.now() - timedelta(minutes=1))
        self.assertEqual(self.said(self.send("sell", seats="A1")), ["The show has started."])


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


class CounterCommitTest(CommitTestCase):
    """With real transactions, which a service must open by itself."""

    def test_sale_is_committed_and_told(self) -> None:
        show: Show = factories.show()
        self.client.force_login(factories.user(is_staff=True, is_superuser=True))
        with mock.patch("booking.events.publish") as publish:
            response = self.client.post(
                f"/till/{show.pk}/",
                {"operation": "sell", "sell-seats": "A1"},
            )
        self.assertEqual(response.status_code, 302)
        self.assertEqual(publish.call_args.kwargs["text"], SeatChange.objects.get().text)


class DeletionTest(CounterTestCase):
    def test_show_with_held_seats_is_deleted_with_all_that_hangs_on_it(self) -> None:
        place_hold(
            show_id=self.show.pk, selection=[1], client="address:1", user=None, now=timezone.now()
        )
        path = f"/admin/booking/show/{self.show.pk}/delete/"
        self.client.post(path, {"post": "yes"})
        self.assertEqual(Show.objects.count(), 0)
