"""Waiting for a seat that somebody else holds."""

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from booking.api import examples
from booking.api.refusals import refusals_of
from booking.bodies import WaitlistEntryOutputSerializer
from booking.inputs import SeatNumberQuerySerializer, WaitlistEntrySerializer
from booking.rules import HOLD_TIME, MINUTE, OFFER_TIME
from booking.seating.claim import MAX_SEAT_NUMBER
from booking.selectors.waitlist import entries_of
from booking.services.waitlist import join_waitlist, leave_waitlist, waitlist_entries
from foundation.web.clients import member
from foundation.web.views import ID_TYPE, MemberView

TAGS = ["Holds"]
SHOW_ID = OpenApiParameter(
    "show_id", ID_TYPE | {"example": examples.HELD_SHOW}, OpenApiParameter.PATH
)
SEAT_NUMBER = OpenApiParameter(
    "seat_number",
    {"type": "integer", "minimum": 1, "maximum": MAX_SEAT_NUMBER, "example": examples.HELD_SEAT},
    required=True,
)


class Waitlist(MemberView):
    """The user's entries on the waitlists of a show."""

    errors = refusals_of(waitlist_entries)
    post_errors = refusals_of(join_waitlist)
    delete_errors = refusals_of(leave_waitlist)

    @extend_schema(
        operation_id="list_waitlist_entries",
        tags=TAGS,
        summary="My waitlist entries",
        description=(
            "The seats of a show you wait for, and those you were offered in the last day: these "
            "with the token of the hold you got, to book, release or change like any other. The "
            "socket says when to look: it sends you, and nobody else, an offer frame."
        ),
        parameters=[SHOW_ID],
        responses=WaitlistEntryOutputSerializer(many=True),
        examples=[examples.OFFER, examples.WAITLIST_ENTRY],
    )
    def get(self, request: Request, show_id: int) -> Response:
        entries = waitlist_entries(show_id=show_id, user=member(request), now=timezone.now())
        return Response(list(map(WaitlistEntryOutputSerializer.of, entries)))

    @extend_schema(
        operation_id="join_waitlist",
        tags=TAGS,
        summary="Wait for a held seat",
        description=(
            "Join the waitlist for a seat that somebody else holds. When the seat becomes free it "
            f"is offered to the first on the list for {OFFER_TIME.seconds} seconds, then to the "
            "next. Nobody overtakes the waitlist. The socket in the answer tells you of an offer. "
            f"The sample data holds the seat of the example for {HOLD_TIME // MINUTE} minutes; "
            "loading it again does so again."
        ),
        parameters=[SHOW_ID],
        request=WaitlistEntrySerializer,
        responses={201: WaitlistEntryOutputSerializer},
        examples=[examples.JOIN_WAITLIST, examples.WAITLIST_ENTRY],
    )
    def post(self, request: Request, show_id: int) -> Response:
        wanted = WaitlistEntrySerializer.checked(request.data)
        user = member(request)
        entry = join_waitlist(show_id=show_id, user=user, now=timezone.now(), **wanted)
        entry = entries_of(user, show_id).get(pk=entry.pk)
        return Response(WaitlistEntryOutputSerializer.of(entry), 201)

    @extend_schema(
        operation_id="leave_waitlist",
        tags=TAGS,
        summary="Stop waiting",
        description="Leave the waitlist for a seat.",
        parameters=[SHOW_ID, SeatNumberQuerySerializer, SEAT_NUMBER],
        responses={204: None},
    )
    def delete(self, request: Request, show_id: int) -> Response:
        wanted = SeatNumberQuerySerializer.checked(request.query_params)
        leave_waitlist(show_id=show_id, user=member(request), now=timezone.now(), **wanted)
        return Response(status=204)
