"""Paying for the seats of a hold, and what providers tell."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from booking.api.refusals import refusals_of
from booking.buyers import Buyer
from booking.services.paying import WhichHold
from foundation.web.clients import client_of, user_of
from foundation.web.parsers import MAX_BODY_BYTES, BodyTooLarge
from foundation.web.views import GuestView, PublicView
from payments.addresses import payment_id_of
from payments.api import examples
from payments.bodies import PaymentSerializer
from payments.errors import NotSigned, PaymentNotFound
from payments.inputs import PaySerializer
from payments.providers import BadSignature
from payments.providers.registry import is_heard
from payments.selectors import payment_of
from payments.services.finishing import ASKED_EVERY, ask_how_far
from payments.services.notices import receive
from payments.services.starting import open_payment, start_payment

TAGS = ["Payments"]
TOKEN = OpenApiParameter(
    "hold_token", str, OpenApiParameter.PATH, description="The token of a hold."
)
PAYMENT_ID = OpenApiParameter(
    "payment", str, OpenApiParameter.PATH, description="The id that you got when you began to pay."
)
LOCATION = OpenApiParameter(
    "Location", str, OpenApiParameter.HEADER, response=[201], description="The payment's URL."
)


class Pay(GuestView):
    """Paying for a hold."""

    errors = (*refusals_of(start_payment, open_payment), *examples.REFUSALS)

    @extend_schema(
        operation_id="pay_for_hold",
        tags=TAGS,
        summary="Pay for a hold",
        description=(
            "Begin to pay online for the seats of a hold, which stays until the payment ends. Send "
            "the buyer to `url`; the seats are sold once the provider promises the money, and only "
            "then it is taken. Without an account, give an `email` for the tickets. Asked again, "
            "it answers the payment under way; after a decline it begins another one. To pay at "
            "the box office, book the hold instead."
        ),
        parameters=[TOKEN, LOCATION],
        request=PaySerializer,
        responses={201: PaymentSerializer},
        examples=[examples.PAY, examples.PAYMENT],
    )
    def post(self, request: Request, hold_token: str) -> Response:
        wanted = PaySerializer.checked(request.data)
        payment = start_payment(
            WhichHold(token=hold_token),
            way=wanted["provider"],
            buyer=Buyer(user_of(request), wanted.get("email", "")),
            client=client_of(request),
            now=timezone.now(),
        )
        body = PaymentSerializer.of_payment(payment)
        headers = {"Location": reverse("payments-api:payment", args=[body["id"]])}
        return Response(body, 201, headers=headers)


class Payment(GuestView):
    """One payment."""

    errors = (examples.NOT_FOUND,)

    @extend_schema(
        operation_id="get_payment",
        tags=TAGS,
        summary="A payment",
        description=(
            "How far a payment is; one under way is looked up at the provider, so ask again after "
            "some seconds. Its id is a secret, and all that it takes."
        ),
        parameters=[PAYMENT_ID],
        responses=PaymentSerializer,
        examples=[examples.PAYMENT],
    )
    def get(self, request: Request, payment: str) -> Response:
        payment_id = payment_id_of(payment)
        found = payment_of(payment_id)
        if found.is_under_way:
            ask_how_far(payment_id=payment_id, now=timezone.now(), every=ASKED_EVERY)
        return Response(PaymentSerializer.of_payment(found))


class Notify(PublicView):
    """Where providers tell that something happened; nothing of it is believed but where to look.

    Nothing is counted against a provider: what it tells is stored once and handled by a worker.
    """

    schema = None
    throttle_classes = []

    def post(self, request: Request, provider: str) -> Response:
        sent: HttpRequest = request._request
        if int(sent.META.get("CONTENT_LENGTH") or 0) > MAX_BODY_BYTES:
            raise BodyTooLarge
        if not is_heard(provider):
            raise PaymentNotFound("No such provider is offered here.")
        headers: Any = sent.headers
        try:
            receive(way=provider, body=sent.body, headers=headers, now=timezone.now())
        except BadSignature:
            raise NotSigned from None
        return Response(status=204)
