"""Of many parallel exchanges of one refresh token, one wins."""

from collections import Counter

from django.test import tag
from django.utils import timezone

from booking.errors import BookingError
from cinema.accounts.services import log_in, refresh_tokens
from cinema.accounts.tokens import TokenPair
from tests import factories
from tests.racing import PostgresTestCase, Racers, without_row_locks

ROUNDS = 10
CLIENTS = 8


@tag("race")
class ParallelRefreshTest(PostgresTestCase):
    def race(self) -> tuple[list[TokenPair], Counter[str]]:
        """Return the pairs that were won in one round, and the codes of the refusals."""
        user = factories.user()
        now = timezone.now()
        refresh = log_in(username=user.username, password=factories.PASSWORD, now=now).refresh

        def exchange(_: int) -> TokenPair | str:
            try:
                return refresh_tokens(refresh=refresh, now=timezone.now())
            except BookingError as error:
                return error.code

        with Racers(CLIENTS) as racers:
            results = racers.race(exchange)
        won = [result for result in results if isinstance(result, TokenPair)]
        return won, Counter(result for result in results if isinstance(result, str))

    def test_one_wins_and_its_tokens_work(self) -> None:
        for _ in range(ROUNDS):
            won, refused = self.race()
            self.assertEqual(refused, {"token_already_rotated": CLIENTS - 1})
            (winner,) = won
            refresh_tokens(refresh=winner.refresh, now=timezone.now())

    def test_many_win_without_the_lock(self) -> None:
        with without_row_locks():
            winners = [len(self.race()[0]) for _ in range(ROUNDS)]
        self.assertGreater(max(winners), 1)
