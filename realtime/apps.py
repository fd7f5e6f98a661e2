import logging

from django.apps import AppConfig


class RealtimeConfig(AppConfig):
    """The live rooms: they tell every watcher what the box office decided."""

    name = "realtime"

    def ready(self) -> None:
        """Keep the channel layer from telling every second, at length, that Redis is away."""
        from booking.events import is_no_outage

        logging.getLogger("channels_redis.pubsub").addFilter(is_no_outage)
