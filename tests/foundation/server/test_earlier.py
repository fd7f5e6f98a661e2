from django.apps import apps
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.test import TestCase

from foundation.server.earlier import refuse_earlier_database


class EarlierDatabaseTests(TestCase):
    def test_database_from_before_migrations_began_anew_is_refused(self) -> None:
        refuse_earlier_database()
        MigrationRecorder(connection).record_applied(*settings.EARLIER_MIGRATION)
        with self.assertRaisesMessage(ImproperlyConfigured, "tables of an earlier version"):
            refuse_earlier_database()

    def test_database_of_a_later_version_is_served(self) -> None:
        for app in apps.get_app_configs():
            MigrationRecorder(connection).record_applied(app.label, "0099_later")
        refuse_earlier_database()

    def test_no_migration_of_ours_is_taken_for_an_earlier_one(self) -> None:
        app, name = settings.EARLIER_MIGRATION
        self.assertIn(app, MigrationLoader(connection).migrated_apps)
        self.assertNotIn((app, name), MigrationLoader(connection).disk_migrations)
