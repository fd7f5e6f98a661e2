from django.apps import AppConfig
from django.urls import register_converter


class BookingConfig(AppConfig):
    """The box office: it decides who gets which seat."""

    name = "booking"
    verbose_name = "Box office"

    def ready(self) -> None:
        """Let paths name an id that is bounded, and workers do what the box office enqueues."""
        import booking.letters
        import booking.services.calling_off  # noqa: F401  (it registers what it enqueues)
        from foundation.ids import IdConverter

        register_converter(IdConverter, "id")
