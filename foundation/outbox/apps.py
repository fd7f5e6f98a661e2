from django.apps import AppConfig


class OutboxConfig(AppConfig):
    """What is to be done once a transaction is committed is done, at least once."""

    name = "foundation.outbox"
    label = "outbox"
    verbose_name = "Outbox"
