"""Booking seats, and what becomes of bookings."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import AbstractBaseUser
from django.contrib.auth.views import redirect_to_login
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from rest_framework.exceptions import Throttled

from booking.buyers import Buyer
from booking.errors import SeatTaken, ShowFull
from booking.letters import page_of
from booking.models import Booking
from booking.pages import one_booking
from booking.pages.catalogue import show_page
from booking.pages.chosen import seat_numbers_in, seats_text, types_in
from booking.pages.guests import GuestSeats, count_guest, guest_of
from booking.pages.holds import own_hold
from booking.pages.one_booking import Desk, answer_of, booking_page, calendar_file
from booking.selectors import bookings as booking_selectors
from booking.selectors.refunds import with_money
from booking.services.sales import book_in_browser
from foundation.errors import Refusal
from foundation.idempotency.services import idempotent
from foundation.web.clients import browser_of, user_of
from foundation.web.idempotency import sending_of_form

ON_A_PAGE = 20


class SignedInRequest(HttpRequest):
    """What `login_required` lets through."""

    user: AbstractBaseUser  # type: ignore[assignment]


@require_POST
def book(request: HttpRequest, show_id: int) -> HttpResponse:
    """Book the seats held, or else those chosen, or show the map again and say why not.

    Who has no account names an e-mail address, or is asked to sign in.
    """
    named = request.POST.getlist("seats")
    chosen, types = seat_numbers_in(named), types_in(named)
    now, user = timezone.now(), user_of(request)
    if user is None and (not request.POST.get("email") or "account" in request.POST):
        seats = "" if own_hold(request, show_id) else f"?seats={seats_text(chosen, types)}"
        return redirect_to_login(f"{reverse('show', args=[show_id])}{seats}")

    guests = GuestSeats(request, show_id)

    def perform() -> Booking:
        return book_in_browser(
            show_id=show_id,
            browser=browser_of(request) or "",
            seat_numbers=chosen,
            buyer=buyer,
            now=now,
            terms=request.POST.get("terms"),
            types=types,
        )

    try:
        buyer = Buyer(user) if user else guest_of(request)
        if user is None:
            guests.check(len(chosen))
        sent = idempotent(sending_of_form(request), perform=perform, answer=answer_of, now=now)
    except (SeatTaken, ShowFull) as error:
        found = user and booking_selectors.booking_with_seats(user, show_id, chosen)
        if not found:
            return show_page(request, show_id, chosen=chosen, refusal=error)
        messages.info(request, "These seats are yours already: here is your booking.")
        return redirect("booking", reference=found.reference)
    except (Refusal, Throttled) as error:
        return show_page(request, show_id, chosen=chosen, refusal=error)
    if sent.performed and user is None:
        guests.count(len(chosen))
        count_guest(buyer)
    booked = sent.performed or Booking.objects.get(reference=sent.answer["reference"])
    return redirect(page_of(booked))


@require_safe
@never_cache
def mine(request: HttpRequest, show_id: int) -> HttpResponse:
    """Answer which seats of the show the moviegoer has booked, here or elsewhere."""
    user = user_of(request)
    return JsonResponse({"mine": booking_selectors.seats_of(user, show_id) if user else []})


@require_safe
@never_cache
@login_required
def bookings(request: SignedInRequest) -> HttpResponse:
    """List the user's bookings: those still valid, soonest first, and all others, in pages."""
    now = timezone.now()
    upcoming, past = booking_selectors.valid_and_other_bookings_of(request.user, now)
    upcoming = with_money(upcoming)
    pages = {
        name: Paginator(found, ON_A_PAGE).get_page(request.GET.get(name))
        for name, found in (("upcoming", upcoming), ("past", past))
    }
    return render(request, "pages/bookings.html", {**pages, "now": now})


@require_safe
@never_cache
@login_required
def booking(request: SignedInRequest, reference: str) -> HttpResponse:
    """Show one of the user's bookings."""
    return booking_page(request, _desk(request, reference))


@require_safe
@never_cache
@login_required
def calendar(request: SignedInRequest, reference: str) -> HttpResponse:
    """Give one of the user's bookings as a file for calendars."""
    return calendar_file(request, _desk(request, reference).booking)


@require_POST
@login_required
def cancel_booking(request: SignedInRequest, reference: str) -> HttpResponse:
    """Cancel one of the user's bookings, or some of its tickets, and show what came of it."""
    return one_booking.cancel(request, _desk(request, reference))


@require_POST
@login_required
def exchange(request: SignedInRequest, reference: str) -> HttpResponse:
    """Exchange seats of one of the user's bookings, and show what came of it."""
    return one_booking.exchange(request, _desk(request, reference))


def _desk(request: SignedInRequest, reference: str) -> Desk:
    mine = booking_selectors.bookings_of(request.user)
    found = get_object_or_404(mine, reference=reference.upper())
    return Desk(found, page=reverse("booking", args=[found.reference]), user=request.user)
