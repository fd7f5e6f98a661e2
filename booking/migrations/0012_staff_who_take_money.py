from typing import Any

from django.db import migrations

# What comes with prices and money, for those of the groups that the cinema still has.
PRICES = [
    f'{action}_{model}' for model in ('pricelist', 'tickettype') for action in ('add', 'change', 'delete', 'view')
]
PROGRAMME = [*PRICES, 'call_off_show']
TILL = ['take_money', 'view_pricelist', 'view_tickettype', 'view_taking']
GROUPS = {
    'Door': ['take_money'],
    'Till': TILL,
    'Programme': PROGRAMME,
    'Manager': [*TILL, *PROGRAMME, 'see_figures'],
}


def extend_groups(apps: Any, schema_editor: Any) -> None:
    """Give the groups that staff work in what is new."""
    # Permissions come after all migrations, unless somebody asks.
    from django.contrib.auth.management import create_permissions

    config = apps.get_app_config('booking')
    config.models_module = True
    create_permissions(config, apps=apps, using=schema_editor.connection.alias, verbosity=0)
    config.models_module = None
    groups, permissions = apps.get_model('auth', 'Group').objects, apps.get_model('auth', 'Permission').objects
    for group in groups.filter(name__in=GROUPS):
        own = permissions.filter(content_type__app_label='booking', codename__in=GROUPS[group.name])
        group.permissions.add(*own.order_by('pk'))


class Migration(migrations.Migration):

    dependencies = [
        ('booking', '0011_bookings_of_guests'),
    ]

    operations = [
        # Permissions of what is no longer there do no harm: a way back keeps the groups.
        migrations.RunPython(extend_groups, migrations.RunPython.noop),
    ]
