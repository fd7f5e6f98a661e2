"""What the till looks up."""

import re
from datetime import date

from booking.models import Show
from booking.selectors.figures import moments_of


def shows_of_day(day: date) -> list[Show]:
    """Return the listed shows that begin on a day of the cinema's calendar, in one query."""
    begins, ends = moments_of(day, day)
    shows = Show.objects.filter(is_listed=True, starts_at__gte=begins, starts_at__lt=ends)
    return list(shows.select_related("movie", "auditorium").order_by("starts_at", "pk"))


def reference_in(typed: str) -> str:
    """Return the reference that somebody typed, in any case, with its dash or without."""
    plain = re.sub(r"[^0-9A-Z]", "", typed.upper())
    return f"{plain[:4]}-{plain[4:]}"
