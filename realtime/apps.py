from django.apps import AppConfig


class RealtimeConfig(AppConfig):
    """The live rooms: they tell every watcher what the box office decided."""

    name = "realtime"
