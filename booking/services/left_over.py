"""What is left to do of a show that was called off, and why: nothing where all went well."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import QuerySet

from booking.models import Booking, Show
from booking.selectors.catalogue import show_uncounted
from booking.selectors.money import accounts_of
from booking.services import post
from booking.services.calling_off import CANCEL
from foundation.errors import refuses
from foundation.outbox.models import Message

WAITS = "It waits for a worker."
NO_ADDRESS = "There is no address to write to."


@dataclass(frozen=True)
class Left:
    """A booking that there is something left to do for, and why; of money, how much."""

    booking: Booking
    why: str
    amount: Decimal = Decimal(0)

    @property
    def reference(self) -> str:
        return self.booking.reference


@dataclass(frozen=True)
class LeftOver:
    """What is left: bookings that are live still, and of those that were cancelled the rest.

    That is what is to be sent back by a provider, what the box office has to give back, and who has
    not been told.
    """

    live: list[Left]
    refunds: list[Left]
    to_give_back: list[Left]
    untold: list[Left]

    @property
    def is_done(self) -> bool:
        return not (self.live or self.refunds or self.to_give_back or self.untold)


@refuses(show_uncounted)
def left_over(show_id: int) -> LeftOver:
    """Return what is left to do of calling a show off: nothing of one that takes place.

    Takes seven queries.
    """
    show = show_uncounted(show_id)
    if show.cancelled_at is None:
        return LeftOver([], [], [], [])
    bookings = Booking.objects.filter(show=show).select_related("user").order_by("reference")
    live = list(bookings.filter(cancelled_at=None))
    ended = list(bookings.filter(cancelled_at__gte=show.cancelled_at))
    owed = {key: -account.due for key, account in accounts_of(ended).items() if account.due < 0}
    online = [one for one in ended if one.pk in owed and one.pays_online]
    by_hand = [one for one in ended if one.pk in owed and not one.pays_online]
    troubles = _troubles(post.SETTLE, online)
    return LeftOver(
        live=[Left(one, why) for one, why in _with(_troubles(CANCEL, live), live)],
        refunds=[Left(one, why, owed[one.pk]) for one, why in _with(troubles, online)],
        to_give_back=[Left(one, "It was paid here.", owed[one.pk]) for one in by_hand],
        untold=_untold(show, [*live, *ended]),
    )


def _untold(show: Show, bookings: Collection[Booking]) -> list[Left]:
    """Return whom no mail reached, or will."""
    unknown = [Left(one, NO_ADDRESS) for one in bookings if not one.buyer.address]
    messages = Message.objects.filter(kind=post.CALLED_OFF, failed_at__isnull=False)
    failed = dict(_by_booking(messages.filter(created_at__gte=show.cancelled_at), bookings))
    return [*unknown, *(Left(one, failed[one.pk]) for one in bookings if one.pk in failed)]


def _troubles(kind: str, bookings: Collection[Booking]) -> dict[int, str]:
    """Return what went wrong last time for each of these bookings where something did."""
    return dict(_by_booking(Message.objects.filter(kind=kind, sent_at=None), bookings))


def _by_booking(
    messages: QuerySet[Message], bookings: Collection[Booking]
) -> Iterable[tuple[int, str]]:
    keys = {one.pk for one in bookings}
    rows = messages.exclude(error="").order_by("created_at")
    found = rows.values_list("payload__booking", "error")
    return ((key, error) for key, error in found if key in keys)


def _with(troubles: dict[int, str], bookings: Collection[Booking]) -> Iterable[tuple[Booking, str]]:
    return ((one, troubles.get(one.pk, WAITS)) for one in bookings)
