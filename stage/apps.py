from django.apps import AppConfig


class StageConfig(AppConfig):
    """The stage: a show of its own, on which anyone can try whether the box office holds."""

    name = "stage"
