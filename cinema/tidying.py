"""Tidying up: what is over goes, where no request deletes it by the way."""

from datetime import datetime

from django.contrib.sessions.models import Session
from django.db.models import QuerySet

from booking.selectors.over import (
    old_holds,
    old_kept_maps,
    old_waitlist_entries,
    shows_with_unwanted_seats,
)
from booking.services.offers import expire_holds
from cinema.accounts.services import expired_families
from foundation.db.purge import purge_all
from foundation.idempotency.services import old_answers
from foundation.outbox.services import old_messages
from payments.selectors import old_notices, unneeded_addresses, unneeded_clients
from stage.services import tidy_stage


def tidy(*, now: datetime) -> dict[str, int]:
    """Delete all that is over, and return how many there were of each kind.

    Seats whose hold ended long ago are freed first, or else their holds stayed. Every transaction
    is short and passes over rows that somebody has locked, so any number of these may run at once.
    What was sold and what the log says is never deleted. Raises TooMuchContention.
    """
    removed = {"places on waitlists": purge_all(old_waitlist_entries(now))}
    for show_id in shows_with_unwanted_seats(now):
        expire_holds(show_id=show_id, now=now)
    removed["holds"] = purge_all(old_holds(now))
    removed["copies of seat maps"] = purge_all(old_kept_maps(now))
    removed["stored answers"] = purge_all(old_answers(now))
    removed["messages"] = purge_all(old_messages(now))
    removed["notifications of payments"] = purge_all(old_notices(now))
    removed["addresses of payments"] = unneeded_addresses(now).update(email="")
    removed["clients of payments"] = unneeded_clients(now).update(client="")
    removed["log-ins of pages"] = purge_all(_expired_sessions(now))
    removed["log-ins of API clients"] = purge_all(expired_families(now))
    removed["performers on the stage"] = tidy_stage(now=now)
    return removed


def _expired_sessions(now: datetime) -> QuerySet[Session]:
    return Session.objects.filter(expire_date__lte=now).order_by("expire_date")
