"""Whether the database has all the migrations that this code comes with."""

from functools import cache
from pathlib import Path
from pkgutil import iter_modules

from django.apps import apps
from django.db import Error, connection
from django.db.migrations.recorder import MigrationRecorder


def is_migrated() -> bool:
    """Return whether nothing is missing; a later release may have applied more."""
    applied = MigrationRecorder(connection).migration_qs.values_list("app", "name")
    try:
        return _ours() <= set(applied)
    except Error:  # there is no such table yet
        return False


@cache
def _ours() -> frozenset[tuple[str, str]]:
    """Return our migrations by app and name; to import them would take a tenth of a second."""
    return frozenset(
        (app.label, module.name)
        for app in apps.get_app_configs()
        for module in iter_modules([str(Path(app.path, "migrations"))])
    )
