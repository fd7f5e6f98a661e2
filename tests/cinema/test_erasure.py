"""Somebody is erased: nothing says who they were, and the books still balance."""

from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any
from unittest import mock
from uuid import uuid4

from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.contrib.sessions.models import Session
from django.core import serializers
from django.core.management import CommandError, call_command
from django.db.models import RestrictedError
from django.test import Client, TestCase
from django.utils import timezone

from booking.models import Booking, Hold, SeatChange, Ticket, WaitlistEntry
from booking.rules import HOLD_TIME
from booking.selectors import seat_map
from booking.services.blocks import block_seats, unblock_seats
from booking.services.holds import place_hold, release_hold
from booking.services.sales import book_seats
from booking.services.waitlist import join_waitlist
from cinema.accounts.models import TokenFamily, User
from cinema.accounts.services import log_in
from cinema.erasure import erase_user
from foundation.errors import UserNotFound
from foundation.idempotency.models import StoredAnswer
from foundation.web.idempotency import FORM_FIELD
from tests import factories
from tests.ledger import check_books

NOW = datetime(2030, 5, 1, 12, tzinfo=UTC)


class ErasureCase(TestCase):
    def setUp(self) -> None:
        self.show = factories.show(plan="SSSSS", starts_at=NOW + timedelta(days=1))
        self.user = factories.user(username="ada", email="ada@example.com", first_name="Ada")

    def tearDown(self) -> None:
        check_books(self, self.show.pk)

    def hold(self, *seat_numbers: int, user: Any = None, now: datetime = NOW) -> str:
        client = f"user:{user.pk}" if user else "address:1"
        return place_hold(
            show_id=self.show.pk, selection=seat_numbers, client=client, user=user, now=now
        ).token

    def book(self, *seat_numbers: int, user: Any = None) -> Booking:
        return book_seats(
            show_id=self.show.pk, seat_numbers=seat_numbers, user=user or self.user, now=NOW
        )

    def join(self, seat_number: int, user: Any) -> WaitlistEntry:
        return join_waitlist(show_id=self.show.pk, seat_number=seat_number, user=user, now=NOW)

    def erase(self, now: datetime = NOW, by: Any = None) -> None:
        erase_user(user_id=self.user.pk, now=now, by=by)

    def states(self) -> str:
        return seat_map.states(self.show.pk).states


