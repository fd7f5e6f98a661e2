from typing import Any

from django.db import migrations

# For those of the groups that the cinema still has.
TILL = ['view_payment', 'view_refund']
GROUPS = {'Till': TILL, 'Manager': [*TILL, 'change_refund']}


def extend_groups(apps: Any, schema_editor: Any) -> None:
    """Let staff see payments and refunds, and managers ask for a refund again."""
    # Permissions come after all migrations, unless somebody asks.
    from django.contrib.auth.management import create_permissions

    config = apps.get_app_config('payments')
    config.models_module = True
    create_permissions(config, apps=apps, using=schema_editor.connection.alias, verbosity=0)
    config.models_module = None
    groups, permissions = apps.get_model('auth', 'Group').objects, apps.get_model('auth', 'Permission').objects
    for group in groups.filter(name__in=GROUPS):
        own = permissions.filter(content_type__app_label='payments', codename__in=GROUPS[group.name])
        group.permissions.add(*own.order_by('pk'))


class Migration(migrations.Migration):

    dependencies = [
        ('booking', '0012_staff_who_take_money'),
        ('payments', '0001_initial'),
    ]

    operations = [
        # Permissions of what is no longer there do no harm: a way back keeps the groups.
        migrations.RunPython(extend_groups, migrations.RunPython.noop),
    ]
