from django.apps import AppConfig


class IdempotencyConfig(AppConfig):
    """The same request sent again has one effect and one answer."""

    name = "foundation.idempotency"
    label = "idempotency"
