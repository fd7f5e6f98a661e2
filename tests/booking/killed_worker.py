"""A worker that is killed: `python -m tests.booking.killed_worker FAILING KILLED_AT` on an outbox.

It cancels the bookings of a show that was called off. Of the booking FAILING it can't, and with the
one that is KILLED_AT-th it dies right after that was committed, before it can note it.
"""

import os
import signal
import sys
from itertools import count
from typing import Any

import django


def main(failing: int, killed_at: int) -> None:
    """Do all that is due, or as much as it lives for."""
    from booking.services import calling_off
    from booking.services.amendments import call_off_booking
    from foundation.outbox import worker

    calls = count(1)

    def call_off(*, booking_id: int, now: Any) -> None:
        if booking_id == failing:
            raise ConnectionError("the provider is away")
        call_off_booking(booking_id=booking_id, now=now)
        if next(calls) == killed_at:
            os.kill(os.getpid(), signal.SIGKILL)

    setattr(calling_off, "call_off_booking", call_off)  # noqa: B010
    while worker.do_next():
        pass


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cinema.settings")
    django.setup()
    main(*map(int, sys.argv[1:]))
