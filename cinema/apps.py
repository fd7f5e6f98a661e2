from django.apps import AppConfig


class CinemaConfig(AppConfig):
    """The project itself: settings, URLs, checks."""

    name = "cinema"
