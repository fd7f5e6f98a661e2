from django.db import migrations, models

from foundation.db.indexes import AddIndexBesideWrites


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('booking', '0003_show_is_listed'),
    ]

    operations = [
        AddIndexBesideWrites(
            model_name='booking',
            index=models.Index(fields=['-created_at', '-id'], name='bookings_by_time'),
        ),
    ]
