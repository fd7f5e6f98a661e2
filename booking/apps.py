from django.apps import AppConfig


class BookingConfig(AppConfig):
    """The box office: it decides who gets which seat."""

    name = "booking"
    verbose_name = "Box office"
