from django.db import migrations, models


class Migration(migrations.Migration):
    """Ends the log-ins there are: nobody knows whether their password was changed since."""

    dependencies = [("accounts", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="tokenfamily",
            name="auth_hash",
            field=models.CharField(default="", max_length=64),
            preserve_default=False,
        ),
    ]
