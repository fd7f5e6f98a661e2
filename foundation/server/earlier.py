"""Refuses a database from before migrations began anew: its first ones bear the names of ours."""

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder


def refuse_earlier_database() -> None:
    """Raise ImproperlyConfigured where the migration that tells an earlier version was applied.

    The database of a later one is served: whoever goes back by one release needs it.
    """
    if settings.EARLIER_MIGRATION in MigrationRecorder(connection).applied_migrations():
        raise ImproperlyConfigured(
            "The database that DATABASE_URL names has the tables of an earlier version, and is "
            "left as it is: name another one there, and python manage.py migrate makes the tables."
        )
