from django.apps import AppConfig


class CinemaConfig(AppConfig):
    """The project itself: settings, URLs, checks."""

    name = "cinema"

    def ready(self) -> None:
        """Register the system checks."""
        from cinema import checks  # noqa: F401
