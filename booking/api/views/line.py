"""Waiting for a seat that somebody else holds."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from booking import errors
from booking.api import examples
from booking.api.inputs import PlaceInLineSerializer, SeatNumberQuerySerializer
from booking.api.serializers import PlaceInLineOutputSerializer, place_in_line_body
from booking.api.views.base import MemberView, member
from booking.errors import NamedSeat
from booking.selectors.line import places_of
from booking.services.line import join_line, leave_line, places_in_line

TAGS = ["Holds"]
UNKNOWN = errors.UnknownSeats("This show has no seat numbered 301.")
JOIN_ERRORS = (
    UNKNOWN,
    errors.ShowNotFound(),
    errors.ShowStarted(),
    errors.NotHeld("Seat B4 is not held by anyone.", seats=[NamedSeat(12, "B4")]),
    errors.AlreadyInLine("You are in line for seat B4 already."),
    errors.LineFull("20 people wait for seat B4 already."),
    errors.TooMuchContention(),
)
LEAVE_ERRORS = (
    UNKNOWN,
    errors.NotInLine("You are not in line for seat B4."),
    errors.TooMuchContention(),
)


class Line(MemberView):
    """The user's places in the lines of a show."""

    errors = (errors.ShowNotFound(), errors.TooMuchContention())
    post_errors = JOIN_ERRORS
    delete_errors = LEAVE_ERRORS

    @extend_schema(
        operation_id="list_places_in_line",
        tags=TAGS,
        summary="My places in line",
        description=(
            "The seats of a show you wait for, and those whose turn came in the last day: with the "
            "token of the hold you got, to book, release or change like any other. The socket says "
            "when to look: it sends you, and nobody else, a turn frame."
        ),
        responses=PlaceInLineOutputSerializer(many=True),
        examples=[examples.TURN, examples.PLACE_IN_LINE],
    )
    def get(self, request: Request, show_id: int) -> Response:
        """Answer the user's places."""
        places = places_in_line(show_id=show_id, user=member(request), now=timezone.now())
        return Response([place_in_line_body(place) for place in places])

    @extend_schema(
        operation_id="join_line",
        tags=TAGS,
        summary="Wait for a held seat",
        description=(
            "Queue for a seat that somebody else holds. When it becomes free it is held for the "
            "first in line for 90 seconds, then for the next. Nobody overtakes the line. The "
            "socket in the answer tells you of your turn."
        ),
        request=PlaceInLineSerializer,
        responses={201: PlaceInLineOutputSerializer},
        examples=[examples.JOIN_LINE, examples.PLACE_IN_LINE],
    )
    def post(self, request: Request, show_id: int) -> Response:
        """Put the user in line."""
        wanted = PlaceInLineSerializer.checked(request.data)
        user = member(request)
        place = join_line(show_id=show_id, user=user, now=timezone.now(), **wanted)
        return Response(place_in_line_body(places_of(user, show_id).get(pk=place.pk)), 201)

    @extend_schema(
        operation_id="leave_line",
        tags=TAGS,
        summary="Stop waiting",
        description="Leave the line for a seat.",
        parameters=[SeatNumberQuerySerializer],
        responses={204: None},
    )
    def delete(self, request: Request, show_id: int) -> Response:
        """Take the user out of the line."""
        wanted = SeatNumberQuerySerializer.checked(request.query_params)
        leave_line(show_id=show_id, user=member(request), now=timezone.now(), **wanted)
        return Response(status=204)
