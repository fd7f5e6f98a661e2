from django.db import migrations, models

from foundation.db.indexes import AddIndexBesideWrites


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('outbox', '0002_recipients'),
    ]

    operations = [
        AddIndexBesideWrites(
            model_name='message',
            index=models.Index(
                condition=~models.Q(recipient=''),
                fields=['recipient', 'created_at'],
                name='messages_by_recipient',
            ),
        ),
    ]
