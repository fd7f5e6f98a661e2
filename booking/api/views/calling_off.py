"""Calling shows off, and moving them."""

from typing import Any

from django.conf import settings
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from booking.api.refusals import refusals_of
from booking.call_off_bodies import CallOffSerializer
from booking.call_off_inputs import MoveSerializer, NothingSerializer
from booking.errors import NotInCharge
from booking.models import CALL_OFF
from booking.selectors.catalogue import show_uncounted
from booking.services.calling_off import cancel_show, move_show
from booking.services.left_over import left_over
from foundation.web.views import ID_TYPE, ApiView

TAGS = ["Programme"]
SHOW_ID = OpenApiParameter(
    "show_id", {**ID_TYPE, "example": 2}, OpenApiParameter.PATH, description="The show's id."
)
MOVE = OpenApiExample("Another time", {"starts_at": "2099-11-22T20:15:00+01:00"}, request_only=True)
_NOTHING_LEFT: dict[str, Any] = {"live": [], "refunds": [], "to_give_back": [], "untold": []}
_BEFORE = {
    "show": 2,
    "starts_at": "2026-11-22T20:15:00+01:00",
    "auditorium": 1,
    "cancelled_at": None,
    "moved_at": None,
    "affected": {
        "bookings": 31,
        "tickets": 74,
        "paid": [{"method": "cash", "amount": "25.00"}, {"method": "online", "amount": "812.50"}],
        "with_address": 28,
        "without_address": 2,
    },
    "left": _NOTHING_LEFT,
    "currency": settings.CURRENCY,
}
NOTHING = OpenApiExample("Nothing", {}, request_only=True)
PREVIEW = OpenApiExample("Before", _BEFORE, response_only=True)
REPORT = OpenApiExample(
    "Called off, with something left",
    _BEFORE
    | {
        "cancelled_at": "2026-11-22T18:02:11.123456+01:00",
        "affected": {
            "bookings": 1,
            "tickets": 2,
            "paid": [],
            "with_address": 1,
            "without_address": 0,
        },
        "left": {
            "live": [{"reference": "K7MQ-4TXP", "why": "It waits for a worker."}],
            "refunds": [
                {"reference": "X2PW-9RDB", "why": "It waits for a worker.", "amount": "25.00"}
            ],
            "to_give_back": [
                {"reference": "B3CN-7FGH", "why": "It was paid here.", "amount": "12.50"}
            ],
            "untold": [{"reference": "B3CN-7FGH", "why": "There is no address to write to."}],
        },
    },
    response_only=True,
)


class CallsShowsOff(BasePermission):
    """Lets in whoever may call shows off."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if not request.user.has_perm(CALL_OFF):
            raise NotInCharge
        return True


class ProgrammeView(ApiView):
    """Staff with that permission call it, with an access token."""

    permission_classes = [IsAuthenticated, CallsShowsOff]


class CancelShow(ProgrammeView):
    """Calling a show off."""

    errors = (NotInCharge(), *refusals_of(left_over, cancel_show))

    @extend_schema(
        operation_id="preview_cancelling_show",
        tags=TAGS,
        summary="What calling a show off affects, and what is left of it",
        description=(
            "Before: how many bookings, tickets and people it affects if the show is called off or "
            "moved, and what was paid. After: what is left to do, and why."
        ),
        parameters=[SHOW_ID],
        responses=CallOffSerializer,
        examples=[PREVIEW, REPORT],
    )
    def get(self, request: Request, show_id: int) -> Response:
        return Response(CallOffSerializer.of(show_uncounted(show_id)))

    @extend_schema(
        operation_id="cancel_show",
        tags=TAGS,
        summary="Call a show off",
        description=(
            "For good: nobody can hold, book or come in any more. Then workers cancel each "
            "booking, send back what was paid online, and write to each buyer. Ask again how far "
            "they are; send it again to take up what failed for good."
        ),
        parameters=[SHOW_ID],
        request=NothingSerializer,
        responses=CallOffSerializer,
        examples=[NOTHING, REPORT],
    )
    def post(self, request: Request, show_id: int) -> Response:
        NothingSerializer.checked(request.data)
        cancel_show(show_id=show_id, now=timezone.now())
        return Response(CallOffSerializer.of(show_uncounted(show_id)))


class MoveShow(ProgrammeView):
    """Moving a show."""

    errors = (NotInCharge(), *refusals_of(left_over, move_show))

    @extend_schema(
        operation_id="move_show",
        tags=TAGS,
        summary="Move a show",
        description=(
            "Give it another time, or another auditorium with the same layout, or both. Bookings "
            "keep their seats; each buyer gets a mail, and gives tickets back free of charge."
        ),
        parameters=[SHOW_ID],
        request=MoveSerializer,
        responses=CallOffSerializer,
        examples=[MOVE, PREVIEW],
    )
    def post(self, request: Request, show_id: int) -> Response:
        wanted = MoveSerializer.checked(request.data)
        move_show(show_id=show_id, now=timezone.now(), **wanted)
        return Response(CallOffSerializer.of(show_uncounted(show_id)))
