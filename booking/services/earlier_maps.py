"""Earlier seat maps, replayed from the log."""

import logging
import threading

from django.conf import settings
from django.db import Error

from booking.errors import Replaying, ShowNotFound, VersionNotFound
from booking.models import KeptMap
from booking.selectors import seat_map
from booking.selectors.seat_map import SeatStates
from foundation.errors import refuses

logger = logging.getLogger(__name__)

_long_replay = threading.Lock()


@refuses(ShowNotFound, VersionNotFound, Replaying)
def earlier_map(*, show_id: int, at: int) -> SeatStates:
    """Return the show's seat map at an earlier version.

    It is replayed from the nearest copy before, and leaves a copy at each version that one is due
    at (settings.SEAT_MAP_KEPT_EVERY): so a log is replayed once, whoever asks for what, and no
    booking has to do with it. A process makes one long replay at a time, so that its other threads
    are free for other requests.
    """
    found = seat_map.kept_map(show_id, at)
    if at - found.version <= settings.SEAT_MAP_KEPT_EVERY:
        return _replayed(show_id, found, at)
    if not _long_replay.acquire(blocking=False):
        raise Replaying
    try:
        return _replayed(show_id, found, at)
    finally:
        _long_replay.release()


def _replayed(show_id: int, found: SeatStates, at: int) -> SeatStates:
    every = settings.SEAT_MAP_KEPT_EVERY
    due = []
    while found.version < at:
        found = seat_map.replayed(show_id, found, min(at, (found.version // every + 1) * every))
        if found.version % every == 0:
            due.append(found)
    if due:
        _keep(show_id, due)
    return found


def _keep(show_id: int, maps: list[SeatStates]) -> None:
    copies = [
        KeptMap(
            show_id=show_id,
            version=one.version,
            states=one.states,
            held_until=one.held_until,
            digest=one.digest,
        )
        for one in maps
    ]
    try:
        # A copy that is there already is the same, or of a history that was rewritten.
        KeptMap.objects.bulk_create(
            copies,
            update_conflicts=True,
            unique_fields=["show", "version"],
            update_fields=["states", "held_until", "digest"],
        )
    except Error as error:  # the answer is right all the same
        logger.warning("no copies of show %d are kept: %s", show_id, error)
