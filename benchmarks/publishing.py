"""Shows that change while they are watched: by commits of this process, not of the servers."""

import asyncio
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Self
from unittest import mock

from benchmarks.watching import Stamps

PLAN = "\n".join(["S" * 50] * 50)


class ChangingShow:
    """A show with 2,500 seats, whose changes are stamped when they are published."""

    version = 0

    def __enter__(self) -> Self:
        from tests import factories

        self.show = factories.show(plan=PLAN)
        self.staff = factories.user()
        self.path = f"/ws/shows/{self.show.pk}/"
        self.stamps = Stamps()
        return self

    def __exit__(self, *exc: object) -> None:
        self.stamps.close()

    def change(self, seats: int = 1) -> None:
        """Commit the next change, of so many seats, by a service."""
        from django.utils import timezone

        from booking.services import blocks

        turn, self.version = self.version, self.version + 1
        first = turn // 2 * seats % (self.show.auditorium.capacity - seats) + 1
        seat_numbers = range(first, first + seats)
        common: dict[str, Any] = {"staff": self.staff, "now": timezone.now()}
        if turn % 2 == 0:
            blocks.block_seats(
                show_id=self.show.pk, seat_numbers=seat_numbers, reason="a benchmark", **common
            )
        else:
            blocks.unblock_seats(show_id=self.show.pk, seat_numbers=seat_numbers, **common)


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
        stamps[change["show_id"]].stamp(change["version"])
        publish(**change)

    try:
        with mock.patch.object(events, "publish", stamped):
            yield
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
