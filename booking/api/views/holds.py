"""Holding seats, with or without an account."""

from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from booking import errors
from booking.api import examples
from booking.api.idempotency import HEADER, once, sending_of
from booking.api.inputs import WishSerializer
from booking.api.serializers import HoldSerializer, hold_body
from booking.api.views.base import GuestView
from booking.clients import client_of, user_of
from booking.errors import NamedSeat
from booking.selectors import holds
from booking.services.holds import (
    MAX_LIVE_HOLDS,
    MAX_LIVE_HOLDS_OF_ADDRESS,
    PlacedHold,
    change_hold,
    place_hold,
    release_hold,
)

TAGS = ["Holds"]
LOCATION = OpenApiParameter(
    "Location", str, OpenApiParameter.HEADER, response=[201], description="The hold's URL."
)
LOST = [NamedSeat(12, "B4")]
OFFER = [NamedSeat(15, "B7")]
CHOICE_ERRORS = (
    errors.DuplicateSeats(),
    errors.UnknownSeats("This show has no seat numbered 301."),
    errors.SeatTaken("Seat B4 is already taken.", seats=LOST, offer=OFFER),
    errors.ShowFull(seats=LOST),
    errors.ShowStarted(),
    errors.CompanionAlone("Seat O2 accompanies wheelchair space O1: choose them together."),
    errors.LeavesGap("Seat B4 would be left alone: add B4, or move to B7.", offer=OFFER),
    errors.NoSeatsTogether("No 3 seats together are left."),
    errors.TooMuchContention(),
)
TOKEN_ERRORS = (errors.HoldNotFound(), errors.NotYourHold(), errors.HoldEnded())
CHANGE_ERRORS = (*TOKEN_ERRORS, errors.HoldExpired(), *CHOICE_ERRORS)
RELEASE_ERRORS = (*TOKEN_ERRORS, errors.TooMuchContention())


class PlaceHold(GuestView):
    """Holding seats of a show."""

    errors = (
        errors.ShowNotFound(),
        *CHOICE_ERRORS,
        errors.TooManyHolds(
            f"You have {MAX_LIVE_HOLDS} holds already: book or release one of them first."
        ),
        errors.TokenUsed(),
        errors.KeyReused(),
    )

    @extend_schema(
        operation_id="place_hold",
        tags=TAGS,
        summary="Hold seats",
        description=(
            "Hold named seats, or the best ones together, all or none, for 8 minutes. Needs no "
            "account: the secret token in the answer is the claim. An account may have "
            f"{MAX_LIVE_HOLDS} live holds, and all who have none {MAX_LIVE_HOLDS_OF_ADDRESS} from "
            "an address. A 409 names the lost seats and offers the nearest equal block still free."
        ),
        parameters=[HEADER, LOCATION],
        request=WishSerializer,
        responses={201: HoldSerializer},
        examples=[
            examples.HOLD_SEATS,
            examples.HOLD_BEST,
            examples.HOLD_ACCESSIBLE,
            examples.HOLD,
        ],
    )
    def post(self, request: Request, show_id: int) -> Response:
        """Hold the seats for whoever has the token."""
        wish = WishSerializer.checked(request.data)["wish"]
        now, client, user = timezone.now(), client_of(request), user_of(request)
        sending = sending_of(request, client)
        token = sending.secret() if sending else None
        tokens: list[str] = []

        def perform() -> PlacedHold:
            placed = place_hold(
                show_id=show_id,
                wish=wish,
                client=client,
                user=user,
                now=now,
                token=token,
            )
            tokens.append(placed.token)
            return placed

        body = once(sending, perform=perform, answer=lambda placed: hold_body(placed.hold), now=now)
        token = token or tokens[-1]
        headers = {"Location": reverse("api:hold", args=[token])}
        return Response({"token": token, **body}, 201, headers=headers)


class Hold(GuestView):
    """One hold, by its token."""

    errors = TOKEN_ERRORS
    put_errors = CHANGE_ERRORS
    delete_errors = RELEASE_ERRORS

    @extend_schema(
        operation_id="get_hold",
        tags=TAGS,
        summary="A hold",
        description="The seats of a hold and when it expires.",
        responses=HoldSerializer,
        examples=[examples.HOLD],
    )
    def get(self, request: Request, token: str) -> Response:
        """Answer the hold."""
        hold = holds.hold_of(token=token, user=user_of(request))
        return Response({"token": token, **hold_body(hold)})

    @extend_schema(
        operation_id="change_hold",
        tags=TAGS,
        summary="Change a hold",
        description=(
            "Let the hold have exactly these seats instead, or the best ones, its own among "
            "them, or change nothing. Renews it for 8 minutes, up to 20 in all; a refusal renews "
            "nothing. A seat that is held for you as the next in line comes into the hold when you "
            "name it."
        ),
        request=WishSerializer,
        responses=HoldSerializer,
        examples=[examples.CHANGE_HOLD, examples.HOLD_BEST, examples.HOLD],
    )
    def put(self, request: Request, token: str) -> Response:
        """Change the hold's seats."""
        wish = WishSerializer.checked(request.data)["wish"]
        hold = change_hold(token=token, wish=wish, user=user_of(request), now=timezone.now())
        return Response({"token": token, **hold_body(hold)})

    @extend_schema(
        operation_id="release_hold",
        tags=TAGS,
        summary="Release a hold",
        description="Give back all seats of a hold.",
        responses={204: None},
    )
    def delete(self, request: Request, token: str) -> Response:
        """Release the hold."""
        release_hold(token=token, user=user_of(request), now=timezone.now())
        return Response(status=204)
