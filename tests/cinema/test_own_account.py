"""A forgotten password, another address, one's data, and the end of an account."""

import json
import re
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.core import mail
from django.db import connection
from django.test import Client, TestCase, override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from booking.models import Booking
from booking.services.holds import place_hold
from booking.services.sales import book_seats
from cinema.accounts.models import User
from foundation.outbox import worker
from foundation.outbox.models import Message
from tests import factories

SITE = "https://frontrow.example"
NEW = "at-eleven-sharp"


@override_settings(SITE_URL=SITE)
class OwnAccountTestCase(TestCase):
    def setUp(self) -> None:
        address = "ada@example.org"
        self.user = factories.user(username="ada", email=address, confirmed_email=address)

    def work(self) -> list[Any]:
        mail.outbox.clear()
        while worker.do_next():
            pass
        return list(mail.outbox)

    def link_in(self, sent: Any) -> str:
        found = re.search(rf"{SITE}(/accounts/\S+)", sent.body)
        assert found is not None
        return found[1]

    def signs_in(self, password: str) -> bool:
        client = Client()
        client.post("/accounts/login/", {"username": "ada", "password": password})
        return SESSION_KEY in client.session


class ResetTests(OwnAccountTestCase):
    def ask(self, email: str) -> list[Any]:
        answer = self.client.post("/accounts/reset/", {"email": email})
        self.assertRedirects(answer, "/accounts/reset/asked/")
        return self.work()

    def test_link_sets_a_new_password_once(self) -> None:
        [sent] = self.ask("Ada@example.org")
        self.assertEqual(sent.to, ["ada@example.org"])
        path = self.link_in(sent)
        for _ in range(2):  # scanners follow links
            form = self.client.get(path)
            self.assertEqual(form.status_code, 302)
        page = self.client.get(form["Location"])
        self.assertContains(page, "For the account")
        self.assertEqual(page["Referrer-Policy"], "same-origin")
        self.assertNotIn(path.rpartition(".")[2], page.content.decode())
        twice = {"new_password1": NEW, "new_password2": NEW}
        self.assertRedirects(self.client.post(form["Location"], twice), "/accounts/login/")
        self.assertEqual([self.signs_in(factories.PASSWORD), self.signs_in(NEW)], [False, True])
        self.assertContains(Client().get(path), "no good any more")

    def test_link_sent_to_an_earlier_address_is_no_good(self) -> None:
        [sent] = self.ask("ada@example.org")
        User.objects.filter(pk=self.user.pk).update(confirmed_email="new@example.org")

        self.assertContains(self.client.get(self.link_in(sent)), "no good any more")

    def test_password_has_to_be_a_good_one(self) -> None:
        path = self.link_in(self.ask("ada@example.org")[0])
        form = self.client.get(path)
        page = self.client.post(
            form["Location"], {"new_password1": "12345678", "new_password2": "12345678"}
        )
        self.assertContains(page, "too common")
        self.assertTrue(self.signs_in(factories.PASSWORD))

    def test_nobody_learns_whose_an_address_is(self) -> None:
        factories.user(email="eve@example.org")  # which she has not confirmed
        asked = []
        for email in ("ada@example.org", "eve@example.org", "nobody@example.org"):
            with CaptureQueriesContext(connection) as queries:
                answer = self.client.post("/accounts/reset/", {"email": email})
            asked.append((answer.status_code, answer["Location"], len(queries)))
        self.assertEqual(len(set(asked[1:])), 1)
        self.assertEqual(asked[0][:2], asked[1][:2])
        self.assertEqual(Message.objects.count(), 3)
        self.assertEqual([one.to for one in self.work()], [["ada@example.org"]])

    def test_who_is_deactivated_or_has_no_password_gets_no_link(self) -> None:
        self.user.set_unusable_password()
        self.user.save()
        self.assertEqual(self.ask("ada@example.org"), [])
        self.user.set_password(NEW)
        self.user.is_active = False
        self.user.save()
        self.assertEqual(self.ask("ada@example.org"), [])

    @override_settings(THROTTLES=True)
    def test_one_address_asks_so_often_and_no_more(self) -> None:
        answers = [
            self.client.post("/accounts/reset/", {"email": "a@example.org"}).status_code
            for _ in range(21)
        ]
        self.assertEqual(answers, [302] * 20 + [429])


