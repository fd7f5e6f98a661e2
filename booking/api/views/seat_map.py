"""Seat maps: their geometry, which can be kept for good, and their states, which can't."""

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from booking.api import examples
from booking.api.refusals import refusals_of
from booking.bodies import LayoutSerializer, SeatMapSerializer, seat_map_body
from booking.chain import Checkpoint
from booking.inputs import LayoutHashSerializer, VersionSerializer
from booking.selectors import catalogue, seat_map
from booking.services.earlier_maps import earlier_map
from booking.terms import terms_of
from foundation.web.views import PublicView, etag_of, has_current, not_modified

TAGS = ["Seat maps"]
REVALIDATE = "no-cache"
KEEP_FOR_GOOD = "public, max-age=31536000, immutable"
IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match", str, OpenApiParameter.HEADER, description="The ETag of what the client has."
)
ETAG = OpenApiParameter(
    "ETag", str, OpenApiParameter.HEADER, response=[200, 304], description="Names this answer."
)
NOT_MODIFIED = OpenApiResponse(description="The client has it already.")


class ShowSeats(PublicView):
    """The states of a show's seats."""

    errors = refusals_of(earlier_map)

    @extend_schema(
        operation_id="get_seat_map",
        tags=TAGS,
        summary="A show's seat map",
        description=(
            "The state of every seat, now or at an earlier version, and until when seats are held. "
            "It does not say by whom. The ETag is the version with the first digits of its digest: "
            "who sends it back as If-None-Match gets a 304 while nothing has changed."
        ),
        parameters=[VersionSerializer, IF_NONE_MATCH, ETAG],
        responses={200: SeatMapSerializer, 304: NOT_MODIFIED},
        examples=[examples.SEAT_MAP],
    )
    def get(self, request: Request, show_id: int) -> Response:
        """Answer the seat map, before reading any seat if the client has its version."""
        at = VersionSerializer.checked(request.query_params).get("at")
        if "HTTP_IF_NONE_MATCH" in request.META and at is None:
            headers = _headers(seat_map.checkpoint(show_id))
            if has_current(request, headers["ETag"]):
                return not_modified(headers)
        seats = seat_map.states(show_id) if at is None else earlier_map(show_id=show_id, at=at)
        show = catalogue.show_uncounted(show_id)
        body = seat_map_body(
            show_id,
            seats,
            auditorium_id=show.auditorium_id,
            layout_hash=show.auditorium.layout_hash,
            terms=terms_of(show),
        )
        return Response(body, headers=_headers(seats.checkpoint))


class Layout(PublicView):
    """The geometry of an auditorium."""

    errors = refusals_of(catalogue.auditorium)

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
        headers = _layout_headers(auditorium.layout_hash, expected)
        if has_current(request, headers["ETag"]):
            return not_modified(headers)
        layout = LayoutSerializer.of(auditorium)
        return Response(layout, headers=_layout_headers(layout["hash"], expected))


def _layout_headers(current: str, expected: str | None) -> dict[str, str]:
    caching = KEEP_FOR_GOOD if expected == current else REVALIDATE
    return {"ETag": f'"{current}"', "Cache-Control": caching}


def _headers(at: Checkpoint) -> dict[str, str]:
    return {"ETag": etag_of(at.name), "Cache-Control": REVALIDATE}