class ErasedUserTests(ErasureCase):
    def test_who_has_nothing_is_deleted(self) -> None:
        self.erase()
        self.assertEqual(User.objects.count(), 0)

    def test_who_is_gone_is_named(self) -> None:
        self.erase()
        with self.assertRaises(UserNotFound):
            self.erase()

    def test_expired_hold_does_not_block(self) -> None:
        self.hold(1, 2, user=self.user)
        with self.assertRaises(RestrictedError):
            self.user.delete()  # what deleting the row alone comes to
        self.erase(now=NOW + HOLD_TIME)
        self.assertEqual((User.objects.count(), Hold.objects.count()), (0, 0))
        self.assertEqual(self.states(), "aaaaa")

    def test_live_hold_is_released_and_every_screen_hears_of_it(self) -> None:
        self.hold(1, 2, user=self.user)
        with (
            mock.patch("booking.events.publish") as publish,
            self.captureOnCommitCallbacks(execute=True),
        ):
            self.erase()
        self.assertEqual(self.states(), "aaaaa")
        self.assertIn('"changes":[[1,"a"],[2,"a"]]', publish.call_args.kwargs["text"])

    def test_held_seat_goes_to_the_next_on_the_waitlist(self) -> None:
        other = factories.user()
        self.hold(1, user=self.user)
        self.join(1, other)
        self.erase()
        self.assertEqual((self.states(), Hold.objects.get().user), ("haaaa", other))

    def test_seat_held_offered_is_released(self) -> None:
        token = self.hold(1)
        self.join(1, self.user)
        release_hold(token=token, user=None, now=NOW)
        self.assertEqual(Hold.objects.get(ended_at=None).user, self.user)
        self.erase()
        self.assertEqual((self.states(), WaitlistEntry.objects.count()), ("aaaaa", 0))

    def test_who_waits_gives_up_their_place(self) -> None:
        token = self.hold(1)
        self.join(1, self.user)
        self.erase()
        release_hold(token=token, user=None, now=NOW)
        self.assertEqual(self.states(), "aaaaa")

    def test_holds_of_several_shows_are_released(self) -> None:
        other = factories.show(plan="SS", starts_at=NOW + timedelta(days=2))
        self.hold(1, user=self.user)
        self.hold(3, user=self.user)
        place_hold(
            show_id=other.pk, selection=[2], client=f"user:{self.user.pk}", user=self.user, now=NOW
        )
        self.erase()
        self.assertEqual((self.states(), seat_map.states(other.pk).states), ("aaaaa", "aa"))
        check_books(self, other.pk)

    def test_bookings_stay_under_no_name(self) -> None:
        past = factories.show(plan="SS", starts_at=NOW + timedelta(hours=1))
        book_seats(show_id=past.pk, seat_numbers=[1], user=self.user, now=NOW)
        coming = self.book(4, 5)
        before = list(Ticket.objects.order_by("pk").values())
        self.erase(now=NOW + timedelta(hours=2))

        (nobody,) = User.objects.all()
        self.assertRegex(nobody.username, r"^erased-[0-9a-f]{16}$")
        self.assertEqual(
            (nobody.email, nobody.first_name, nobody.is_active, nobody.has_usable_password()),
            ("", "", False, False),
        )
        self.assertEqual({booking.user for booking in Booking.objects.all()}, {nobody})
        self.assertEqual(list(Ticket.objects.order_by("pk").values()), before)
        coming.refresh_from_db()
        self.assertEqual((coming.status, self.states()), ("confirmed", "aaabb"))
        check_books(self, past.pk)

    def test_log_ins_and_stored_answers_go(self) -> None:
        self.book(1)
        log_in(username="ada", password=factories.PASSWORD, now=NOW)
        browser, other = Client(), Client()
        browser.force_login(self.user)
        other.force_login(factories.user())
        for client in (f"user:{self.user.pk}", "address:1"):
            StoredAnswer.objects.create(
                client=client, key="k", fingerprint="", body={}, created_at=NOW
            )
        self.erase()
        self.assertEqual((TokenFamily.objects.count(), Session.objects.count()), (0, 1))
        self.assertEqual(StoredAnswer.objects.get().client, "address:1")
        self.assertFalse(browser.get("/").context["user"].is_authenticated)

    def test_what_they_did_as_staff_stays_under_no_name(self) -> None:
        self.user.is_staff = self.user.is_superuser = True
        self.user.save()
        block_seats(
            show_id=self.show.pk, seat_numbers=[1], reason="by ada", staff=self.user, now=NOW
        )
        unblock_seats(show_id=self.show.pk, seat_numbers=[1], staff=self.user, now=NOW)
        adam = factories.user(username="adam")
        block_seats(show_id=self.show.pk, seat_numbers=[2], reason="wet", staff=adam, now=NOW)
        sold = f"Sold A4 to {self.user}: K7MQ-4TXP."
        LogEntry.objects.create(user=self.user, action_flag=2, change_message=sold)
        self.erase()

        entry = LogEntry.objects.get()
        nobody = entry.user
        self.assertRegex(nobody.username, "^erased-")
        self.assertEqual(entry.change_message, f"Sold A4 to {nobody}: K7MQ-4TXP.")
        self.assertEqual(
            list(SeatChange.objects.order_by("pk").values_list("note", flat=True)),
            [f"blocked by {nobody}: by ada", f"unblocked by {nobody}", "blocked by adam: wet"],
        )

    def test_nothing_happens_when_it_fails_half_way(self) -> None:
        self.hold(1, user=self.user)
        self.book(2)
        with (
            mock.patch("cinema.erasure.User.delete", side_effect=RuntimeError),
            self.assertRaises(RuntimeError),
        ):
            self.erase()
        self.assertEqual((self.states(), User.objects.get()), ("hbaaa", self.user))