class AccountTests(OwnAccountTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.client.force_login(self.user)

    def test_page_is_for_who_is_signed_in(self) -> None:
        for path in ("", "data/", "email/", "delete/", "password/"):
            path = f"/accounts/{path}"
            self.assertRedirects(Client().get(path), f"/accounts/login/?next={path}")
            self.assertEqual(self.client.get(path).status_code, 200)
        self.assertContains(self.client.get("/accounts/"), "ada@example.org")

    def test_password_is_changed(self) -> None:
        form = {"old_password": "wrong", "new_password1": NEW, "new_password2": NEW}
        self.assertContains(self.client.post("/accounts/password/", form), "not your password")
        form["old_password"] = factories.PASSWORD
        self.assertRedirects(self.client.post("/accounts/password/", form), "/accounts/")
        self.assertEqual([self.signs_in(factories.PASSWORD), self.signs_in(NEW)], [False, True])

    @override_settings(THROTTLES=True)
    def test_password_of_now_is_guessed_at_no_faster_than_at_the_log_in(self) -> None:
        user = factories.user()
        self.client.force_login(user)
        form = {"old_password": "wrong", "new_password1": NEW, "new_password2": NEW}
        answers = [self.client.post("/accounts/password/", form).status_code for _ in range(8)]
        self.assertEqual((answers[0], answers[-1]), (200, 429))
        form["old_password"] = factories.PASSWORD
        self.assertEqual(self.client.post("/accounts/password/", form).status_code, 429)
        user.refresh_from_db()
        self.assertTrue(user.check_password(factories.PASSWORD))

    def test_address_that_is_longer_in_lower_case_is_refused_by_name(self) -> None:
        email = f"{'İ' * 60}@{'.'.join(['a' * 60] * 3)}.example"
        self.assertLess(len(email), 255)
        answer = self.client.post("/accounts/reset/", {"email": email})
        self.assertIn("email", answer.context["form"].errors)

    def test_mails_go_to_another_address_once_it_has_confirmed(self) -> None:
        form = {"email": "Ada@Elsewhere.example", "password": "wrong"}
        self.assertContains(self.client.post("/accounts/email/", form), "not your password")
        form["password"] = factories.PASSWORD
        self.assertRedirects(self.client.post("/accounts/email/", form), "/accounts/")
        [sent] = self.work()
        self.assertEqual(sent.to, ["ada@elsewhere.example"])
        self.user.refresh_from_db()
        self.assertEqual(self.user.confirmed_email, "ada@example.org")
        self.client.post(self.link_in(sent))
        self.user.refresh_from_db()
        self.assertEqual(self.user.confirmed_email, "ada@elsewhere.example")

    def test_without_an_address_no_more_mails_come(self) -> None:
        form = {"email": "", "password": factories.PASSWORD}
        self.assertRedirects(self.client.post("/accounts/email/", form), "/accounts/")
        self.user.refresh_from_db()
        self.assertEqual((self.user.email, self.user.confirmed_email), ("", ""))
        self.assertEqual(self.work(), [])

    def test_data_has_all_that_is_known(self) -> None:
        show, now = factories.show(), timezone.now()
        booking = book_seats(show_id=show.pk, seat_numbers=[1], user=self.user, now=now)
        place_hold(show_id=show.pk, selection=[5], client="x", user=self.user, now=now)
        book_seats(show_id=show.pk, seat_numbers=[9], user=factories.user(), now=now)
        answer = self.client.get("/accounts/data/")
        self.assertIn("attachment", answer["Content-Disposition"])
        data = json.loads(answer.content)
        self.assertEqual(data["account"]["confirmed_email"], "ada@example.org")
        self.assertEqual([one["reference"] for one in data["bookings"]], [booking.reference])
        self.assertEqual(
            data["bookings"][0]["tickets"], [{"seat": "A1", "type": "adult", "price": "10.00"}]
        )
        self.assertEqual([one["seat_numbers"] for one in data["holds"]], [[5]])
        self.assertEqual([one["kind"] for one in data["mails"]], ["mail.booked"])

    def test_account_is_deleted_by_its_owner_alone(self) -> None:
        show = factories.show()
        now = timezone.now()
        booking = book_seats(show_id=show.pk, seat_numbers=[1], user=self.user, now=now)
        self.assertContains(self.client.get("/accounts/delete/"), "1 booking kept without a name")
        wrong = self.client.post("/accounts/delete/", {"password": "wrong"})
        self.assertContains(wrong, "not your password")
        Client().post("/accounts/reset/", {"email": "ada@example.org"})
        gone = self.client.post("/accounts/delete/", {"password": factories.PASSWORD})
        self.assertRedirects(gone, "/")
        self.assertFalse(User.objects.filter(username="ada").exists())
        self.assertNotIn(SESSION_KEY, self.client.session)
        self.assertEqual(Booking.objects.get(pk=booking.pk).cancelled_at, None)
        self.assertEqual(Message.objects.count(), 0)

    @override_settings(THROTTLES=True)
    def test_passwords_are_not_guessed_here_either(self) -> None:
        answers = [
            self.client.post("/accounts/delete/", {"password": "wrong"}).status_code
            for _ in range(8)
        ]
        self.assertEqual(answers[0], 200)
        self.assertEqual(answers[-1], 429)
        self.assertTrue(User.objects.filter(username="ada").exists())
