from django.db import migrations, models

from foundation.db.indexes import AddIndexBesideWrites, RemoveIndexBesideWrites


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('booking', '0006_count_available_seats'),
    ]

    operations = [
        AddIndexBesideWrites(
            model_name='showseat',
            index=models.Index(
                condition=models.Q(('held_until__isnull', False)),
                fields=['show', 'held_until'],
                name='held_seats_of_show_by_expiry',
            ),
        ),
        # The last release finds by the new one what it found by this.
        RemoveIndexBesideWrites(
            model_name='showseat',
            name='held_seats_by_expiry',
        ),
    ]
