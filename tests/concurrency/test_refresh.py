"""However many exchange one refresh token in parallel, it has one successor."""

from django.test import tag
from django.utils import timezone

from cinema.accounts.services import log_in, refresh_tokens
from foundation.errors import Refusal
from tests import factories
from tests.racing import PostgresTestCase, Racers, without_row_locks

ROUNDS = 10
CLIENTS = 8


@tag("race")
class ParallelRefreshTest(PostgresTestCase):
    def race(self) -> list[str]:
        """Return the refresh tokens that were got in one round, and the codes of refusals."""
        user = factories.user()
        now = timezone.now()
        refresh = log_in(username=user.username, password=factories.PASSWORD, now=now).refresh

        def exchange(_: int) -> str:
            try:
                return refresh_tokens(refresh=refresh, now=timezone.now()).refresh
            except Refusal as error:
                return error.code

        with Racers(CLIENTS) as racers:
            return list(racers.race(exchange))

    def test_all_get_the_one_successor_and_it_works(self) -> None:
        for _ in range(ROUNDS):
            got = self.race()
            (successor,) = set(got)
            self.assertEqual(len(got), CLIENTS)
            refresh_tokens(refresh=successor, now=timezone.now())

    def test_there_are_several_successors_without_the_lock(self) -> None:
        with without_row_locks():
            successors = [len(set(self.race())) for _ in range(ROUNDS)]
        self.assertGreater(max(successors), 1)
