"""Seat maps: their geometry, which can be kept for good, and their states, which can't."""

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from booking.api import examples
from booking.api.inputs import LayoutHashSerializer, VersionSerializer
from booking.api.serializers import LayoutSerializer, SeatMapSerializer, seat_map_body
from booking.api.views.base import PublicView, etag_of, has_current, not_modified
from booking.errors import AuditoriumNotFound, ShowNotFound, VersionNotFound
from booking.selectors import catalogue, seat_map

TAGS = ["Seat maps"]
REVALIDATE = "no-cache"
KEEP_FOR_GOOD = "public, max-age=31536000, immutable"
IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match",
    str,
    OpenApiParameter.HEADER,
    description="The ETag of what the client has.",
)
ETAG = OpenApiParameter(
    "ETag", str, OpenApiParameter.HEADER, response=[200, 304], description="Names this answer."
)
NOT_MODIFIED = OpenApiResponse(description="The client has it already.")


class ShowSeats(PublicView):
    """The states of a show's seats."""

    errors = (ShowNotFound(), VersionNotFound())

    @extend_schema(
        operation_id="get_seat_map",
        tags=TAGS,
        summary="A show's seat map",
        description=(
            "The state of every seat, now or at an earlier version, and until when seats are held. "
            "By whom is not told. The ETag is the version: a client that sends it back as "
            "If-None-Match gets a 304 while nothing has changed."
        ),
        parameters=[VersionSerializer, IF_NONE_MATCH, ETAG],
        responses={200: SeatMapSerializer, 304: NOT_MODIFIED},
        examples=[examples.SEAT_MAP],
    )
    def get(self, request: Request, show_id: int) -> Response:
        """Answer the seat map, before reading any seat if the client has its version."""
        at = VersionSerializer.checked(request.query_params).get("at")
        if "HTTP_IF_NONE_MATCH" in request.META and at is None:
            headers = _headers(seat_map.version(show_id))
            if has_current(request, headers["ETag"]):
                return not_modified(headers)
        seats = seat_map.states(show_id) if at is None else seat_map.states_at(show_id, at)
        auditorium = catalogue.auditorium_of(show_id)
        body = seat_map_body(
            show_id, seats, auditorium_id=auditorium.pk, layout_hash=auditorium.layout_hash
        )
        return Response(body, headers=_headers(seats.version))


class Layout(PublicView):
    """The geometry of an auditorium."""

    errors = (AuditoriumNotFound(),)

    @extend_schema(
        operation_id="get_layout",
        tags=TAGS,
        summary="An auditorium's layout",
        description=(
            "Where the seats are. Under the URL that a seat map gives, which carries the layout's "
            "hash, the answer can be kept for good; under any other it has the hash as its ETag."
        ),
        parameters=[LayoutHashSerializer, IF_NONE_MATCH, ETAG],
        responses={200: LayoutSerializer, 304: NOT_MODIFIED},
        examples=[examples.LAYOUT],
    )
    def get(self, request: Request, auditorium_id: int) -> Response:
        """Answer the layout, before reading any seat if the client has it."""
        expected = LayoutHashSerializer.checked(request.query_params).get("hash")
        auditorium = catalogue.auditorium(auditorium_id)
        current = auditorium.layout_hash
        caching = KEEP_FOR_GOOD if expected == current else REVALIDATE
        headers = {"ETag": f'"{current}"', "Cache-Control": caching}
        if has_current(request, headers["ETag"]):
            return not_modified(headers)
        return Response(seat_map.layout(auditorium), headers=headers)


def _headers(version: int) -> dict[str, str]:
    return {"ETag": etag_of(version), "Cache-Control": REVALIDATE}
