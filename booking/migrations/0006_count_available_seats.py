from typing import Any

from django.db import migrations, transaction
from django.db.models import F


def count(apps: Any, schema_editor: Any) -> None:
    """Count the available seats of every show, as `booking.services.ledger.count_anew` does.

    Those that the last release changes while it still serves are counted again when they are looked
    at (`realtime.house_feed`).
    """
    database = schema_editor.connection.alias
    maps = apps.get_model("booking", "SeatMap").objects.using(database)
    seats = apps.get_model("booking", "ShowSeat").objects.using(database)
    for show_id in list(maps.order_by("pk").values_list("pk", flat=True)):
        with transaction.atomic(using=database):
            own = maps.filter(pk=show_id)
            list(own.select_for_update(no_key=True).values_list("pk"))
            available = seats.filter(show_id=show_id, state="a").count()
            own.update(available=available, counted_version=F("version"))


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('booking', '0005_available_seats'),
    ]

    operations = [
        migrations.RunPython(count, migrations.RunPython.noop),
    ]
