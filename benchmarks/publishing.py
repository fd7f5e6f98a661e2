"""Shows that change while they are watched: by commits of this process, not of the servers."""

import asyncio
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from unittest import mock

from benchmarks.watching import Stamps

SEATS = 2500
PLAN = "\n".join(["S" * 50] * (SEATS // 50))


class ChangingShow:
    """A show with 2,500 seats, whose changes are stamped when they are published."""

    def __init__(self, stamps: Stamps) -> None:
        from tests import factories

        self.stamps = stamps
        self.version = 0
        self._seats: list[int] = []
        self._blocking = False
        self.show = factories.show(plan=PLAN)
        self.staff = factories.user()
        self.path = f"/ws/shows/{self.show.pk}/"

    @property
    def since(self) -> str:
        """What a page that shows the newest map says when it comes back."""
        from booking.selectors import seat_map

        return f"?since={seat_map.checkpoint(self.show.pk).name}"

    def change(self, seats: int = 1) -> None:
        """Commit the next change: block seats through the whole hall, then unblock them."""
        from django.utils import timezone

        from booking.services import blocks

        if len(self._seats) < seats:
            self._seats, self._blocking = list(range(1, SEATS + 1)), not self._blocking
        taken, self._seats = self._seats[:seats], self._seats[seats:]
        change = {"show_id": self.show.pk, "staff": self.staff, "now": timezone.now()}
        if self._blocking:
            blocks.block_seats(seat_numbers=taken, reason="a benchmark", **change)
        else:
            blocks.unblock_seats(seat_numbers=taken, **change)
        self.version += 1


@contextmanager
def through_a_loop(shows: Sequence[ChangingShow]) -> Iterator[None]:
    """Publish through a loop beside this thread, as servers do, and stamp each change."""
    from booking import events

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    events.use_loop(loop)
    publish = events.publish
    stamps = {show.show.pk: show.stamps for show in shows}

    def stamped(**change: Any) -> None:
        stamps[change["show_id"]].stamp(change["entry"].version)
        publish(**change)

    try:
        with mock.patch.object(events, "publish", stamped):
            yield
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
