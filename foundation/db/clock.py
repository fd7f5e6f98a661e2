"""Whether this process and its database agree on the time.

Services are given `now` by whoever calls them, from the process's clock. For one that is ahead,
time would be up too early.
"""

import time

from django.conf import settings
from django.db import connection


class ClockIsOff(Exception):
    """This process's clock and the database's differ by more than CLOCK_SKEW_SECONDS."""


def check_clock() -> None:
    """Raise ClockIsOff when the clocks differ beyond doubt, however slow the answer was."""
    if connection.vendor != "postgresql":
        return  # SQLite has the clock of its process
    before = time.time()
    with connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM clock_timestamp())::float8")
        (theirs,) = cursor.fetchone()
    skew = max(before - theirs, theirs - time.time())
    if skew > settings.CLOCK_SKEW_SECONDS:
        raise ClockIsOff(f"this process's clock is {skew:.1f} seconds off the database's")