class ErasingInTheAdminTests(ErasureCase):
    def setUp(self) -> None:
        super().setUp()
        self.staff = factories.user(username="clerk", is_staff=True, is_superuser=True)
        self.client.force_login(self.staff)
        now = timezone.now()
        book_seats(show_id=self.show.pk, seat_numbers=[1], user=self.user, now=now)
        self.hold(2, user=self.user, now=now)

    def test_page_says_what_will_happen_and_then_it_does(self) -> None:
        path = f"/admin/accounts/user/{self.user.pk}/delete/"
        self.assertContains(
            self.client.get(path),
            "ada: The account is erased; 1 booking kept without a name, 1 to come. "
            "Held seats are released (1 hold).",
        )
        answer = self.client.post(path, {"post": "yes"})
        self.assertRedirects(answer, "/admin/accounts/user/")
        self.assertFalse(User.objects.filter(username="ada").exists())
        self.assertEqual(self.states(), "baaaa")
        entry = LogEntry.objects.get()
        self.assertEqual(
            (entry.user, entry.object_repr, entry.change_message),
            (self.staff, "erased account", "Erased."),
        )

    def test_nothing_in_the_database_says_who_it_was(self) -> None:
        name = "xylophonist"
        user = factories.user(
            username=name, email=f"{name}@example.com", last_name=name, is_staff=True
        )
        user.user_permissions.set(Permission.objects.filter(codename="change_show"))
        path = f"/till/{self.show.pk}/"
        sold = {"operation": "sell", "sell-seats": "A4", "sell-username": name}
        self.client.post(path, sold | {FORM_FIELD: str(uuid4())})
        blocked = {"operation": "block", "block-seats": "A5", "block-reason": "wet"}
        self.client.force_login(user)
        self.client.post(path, blocked | {FORM_FIELD: str(uuid4())})
        log_in(username=name, password=factories.PASSWORD, now=timezone.now())
        self.assertEqual(self.states(), "bhabx")
        # Its three fields, what the counter logged, and the note of the blocked seat.
        self.assertEqual(self.everything().count(name), 5)

        self.client.force_login(self.staff)
        self.client.post(f"/admin/accounts/user/{user.pk}/delete/", {"post": "yes"})

        self.assertEqual(self.everything().count(name), 0)
        self.assertEqual(self.states(), "bhabx")

    def everything(self) -> str:
        """Return all rows of all tables."""
        return "\n".join(
            serializers.serialize("json", model._default_manager.all())
            for model in apps.get_models()
        )

    def test_selected_people_are_erased(self) -> None:
        other = factories.user()
        data: dict[str, Any] = {
            "action": "delete_selected",
            "_selected_action": [self.user.pk, other.pk],
        }
        asked = self.client.post("/admin/accounts/user/", data)
        self.assertContains(asked, f"{other}: The account is deleted.")
        self.assertContains(asked, "ada: The account is erased;")
        self.client.post("/admin/accounts/user/", data | {"post": "yes"})
        left = User.objects.exclude(pk=self.staff.pk)
        self.assertEqual([user.is_active for user in left], [False])

    def test_one_can_erase_oneself(self) -> None:
        answer = self.client.post(
            f"/admin/accounts/user/{self.staff.pk}/delete/", {"post": "yes"}, follow=True
        )
        self.assertEqual(answer.status_code, 200)
        self.assertFalse(User.objects.filter(username="clerk").exists())
        self.assertRegex(LogEntry.objects.get().user.username, "^erased-")


class EraseUserCommandTests(ErasureCase):
    def run_command(self, *arguments: str) -> str:
        out = StringIO()
        call_command("eraseuser", *arguments, stdout=out)
        return out.getvalue()

    def test_it_erases(self) -> None:
        self.assertEqual(
            self.run_command("Ada", "--no-input"), "ada: The account is deleted.\nErased.\n"
        )
        self.assertEqual(User.objects.count(), 0)

    def test_it_asks(self) -> None:
        with (
            mock.patch("builtins.input", return_value="no"),
            self.assertRaisesMessage(CommandError, "Nothing was erased."),
        ):
            self.run_command("ada")
        with mock.patch("builtins.input", return_value="yes"):
            self.run_command("ada")
        self.assertEqual(User.objects.count(), 0)

    def test_an_unknown_user_is_named(self) -> None:
        with self.assertRaisesMessage(CommandError, "There is no user nobody."):
            self.run_command("nobody", "--no-input")
