"""The live streams, as far as Django has a part in it.

`realtime.event_stream` streams where all is in order; what has to be refused comes here.
"""

from django.http import StreamingHttpResponse
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from booking.api import examples
from booking.api.refusals import refusals_of
from booking.selectors import catalogue
from foundation.web.event_stream import CACHING, MEDIA_TYPE, beginning
from foundation.web.renderers import QuickJSONRenderer
from foundation.web.views import PublicView

SINCE = OpenApiParameter(
    "since",
    str,
    description="What the client has already: an event's `id`, or VERSION.DIGEST.",
)
LAST_EVENT_ID = OpenApiParameter(
    "Last-Event-ID",
    str,
    OpenApiParameter.HEADER,
    description="The same; browsers send it by themselves, and it counts before `since`.",
)
VIEWER = OpenApiParameter(
    "viewer", str, enum=["no"], description="Shows the map to nobody: don't count it as a viewer."
)


STREAM = {(200, MEDIA_TYPE): OpenApiResponse(str)}


class EventStreamRenderer(QuickJSONRenderer):
    """Stands for the stream when media types are compared; all that it renders is problems."""

    media_type = MEDIA_TYPE


class EventsView(PublicView):
    """Streams to whoever takes one."""

    caching = CACHING

    def get_renderers(self) -> list[BaseRenderer]:
        is_about_it = self.request.method == "OPTIONS"
        return [QuickJSONRenderer() if is_about_it else EventStreamRenderer()]


class ShowEvents(EventsView):
    """A show's seat map, live."""

    errors = refusals_of(catalogue.show_uncounted)

    @extend_schema(
        operation_id="follow_show",
        tags=["Seat maps"],
        summary="A show's seat map, live",
        description=(
            "Server-Sent Events without an end, so follow them with `curl -N` or an EventSource: "
            "this page shows an answer only when it is over. Each event's data is one frame in "
            "JSON: first the whole map, or what was missed since the version that the client has; "
            "then every change, the number of viewers, and a tick every 5 seconds. Where a frame "
            "has a version, its event has an `id`, which resumes the stream."
        ),
        parameters=[SINCE, VIEWER, LAST_EVENT_ID],
        responses=STREAM,
        examples=[examples.EVENTS],
    )
    def get(self, request: Request, show_id: int) -> StreamingHttpResponse:
        catalogue.show_uncounted(show_id)
        return _ends_at_once()


class HouseEvents(EventsView):
    """The seats left of all shows, live."""

    @extend_schema(
        operation_id="follow_shows",
        tags=["Catalogue"],
        summary="All shows, live",
        description=(
            "Server-Sent Events without an end: first all shows to come with the seats left, then "
            "those of which anything changed, at most once a second. There are no ids: a new "
            "stream begins with all of them again."
        ),
        responses=STREAM,
        examples=[examples.HOUSE_EVENTS],
    )
    def get(self, request: Request) -> StreamingHttpResponse:
        return _ends_at_once()


def _ends_at_once() -> StreamingHttpResponse:
    """Return a stream that is over: its client comes back for another."""
    return StreamingHttpResponse([beginning()], content_type=MEDIA_TYPE)
