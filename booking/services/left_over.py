"""What is left to do of a show that was called off, and why: nothing where all went well."""

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import QuerySet

from booking.models import Booking, Show
from booking.selectors.catalogue import show_uncounted
from booking.selectors.money import accounts_of, paid_online
from booking.services import post
from booking.services.calling_off import CANCEL
from foundation.errors import refuses
from foundation.outbox.models import Message

WAITS = "It waits for a worker."
SEE_PAYMENT = "Its payment says why."
NOTHING = Decimal(0)
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

    What was paid online goes back by its provider, the rest at the box office. Takes eight queries.
    """
    show = show_uncounted(show_id)
    if show.cancelled_at is None:
        return LeftOver([], [], [], [])
    bookings = Booking.objects.filter(show=show).select_related("user").order_by("reference")
    live = list(bookings.filter(cancelled_at=None))
    ended = list(bookings.filter(cancelled_at__gte=show.cancelled_at))
    owed = {key: -account.due for key, account in accounts_of(ended).items() if account.due < 0}
    online = paid_online(ended)
    sent_back = {key: min(owed[key], max(online.get(key, NOTHING), NOTHING)) for key in owed}
    going = [one for one in ended if sent_back.get(one.pk)]
    by_hand = [one for one in ended if one.pk in owed and owed[one.pk] > sent_back[one.pk]]
    why_live, why_owed = _troubles(CANCEL, live), _troubles(post.SETTLE, going)
    return LeftOver(
        live=[Left(one, why_live.get(one.pk, WAITS)) for one in live],
        refunds=[Left(one, why_owed.get(one.pk, SEE_PAYMENT), sent_back[one.pk]) for one in going],
        to_give_back=[
            Left(one, "It was paid here.", owed[one.pk] - sent_back[one.pk]) for one in by_hand
        ],
        untold=_untold(show, [*live, *ended]),
    )


def _untold(show: Show, bookings: Collection[Booking]) -> list[Left]:
    """Return whom no mail reached, or will."""
    unknown = [Left(one, NO_ADDRESS) for one in bookings if not one.buyer.address]
    messages = Message.objects.filter(kind=post.CALLED_OFF, failed_at__isnull=False)
    failed = _by_booking(messages.filter(created_at__gte=show.cancelled_at), bookings)
    return [*unknown, *(Left(one, failed[one.pk]) for one in bookings if one.pk in failed)]


def _troubles(kind: str, bookings: Collection[Booking]) -> dict[int, str]:
    """Return why what a kind of message asks for is not done yet, by booking."""
    return _by_booking(Message.objects.filter(kind=kind, sent_at=None), bookings)


def _by_booking(messages: QuerySet[Message], bookings: Collection[Booking]) -> dict[int, str]:
    keys = {one.pk for one in bookings}
    rows = messages.order_by("created_at").values_list("payload__booking", "error")
    return {key: error or WAITS for key, error in rows if key in keys}
