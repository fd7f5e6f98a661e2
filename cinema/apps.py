from django.apps import AppConfig


class CinemaConfig(AppConfig):
    """The project itself: settings, URLs, checks."""

    name = "cinema"

    def ready(self) -> None:
        """Register the system checks, and keep debug mode from showing settings."""
        from django.conf import settings

        from cinema import VERSION, checks, sentry  # noqa: F401
        from foundation.web.debug import show_own_pages

        show_own_pages()
        if settings.SENTRY_DSN:
            sentry.begin(settings.SENTRY_DSN, release=VERSION)
