"""Example bodies and answers, and an example of each refusal."""

from django.conf import settings
from drf_spectacular.utils import OpenApiExample

from booking.prices import money
from foundation.errors import Refusal
from payments import errors

PAY = OpenApiExample("Pretended", {"provider": "pretend"}, request_only=True)
PAYMENT = OpenApiExample(
    "A payment",
    {
        "id": "4810362957215834.Zt2lq3mXv0cG9hQ1yR7sKd4eW8uN5bA6fJ0pT3iLo",
        "provider": "pretend",
        "state": "started",
        "reason": "",
        "amount": "25.00",
        "currency": settings.CURRENCY,
        "url": "https://frontrow.example/payments/pretend/6120947735518362/",
        "page": "https://frontrow.example/payments/4810362957215834.Zt2lq3mXv0cG9hQ1yR7sKd4eW8/",
        "until": "2026-11-22T13:59:34.123456+01:00",
        "booking": None,
    },
    response_only=True,
)
REFUSALS: tuple[Refusal, ...] = (
    errors.WayNotOffered("There is no way to pay named 'barter' here."),
    errors.NoBuyer(),
    errors.AmountTooSmall(
        f"{money('0.30')} is too little to be paid this way: {money('0.50')} is the least. "
        "Please pay at the box office."
    ),
    errors.NothingToPay(),
    errors.TooManyPayments(),
)
NOT_FOUND = errors.PaymentNotFound()
