from django.apps import AppConfig


class CinemaConfig(AppConfig):
    """The project itself: settings, URLs, checks."""

    name = "cinema"

    def ready(self) -> None:
        """Register the system checks, and keep debug mode from showing settings."""
        from cinema import checks  # noqa: F401
        from foundation.web.debug import show_own_pages

        show_own_pages()
