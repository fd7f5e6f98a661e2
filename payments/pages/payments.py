"""Paying: how it is begun from the seat map, and the page that says how far it is."""

import secrets
from datetime import datetime, timedelta

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from rest_framework.exceptions import Throttled

from booking.buyers import Buyer
from booking.links import token_of
from booking.pages.catalogue import show_page
from booking.pages.chosen import seat_numbers_in, seats_text, types_in
from booking.pages.guests import count_guest, guest_of
from booking.pages.holds import own_hold
from booking.services.browser_holds import set_hold
from booking.services.paying import WhichHold
from foundation.errors import Refusal
from foundation.web.clients import browser_of, client_of, keep_browser, user_of
from payments.addresses import BACK, address_of, payment_id_of
from payments.errors import PaymentNotFound
from payments.models import Payment
from payments.selectors import payment_of, what_came_of
from payments.services.finishing import ASKED_EVERY, ask_how_far, cancel_payment
from payments.services.starting import start_payment

# For somebody who comes back from the provider, it is asked so often.
ASKED_AT_ONCE = timedelta(seconds=1)
REFRESH_SECONDS = 3
# How long this page leads guests to their tickets.
TICKETS_SHOWN_FOR = timedelta(hours=1)
ONWARD = "onward"


@require_POST
def pay(request: HttpRequest, show_id: int, way: str) -> HttpResponse:
    """Begin to pay for the seats held, or show the map again and say why not.

    Seats that were chosen without scripts are held first. Who has no account names an e-mail
    address, or is asked to sign in.
    """
    seats = request.POST.getlist("seats")
    chosen, types = seat_numbers_in(seats), types_in(seats)
    now, user = timezone.now(), user_of(request)
    if user is None and (not request.POST.get("email") or "account" in request.POST):
        return redirect_to_login(
            f"{reverse('show', args=[show_id])}?seats={seats_text(chosen, types)}"
        )
    browser, client = browser_of(request) or secrets.token_hex(32), client_of(request)
    terms = request.POST.get("terms")
    which = WhichHold(
        browser=browser, show_id=show_id, seat_numbers=chosen, types=types, terms=terms
    )
    try:
        buyer = Buyer(user) if user else guest_of(request)
        if own_hold(request, show_id) is None:
            set_hold(
                browser=browser,
                show_id=show_id,
                selection=chosen,
                client=client,
                user=user,
                now=now,
                terms=terms,
                types=types,
            )
        begun = start_payment(which, way=way, buyer=buyer, client=client, now=now)
        if begun.created_at == now:
            count_guest(buyer)
    except (Refusal, Throttled) as refusal:
        response = show_page(request, show_id, chosen=chosen, refusal=refusal)
    else:
        response = redirect(f"{reverse('payment', args=[address_of(begun)])}?{ONWARD}")
    keep_browser(response, browser)
    return response


@require_safe
@never_cache
def payment(request: HttpRequest, address: str) -> HttpResponse:
    """Say how far a payment is; while that may change, the page comes again by itself.

    Right after it was begun the page leads on to where it is paid. No form may lead to another
    site, so the browser is told to go there by a header, which it does without an entry to come
    `Back` to.
    """
    found, now, is_back = _payment(address), timezone.now(), BACK in request.GET
    if found.is_under_way:
        every = ASKED_AT_ONCE if is_back else ASKED_EVERY
        if ask_how_far(payment_id=found.pk, now=now, every=every):
            found.asked_at = now
    context = {
        "payment": found,
        "address": address,
        "is_checking": is_checking(found, is_back=is_back),
        "tickets": _tickets(found, now),
        "came_of_it": what_came_of(found),
    }
    response = render(request, "pages/payment.html", context)
    if found.state == Payment.State.STARTED and found.url and ONWARD in request.GET:
        response["Refresh"] = f"0; url={found.url}"
    elif found.is_under_way:
        again = f"{request.path}?{BACK}" if context["is_checking"] else request.path
        response["Refresh"] = f"{REFRESH_SECONDS}; url={again}"
    return response


@require_POST
def cancel(request: HttpRequest, address: str) -> HttpResponse:
    """Give a payment up that was not made yet."""
    found = cancel_payment(payment_id=_payment(address).pk, now=timezone.now())
    if found.state == Payment.State.CANCELLED:
        messages.info(request, "The payment is cancelled. Nothing was charged.")
        return redirect("show", show_id=found.show_id)
    return redirect("payment", address=address)


def _tickets(found: Payment, now: datetime) -> str:
    """Return the path of the tickets, once there are some.

    Guests get it for a while alone: the link of their mail opens the tickets then, which is another
    one where staff correct their address, and this page's address stays.
    """
    if found.booking is None:
        return ""
    if found.booking.user_id is not None:
        return reverse("booking", args=[found.booking.reference])
    email, since = found.booking.email, found.authorised_at
    if not email or since is None or now >= since + TICKETS_SHOWN_FOR:
        return ""
    return reverse("tickets", args=[token_of(found.booking.pk, email)])


def is_checking(found: Payment, *, is_back: bool) -> bool:
    """Tell whether it may be paid by now: nobody could say, or who comes back was not answered."""
    if found.state == Payment.State.UNKNOWN:
        return True
    if found.state != Payment.State.STARTED or not is_back or found.asked_at is None:
        return False
    return found.seen_at is None or found.seen_at < found.asked_at


def _payment(address: str) -> Payment:
    try:
        return payment_of(payment_id_of(address))
    except PaymentNotFound as error:
        raise Http404 from error
