from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    """Paying online: providers promise the money, the box office sells, and then it is taken."""

    name = "payments"

    def ready(self) -> None:
        """Let a worker take the steps of payments, and write what there is to tell of them."""
        import payments.handlers
        import payments.letters  # noqa: F401
