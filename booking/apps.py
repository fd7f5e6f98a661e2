from django.apps import AppConfig
from django.urls import register_converter


class BookingConfig(AppConfig):
    """The box office: it decides who gets which seat."""

    name = "booking"
    verbose_name = "Box office"

    def ready(self) -> None:
        """Let paths name an id that is bounded, and letters be written."""
        import booking.letters  # noqa: F401
        from foundation.ids import IdConverter

        register_converter(IdConverter, "id")
