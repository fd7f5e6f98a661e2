from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('booking', '0004_bookings_by_time'),
    ]

    operations = [
        migrations.AddField(
            model_name='seatmap',
            name='available',
            field=models.IntegerField(db_default=0),
        ),
        migrations.AddField(
            model_name='seatmap',
            name='counted_version',
            field=models.PositiveBigIntegerField(null=True),
        ),
    ]
