"""The log of a show for everybody, in pages: with it anyone recomputes the chain."""

from dataclasses import dataclass

from booking.chain import Checkpoint
from booking.errors import ShowNotFound, VersionNotFound
from booking.models import SeatChange, SeatMap
from foundation.errors import refuses

PUBLIC = ("show_id", "version", "digest", "at", "changes", "facts")


@dataclass(frozen=True)
class LogPage:
    """The entries after a version up to another, of a log that ends at `head`."""

    seat_map: SeatMap
    after: int
    end: int
    entries: list[SeatChange]

    @property
    def head(self) -> Checkpoint:
        return Checkpoint(self.seat_map.version, self.seat_map.digest)

    @property
    def is_last(self) -> bool:
        return self.end == self.seat_map.version

    @property
    def name(self) -> str:
        """What tells it from all other pages that its URL ever leads to."""
        if self.is_last:
            return self.head.name
        last = self.entries[-1].checkpoint.name if self.entries else str(self.after)
        return f"{last}+"


@refuses(ShowNotFound, VersionNotFound)
def log_page(show_id: int, *, after: int, limit: int) -> LogPage:
    """Return the entries of the show's log after a version, at most `limit` of them, in order."""
    seat_map = _seat_map(show_id)
    if after > seat_map.version:
        raise VersionNotFound
    return _page(seat_map, after, min(after + limit, seat_map.version))


@refuses(ShowNotFound)
def log_page_up_to(show_id: int, *, end: int | None, limit: int) -> LogPage:
    """Return the last entries of the show's log up to a version, or up to its head."""
    seat_map = _seat_map(show_id)
    end = seat_map.version if end is None else min(end, seat_map.version)
    return _page(seat_map, max(0, end - limit), end)


def _seat_map(show_id: int) -> SeatMap:
    seat_map = SeatMap.objects.filter(pk=show_id).first()
    if seat_map is None:
        raise ShowNotFound
    return seat_map


def _page(seat_map: SeatMap, after: int, end: int) -> LogPage:
    log = SeatChange.objects.filter(show=seat_map.pk, version__gt=after, version__lte=end)
    return LogPage(seat_map, after, end, list(log.order_by("version").only(*PUBLIC)))
