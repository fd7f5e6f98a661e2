"""What the box office counts with each commit; docs/metrics.md says what each of them means."""

from django.db import transaction
from prometheus_client import Counter

from foundation.metrics import counter, gauge

_BOOKINGS = counter("front_row_bookings_total", "Bookings by what became of them", "change")
BOOKED, CANCELLED, EXCHANGED = map(_BOOKINGS.labels, ("made", "cancelled", "exchanged"))

_HOLDS = counter("front_row_holds_total", "Holds by what became of them", "change")
HELD, CHANGED, RELEASED, OFFERED = map(_HOLDS.labels, ("made", "changed", "released", "offered"))
EXPIRED = _HOLDS.labels("expired")

LAYER_UP = gauge(
    "front_row_channel_layer_up", "Whether the channel layer took what it was last given"
)
UNPUBLISHED = counter(
    "front_row_changes_unpublished_total", "Committed changes that the channel layer did not take"
)


def once_committed(what: Counter, by: int = 1) -> None:
    """Count this with the commit of the transaction under way, unless that is undone or redone."""

    def count() -> None:
        what.inc(by)

    transaction.on_commit(count, robust=True)
