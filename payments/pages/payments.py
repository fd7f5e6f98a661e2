"""Paying: how it is begun from the seat map, and the page that says how far it is."""

from datetime import timedelta

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from booking.buyers import Buyer
from booking.inputs import seat_numbers_in
from booking.pages.catalogue import show_page
from booking.services.paying import WhichHold
from foundation.errors import Refusal
from foundation.web.clients import browser_of, client_of, user_of
from payments.addresses import address_of, payment_id_of
from payments.errors import PaymentNotFound
from payments.inputs import email_in
from payments.models import Payment
from payments.selectors import payment_of
from payments.services.finishing import ask_how_far, cancel_payment
from payments.services.starting import start_payment

# While the page is open, the provider is asked no more often than this.
ASKED_EVERY = timedelta(seconds=4)
REFRESH_SECONDS = 3
ONWARD = "onward"


@require_POST
def pay(request: HttpRequest, show_id: int) -> HttpResponse:
    """Begin to pay for the seats held, or show the map again and say why not."""
    seats = seat_numbers_in(request.POST.getlist("seats"))
    which = WhichHold(
        browser=browser_of(request) or "",
        show_id=show_id,
        seat_numbers=seats,
        terms=request.POST.get("terms"),
    )
    try:
        payment = start_payment(
            which,
            way=request.POST.get("way", ""),
            buyer=Buyer(user_of(request), email_in(request.POST.get("email", ""))),
            client=client_of(request),
            now=timezone.now(),
        )
    except Refusal as refusal:
        return show_page(request, show_id, chosen=seats, refusal=refusal)
    return redirect(f"{reverse('payment', args=[address_of(payment)])}?{ONWARD}")


@require_safe
@never_cache
def payment(request: HttpRequest, address: str) -> HttpResponse:
    """Say how far a payment is; while that may change, the page comes again by itself.

    Right after it was begun the page leads on to where it is paid. No form may lead to another
    site, so the browser is told to go there by a header, which it does without an entry to come
    `Back` to.
    """
    found = _payment(address)
    if found.is_under_way:
        ask_how_far(payment_id=found.pk, now=timezone.now(), every=ASKED_EVERY)
    context = {"payment": found, "address": address, "is_checking": is_checking(found)}
    response = render(request, "pages/payment.html", context)
    response["Referrer-Policy"] = "no-referrer"
    if found.state == Payment.State.STARTED and found.url and ONWARD in request.GET:
        response["Refresh"] = f"0; url={found.url}"
    elif found.is_under_way:
        response["Refresh"] = f"{REFRESH_SECONDS}; url={request.path}"
    return response


@require_POST
def cancel(request: HttpRequest, address: str) -> HttpResponse:
    """Give a payment up that was not made yet."""
    found = cancel_payment(payment_id=_payment(address).pk, now=timezone.now())
    if found.state == Payment.State.CANCELLED:
        messages.info(request, "The payment is cancelled. Nothing was charged.")
        return redirect("show", show_id=found.show_id)
    return redirect("payment", address=address)


def is_checking(found: Payment) -> bool:
    """Tell whether nobody knows how far it is, since it was last asked for."""
    if found.state == Payment.State.UNKNOWN:
        return True
    if found.state != Payment.State.STARTED or found.asked_at is None:
        return False
    return found.seen_at is None or found.seen_at < found.asked_at


def _payment(address: str) -> Payment:
    try:
        return payment_of(payment_id_of(address))
    except PaymentNotFound as error:
        raise Http404 from error
