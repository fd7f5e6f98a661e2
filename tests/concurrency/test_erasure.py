"""Somebody is erased while they hold and book."""

import threading
from collections import Counter
from typing import Any
from unittest import mock

from django.db import connections
from django.db.models import ProtectedError
from django.test import override_settings, tag
from rest_framework.test import APIClient
from rest_framework_simplejwt.tokens import AccessToken

from booking.models import Booking, Hold
from cinema import erasure
from cinema.accounts.models import User
from cinema.erasure import erase_user
from tests import factories
from tests.concurrency.hold_case import DONE, HoldRaceTestCase, each_round
from tests.ledger import check_books
from tests.racing import LONGEST_SECONDS, Racers, somebody_waits, without_row_locks
from tests.waiting import until


@tag("race")
@override_settings(THROTTLES=False)
class ErasureRaceTests(HoldRaceTestCase):
    def ask(self, method: str, path: str, body: Any) -> str:
        """Ask the API as the user and return what became of it: done, or the refusal's code."""
        client = APIClient(raise_request_exception=False)
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {AccessToken.for_user(self.user)}")
        answer = getattr(client, method)(f"/api/{path}", body, format="json")
        return DONE if answer.status_code < 300 else str(answer.data["code"])

    def erase(self) -> None:
        erase_user(user_id=self.user.pk, now=self.now)

    def test_what_is_under_way_is_done_before_or_not_at_all(self) -> None:
        seen = Counter[str]()
        with Racers(6) as racers:

            @each_round
            def _() -> None:
                self.user = factories.user()
                show_id = self.new_show("SSSSSSSS")
                token = self.hold(show_id, 1, user=self.user)
                book, hold = f"shows/{show_id}/book/", f"shows/{show_id}/hold/"
                self.ask("post", book, {"seat_number": 2})

                outcomes = self.race(
                    racers,
                    self.erase,
                    lambda: seen.update([self.ask("post", book, {"seat_number": 3})]),
                    lambda: seen.update([self.ask("post", book, {"seat_number": 4})]),
                    lambda: seen.update([self.ask("post", hold, {"seat_numbers": [5]})]),
                    lambda: seen.update([self.ask("post", book, {"hold": token})]),
                    lambda: seen.update(
                        [self.ask("put", f"holds/{token}/", {"seat_numbers": [6, 7]})]
                    ),
                )

                self.assertEqual(outcomes, [DONE] * 6)
                self.assertEqual(User.objects.filter(pk=self.user.pk).count(), 0)
                owners = {str(booking.user)[:7] for booking in Booking.objects.all()}
                self.assertEqual(owners, {"erased-"})
                self.assertEqual(Hold.objects.filter(show=show_id).count(), 0)
                self.assertNotIn("h", self.states(show_id))
                check_books(self, show_id)

        known = {DONE, "hold_ended", "hold_not_found", "user_not_found"}
        self.assertLessEqual(set(seen), known)

    def booking_meanwhile(self, show_id: int, *, wait: bool) -> tuple[Any, list[str]]:
        """Return what books in the midst of erasing, and where its outcome will be."""
        outcomes: list[str] = []

        def book() -> None:
            path = f"shows/{show_id}/book/"
            outcomes.append(self.ask("post", path, {"seat_number": 1}))
            connections.close_all()

        def meanwhile(user: User) -> list[str]:
            thread = threading.Thread(target=book)
            thread.start()
            self.addCleanup(thread.join, LONGEST_SECONDS)
            if wait:
                until(somebody_waits)
            else:
                thread.join(LONGEST_SECONDS)
            return []

        return meanwhile, outcomes

    def test_booking_that_meets_the_lock_is_nobodys(self) -> None:
        show_id = self.new_show()
        meanwhile, outcomes = self.booking_meanwhile(show_id, wait=True)
        with mock.patch.object(erasure, "_sessions_of", meanwhile):
            self.erase()
        until(lambda: outcomes)
        self.assertEqual(outcomes, ["user_not_found"])
        self.assertEqual((User.objects.count(), self.states(show_id)), (0, "aaaa"))

    def test_without_the_lock_a_booking_comes_between(self) -> None:
        show_id = self.new_show()
        meanwhile, outcomes = self.booking_meanwhile(show_id, wait=False)
        with (
            without_row_locks(),
            mock.patch.object(erasure, "_sessions_of", meanwhile),
            self.assertRaises(ProtectedError),
        ):
            self.erase()
        self.assertEqual(outcomes, [DONE])
