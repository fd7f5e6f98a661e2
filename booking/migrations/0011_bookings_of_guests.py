from django.db import migrations, models

from foundation.db.indexes import AddIndexBesideWrites


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('booking', '0010_prices_and_money'),
    ]

    operations = [
        AddIndexBesideWrites(
            model_name='booking',
            index=models.Index(
                condition=~models.Q(email=''), fields=['email'], name='bookings_of_guest'
            ),
        ),
    ]
