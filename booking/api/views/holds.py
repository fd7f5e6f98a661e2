"""Holding seats, with or without an account."""

from typing import Any

from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from booking.api import examples
from booking.api.refusals import TAKEN_WITH_ALTERNATIVE, refusals_of
from booking.bodies import HoldSerializer
from booking.inputs import SelectionSerializer
from booking.models import Hold as HoldModel
from booking.rules import (
    HOLD_TIME,
    LIVE_HOLDS_OF_ACCOUNT,
    LIVE_HOLDS_OF_ADDRESS,
    LONGEST_HOLD_TIME,
    MINUTE,
    SEATS_HELD,
)
from booking.selectors import holds
from booking.services.holds import change_hold, new_token, place_hold, release_hold
from foundation.idempotency.services import KeyReused, idempotent
from foundation.web.clients import client_of, user_of
from foundation.web.idempotency import HEADER, sending_of
from foundation.web.views import GuestView

TAGS = ["Holds"]
TOKEN = OpenApiParameter(
    "token", str, OpenApiParameter.PATH, description="The token that you got when you held seats."
)
LOCATION = OpenApiParameter(
    "Location", str, OpenApiParameter.HEADER, response=[201], description="The hold's URL."
)


class PlaceHold(GuestView):
    """Holding seats of a show."""

    errors = (*refusals_of(place_hold), TAKEN_WITH_ALTERNATIVE, KeyReused())

    @extend_schema(
        operation_id="place_hold",
        tags=TAGS,
        summary="Hold seats",
        description=(
            "Hold named seats, or the best ones together, all or none, for "
            f"{HOLD_TIME // MINUTE} minutes. It needs no account: whoever has the secret token in "
            f"the answer has the hold. An account may have {LIVE_HOLDS_OF_ACCOUNT} live holds, and "
            f"all visitors without one at an address {LIVE_HOLDS_OF_ADDRESS}, with {SEATS_HELD} "
            "seats of one show at once. Seats that you let go of are there for others first; to "
            "change your mind, change the hold instead. A 409 names the lost seats, and as an "
            "alternative the nearest free block of as many. With `terms`, the seats are held only "
            "if the show is still what you saw. `tickets` say who comes, by the show's "
            "`ticket_types`: adults where nothing is said."
        ),
        parameters=[HEADER, LOCATION],
        request=SelectionSerializer,
        responses={201: HoldSerializer},
        examples=[
            examples.HOLD_SEATS,
            examples.HOLD_TICKETS,
            examples.HOLD_BEST,
            examples.HOLD_ACCESSIBLE,
            examples.HOLD,
        ],
    )
    def post(self, request: Request, show_id: int) -> Response:
        wanted = SelectionSerializer.checked(request.data)
        now, client, user = timezone.now(), client_of(request), user_of(request)
        sending = sending_of(request)
        token = sending.secret("hold token") if sending else new_token()

        def perform() -> HoldModel:
            return place_hold(
                show_id=show_id, client=client, user=user, now=now, token=token, **wanted
            )

        body = idempotent(sending, perform=perform, answer=_without_token, now=now).answer
        headers = {"Location": reverse("api:hold", args=[token])}
        return Response(body | {"token": token}, 201, headers=headers)


def _without_token(hold: HoldModel) -> dict[str, Any]:
    return HoldSerializer.of(hold, token=None)


class Hold(GuestView):
    """One hold, by its token."""

    errors = refusals_of(holds.hold_of)
    put_errors = (*refusals_of(change_hold), TAKEN_WITH_ALTERNATIVE)
    delete_errors = refusals_of(release_hold)

    @extend_schema(
        operation_id="get_hold",
        tags=TAGS,
        summary="A hold",
        description="The seats of a hold and when it expires.",
        parameters=[TOKEN],
        responses=HoldSerializer,
        examples=[examples.HOLD],
    )
    def get(self, request: Request, token: str) -> Response:
        hold = holds.hold_of(token=token, user=user_of(request))
        return Response(HoldSerializer.of(hold, token=token))

    @extend_schema(
        operation_id="change_hold",
        tags=TAGS,
        summary="Change a hold",
        description=(
            "Let the hold have exactly these seats instead, or the best ones, its own among "
            f"them, or change nothing. This renews it for {HOLD_TIME // MINUTE} minutes, up to "
            f"{LONGEST_HOLD_TIME // MINUTE} in all; a refusal renews nothing. A seat that was "
            "offered to you from the waitlist comes into the hold when you name it. Without "
            "`tickets` each seat that stays is for whom it was."
        ),
        parameters=[TOKEN],
        request=SelectionSerializer,
        responses=HoldSerializer,
        examples=[examples.CHANGE_HOLD, examples.HOLD_BEST, examples.HOLD],
    )
    def put(self, request: Request, token: str) -> Response:
        wanted = SelectionSerializer.checked(request.data)
        hold = change_hold(token=token, user=user_of(request), now=timezone.now(), **wanted)
        return Response(HoldSerializer.of(hold, token=token))

    @extend_schema(
        operation_id="release_hold",
        tags=TAGS,
        summary="Release a hold",
        description="Give back all seats of a hold.",
        parameters=[TOKEN],
        responses={204: None},
    )
    def delete(self, request: Request, token: str) -> Response:
        release_hold(token=token, user=user_of(request), now=timezone.now())
        return Response(status=204)
