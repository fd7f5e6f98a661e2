"""Dates and times as staff type and read them, also in the hour that clocks show twice."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminSplitDateTime
from django.core.exceptions import ValidationError
from django.utils import timezone

from booking.rules import FIRST_START, LAST_START
from foundation.instants import clock_time, is_shown_twice, moment_in_words

CLOCK_WITH_OFFSET = re.compile(r"(?P<clock>.*?)\s*(?P<offset>[+-]\d\d:\d\d)?")


def column(name: str, description: str) -> Any:
    """Return a column of a list, or a field to read, for a time of the model."""

    @admin.display(description=description, ordering=name)
    def shown(admin: Any, one: Any) -> str | None:
        moment = getattr(one, name)
        return moment_in_words(moment) if moment else None

    return shown


class MomentWidget(AdminSplitDateTime):
    """A date and a time; the time says its offset where it needs one."""

    def decompress(self, value: Any) -> Any:
        """Return the date and the time of a moment, and none of what a link put in its place."""
        if not isinstance(value, datetime):
            return [None, None]
        local = timezone.localtime(value)
        return [local.date(), clock_time(value, seconds=local.second > 0)]


class ClockField(forms.TimeField):
    """A time of day, with an offset from UTC where one is typed: "02:30" or "02:30+02:00"."""

    def to_python(self, value: Any) -> Any:
        """Return the time and the offset, or None without a time. Raises ValidationError."""
        if value in self.empty_values:
            return None
        parts = CLOCK_WITH_OFFSET.fullmatch(str(value).strip())
        clock = super().to_python(parts["clock"] if parts else value)
        if clock is None:
            raise ValidationError(self.error_messages["invalid"], "invalid")
        return clock, parts["offset"] if parts else None


class MomentField(forms.MultiValueField):
    """A moment by the cinema's clock; what the clock shows twice, or never, is said to be so."""

    widget = MomentWidget

    def __init__(self, **kwargs: Any) -> None:
        # What a form was opened with is compared with the database, not with a hidden field.
        kwargs["show_hidden_initial"] = False
        super().__init__((forms.DateField(), ClockField()), **kwargs)

    def compress(self, data_list: Sequence[Any]) -> datetime | None:
        if not data_list:
            return None
        day, clock = data_list
        if day in self.empty_values:
            raise ValidationError("Enter a valid date.", "invalid_date")
        if clock in self.empty_values:
            raise ValidationError("Enter a valid time.", "invalid_time")
        return _moment(day, *clock)

    def has_changed(self, initial: datetime | None, data: Any) -> bool:
        """Tell whether another moment was typed; fractions of a second are shown nowhere."""
        try:
            typed = self.clean(data)
        except ValidationError:
            return True
        return bool(typed != (initial and initial.replace(microsecond=0)))


def _moment(day: date, clock: time, offset: str | None) -> datetime:
    if not FIRST_START.year <= day.year <= LAST_START.year:
        raise ValidationError(
            f"Enter a year from {FIRST_START.year} to {LAST_START.year}.", "out_of_reach"
        )
    local = datetime.combine(day, clock, timezone.get_current_timezone())
    when = f"On {day.day} {day:%B %Y}"
    if timezone.localtime(local.astimezone(UTC)).replace(tzinfo=None) != local.replace(tzinfo=None):
        before, after = (moment.isoformat()[-6:] for moment in _around(local))
        raise ValidationError(
            f"{when} there is no {clock:%H:%M}: the clocks go from {before} to {after}.",
            "never_shown",
        )
    choices = [local, local.replace(fold=1)] if is_shown_twice(local) else [local]
    offsets = [choice.isoformat()[-6:] for choice in choices]
    if offset is not None and offset not in offsets:
        raise ValidationError(
            f"{when} at {clock:%H:%M} the clock's offset is {' or '.join(offsets)}.", "wrong_offset"
        )
    if offset is None and len(choices) > 1:
        first, second = (f"{clock:%H:%M}{offset}" for offset in offsets)
        raise ValidationError(
            f"{when} the clocks show {clock:%H:%M} twice: write {first} for the first time, "
            f"{second} for the second.",
            "shown_twice",
        )
    return choices[offsets.index(offset) if offset else 0]


def _around(local: datetime) -> tuple[datetime, datetime]:
    """Return moments shortly before and after a change of the clocks."""
    return (
        timezone.localtime((local - timedelta(hours=3)).astimezone(UTC)),
        timezone.localtime((local + timedelta(hours=3)).astimezone(UTC)),
    )
