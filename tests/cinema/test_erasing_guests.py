"""A guest is erased: nothing says who it was, nothing is sent, and the books balance."""

from io import StringIO
from unittest import mock

from django.contrib.auth.models import Permission
from django.core.management import CommandError, call_command
from django.test import TestCase
from django.utils import timezone

from booking.buyers import Buyer
from booking.models import Booking
from booking.selectors.money import account_of
from booking.services.amendments import cancel_booking
from cinema.erasure import erase_guest, erase_user
from foundation.outbox.models import Message
from payments.models import Payment, Refund
from tests import factories
from tests.booking.pages.test_guests import ADA, booking_of, page_of
from tests.booking.test_admin import AdminTestCase
from tests.ledger import check_books
from tests.payments.case import Paying

ERASE = "erase_guests"


class ErasingTests(TestCase):
    def setUp(self) -> None:
        self.show = factories.show()
        self.booking = booking_of(self.show, 1)
        self.other = booking_of(self.show, 3, email="bob@example.org")

    def tearDown(self) -> None:
        check_books(self, self.show.pk)

    def test_bookings_are_nobodys_and_mails_are_gone(self) -> None:
        page = page_of(self.booking)
        self.assertEqual(erase_guest(email=ADA), 1)
        self.assertEqual(
            set(Booking.objects.values_list("email", "user")),
            {("", None), ("bob@example.org", None)},
        )
        self.assertEqual(self.client.get(page).status_code, 404)
        self.assertEqual(self.client.get(page_of(self.other)).status_code, 200)
        abouts = Message.objects.values_list("about", flat=True)
        self.assertEqual(list(abouts), ["guest:bob@example.org"])
        self.assertEqual(self.booking.tickets.filter(cancelled_at=None).count(), 1)

    def test_command_asks_first(self) -> None:
        with mock.patch("builtins.input", return_value="no"), self.assertRaises(CommandError):
            call_command("eraseguest", ADA)
        out = StringIO()
        call_command("eraseguest", "Ada@example.org", "--no-input", stdout=out)
        self.assertIn("1", out.getvalue())
        self.assertFalse(Booking.objects.filter(email=ADA).exists())
        with self.assertRaises(CommandError):
            call_command("eraseguest", "ada", "--no-input")


class ErasingWhoPaysTests(Paying, TestCase):
    def setUp(self) -> None:
        self.set_up()

    def tearDown(self) -> None:
        check_books(self, self.show.pk)

    def test_refund_arrives_though_the_guest_is_erased(self) -> None:
        payment = self.paid(1)
        assert payment.booking is not None
        cancel_booking(booking_id=payment.booking.pk, user=None, now=timezone.now())
        erase_guest(email=ADA)
        self.work()
        refund = Refund.objects.get()
        self.assertEqual((refund.state, refund.amount), (Refund.State.DONE, payment.amount))
        account = account_of(payment.booking)
        self.assertEqual((account.owed, account.paid), (0, 0))

    def test_refund_arrives_though_the_account_is_erased(self) -> None:
        user = factories.user(confirmed_email="ann@example.org")
        payment = self.paid(1, buyer=Buyer(user))
        assert payment.booking is not None
        cancel_booking(booking_id=payment.booking.pk, user=user, now=timezone.now())
        erase_user(user_id=user.pk, now=timezone.now())
        self.assertFalse(Message.objects.filter(about=f"user:{user.pk}").exists())
        self.work()
        self.assertEqual(Refund.objects.get().state, Refund.State.DONE)
        account = account_of(Booking.objects.get())
        self.assertEqual((account.owed, account.paid), (0, 0))

    def test_late_notice_restores_nothing_and_the_promise_is_given_back(self) -> None:
        user = factories.user(confirmed_email="ann@example.org")
        for seat, buyer in ((1, Buyer(email=ADA)), (3, Buyer(user))):
            with self.subTest(buyer):
                payment = self.start(self.hold(seat), buyer=buyer)
                if buyer.user is None:
                    erase_guest(email=ADA)
                else:
                    erase_user(user_id=user.pk, now=timezone.now())
                pretended = self.use(payment)
                self.work()
                payment.refresh_from_db()
                pretended.refresh_from_db()
                self.assertEqual(payment.state, Payment.State.CANCELLED)
                self.assertEqual((payment.email, payment.user_id), ("", None))
                self.assertEqual(pretended.status, "cancelled")
        self.assertFalse(Booking.objects.exists())
        self.assertFalse(Message.objects.filter(kind__startswith="mail.").exists())


class ErasingInTheAdminTests(AdminTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.booking = booking_of(factories.show(), 1)
        self.form = {"action": ERASE, "_selected_action": [self.booking.pk]}

    def test_page_asks_and_the_button_erases(self) -> None:
        self.assertContains(self.post("booking/booking/", self.form), ADA)
        self.assertEqual(Booking.objects.get().email, ADA)
        self.post("booking/booking/", self.form | {"erase": "Yes, erase"})
        self.assertEqual(Booking.objects.get().email, "")
        self.assertContains(self.post("booking/booking/", self.form), "None of these bookings")

    def test_who_may_not_erase_users_erases_no_guest(self) -> None:
        clerk = factories.user(is_staff=True)
        clerk.user_permissions.set(
            Permission.objects.filter(codename__in=["view_booking", "change_booking"])
        )
        self.client.force_login(clerk)
        self.post("booking/booking/", self.form | {"erase": "Yes, erase"})
        self.assertEqual(Booking.objects.get().email, ADA)
