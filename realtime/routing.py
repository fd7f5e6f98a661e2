"""Which path leads to which socket."""

from channels.routing import URLRouter
from django.urls import re_path

from realtime.consumers import no_such_path, watch_house, watch_show

# Django's types know of views only; channels routes to ASGI applications.
socket_application = URLRouter(
    [
        # As many digits as every database's keys have.
        re_path(r"^ws/shows/(?P<show_id>[0-9]{1,18})/$", watch_show),  # type: ignore[arg-type]
        re_path(r"^ws/house/$", watch_house),  # type: ignore[arg-type]
        re_path(r"", no_such_path),  # type: ignore[arg-type]
    ]
)
