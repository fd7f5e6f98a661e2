from typing import Any

from django.db import migrations

# What the staff of a cinema do, and what that takes. Whoever is asked for more gets a second group.
TILL = ['view_show', 'view_booking', 'add_booking', 'change_booking']
PROGRAMME = [
    *(f'{action}_{model}' for model in ('movie', 'auditorium', 'show') for action in ('add', 'change', 'delete', 'view')),
]
GROUPS = {
    'Door': ['admit_tickets'],
    'Till': TILL,
    'Programme': PROGRAMME,
    'Manager': ['admit_tickets', *TILL, *PROGRAMME],
}


def make_groups(apps: Any, schema_editor: Any) -> None:
    """Make those that are not there yet; those that staff made under these names stay as they are."""
    # Permissions come after all migrations, unless somebody asks.
    from django.contrib.auth.management import create_permissions

    config = apps.get_app_config('booking')
    config.models_module = True
    create_permissions(config, apps=apps, using=schema_editor.connection.alias, verbosity=0)
    config.models_module = None
    groups, permissions = apps.get_model('auth', 'Group').objects, apps.get_model('auth', 'Permission').objects
    for name, codenames in GROUPS.items():
        group, is_new = groups.get_or_create(name=name)
        if is_new:
            own = permissions.filter(content_type__app_label='booking', codename__in=codenames)
            group.permissions.set(own.order_by('pk'))


class Migration(migrations.Migration):

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
        ('booking', '0008_admissions'),
        ('contenttypes', '0002_remove_content_type_name'),
    ]

    operations = [
        # Who works where is the cinema's own: a way back keeps the groups.
        migrations.RunPython(make_groups, migrations.RunPython.noop),
    ]
