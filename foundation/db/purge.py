"""Rows that nobody needs any more go by and by, with the requests that make new ones."""

from datetime import timedelta
from typing import Any

from django.db.models import QuerySet

KEPT_FOR = timedelta(days=1)
AT_ONCE = 20


def purge(old: QuerySet[Any]) -> None:
    """Delete the first of these rows; those that another transaction deletes are passed over."""
    some = old.select_for_update(of=("self",), skip_locked=True)[:AT_ONCE]
    if primary_keys := [row.pk for row in some]:
        old.model._default_manager.filter(pk__in=primary_keys).delete()
