from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    """Paying online: providers promise the money, the box office sells, and then it is taken."""

    name = "payments"
