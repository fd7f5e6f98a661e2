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

from booking.buyers import Buyer
from booking.errors import SeatTaken, ShowFull
from booking.inputs import seat_numbers_in
from booking.letters.calendar import calendar_entry
from booking.models import Booking, State
from booking.money_back import MoneyBack
from booking.pages.catalogue import OTHER_TIMES, show_page
from booking.pages.holds import own_hold
from booking.selectors import bookings as booking_selectors
from booking.selectors import catalogue, seat_map
from booking.selectors.refunds import refund_in_words, with_money
from booking.services import amendments
from booking.services.sales import book_in_browser
from booking.terms import TermsChanged
from foundation.errors import Refusal
from foundation.idempotency.services import idempotent
from foundation.web.clients import browser_of, user_of
from foundation.web.idempotency import sending_of_form
from foundation.web.problems import problem_of

ON_A_PAGE = 20


class SignedInRequest(HttpRequest):
    """What `login_required` lets through."""

    user: AbstractBaseUser  # type: ignore[assignment]


@require_POST
def book(request: HttpRequest, show_id: int) -> HttpResponse:
    """Book the seats held, or else those chosen, or show the map again and say why not."""
    chosen = seat_numbers_in(request.POST.getlist("seats"))
    now = timezone.now()
    if not request.user.is_authenticated:
        seats = "" if own_hold(request, show_id) else f"?seats={','.join(map(str, chosen))}"
        return redirect_to_login(f"{reverse('show', args=[show_id])}{seats}")
    user = request.user

    def perform() -> Booking:
        return book_in_browser(
            show_id=show_id,
            browser=browser_of(request) or "",
            seat_numbers=chosen,
            buyer=Buyer(user),
            now=now,
            terms=request.POST.get("terms"),
        )

    try:
        sent = idempotent(sending_of_form(request), perform=perform, answer=_answer, now=now)
    except (SeatTaken, ShowFull) as error:
        found = booking_selectors.booking_with_seats(user, show_id, chosen)
        if found is None:
            return show_page(request, show_id, chosen=chosen, refusal=error)
        messages.info(request, "These seats are yours already: here is your booking.")
        return redirect("booking", reference=found.reference)
    except Refusal as error:
        return show_page(request, show_id, chosen=chosen, refusal=error)
    if sent.performed:
        messages.success(request, "Your seats are booked. Enjoy the film!")
    return redirect("booking", reference=sent.answer["reference"])


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
    return _booking_page(request, _booking(request, reference))


def _booking_page(
    request: HttpRequest,
    found: Booking,
    *,
    agreement: dict[str, object] | None = None,
    status: int = 200,
) -> HttpResponse:
    now = timezone.now()
    is_on = not found.cancelled_at and not found.show.cancelled_at
    changeable = now < found.show.starts_at and is_on
    context = {
        "booking": found,
        "is_over": now >= found.show.film_ends_at,
        "is_valid": is_on and now < found.show.film_ends_at,
        "other_times": catalogue.other_times(found.show, now=now, limit=OTHER_TIMES)
        if found.show.cancelled_at
        else None,
        "changeable": changeable,
        "free_seats": seat_map.free_seats(found.show_id, now) if changeable else [],
        "agreement": agreement,
        "receipt": _receipt(found),
    }
    return render(request, "pages/booking.html", context, status=status)


def _receipt(found: Booking) -> dict[str, object] | None:
    """Return the entry of the log that a booking stands under, and which of its seats it sold."""
    entry = booking_selectors.newest_entry_of(found)
    if entry is None:
        return None
    sold = {number for number, letter, *_ in entry.changes if letter == State.BOOKED}
    tickets = [ticket for ticket in found.tickets.all() if ticket.seat_number in sold]
    return {
        "entry": entry,
        "letter": State.BOOKED.value,
        "seats": [ticket.seat_number for ticket in tickets],
        "labels": [ticket.seat.label for ticket in tickets],
    }


@require_safe
@never_cache
@login_required
def calendar(request: SignedInRequest, reference: str) -> HttpResponse:
    """Give one of the user's bookings as a file for calendars."""
    found = _booking(request, reference)
    url = request.build_absolute_uri(reverse("booking", args=[found.reference]))
    log_url = request.build_absolute_uri(reverse("log", args=[found.show_id]))
    return HttpResponse(
        calendar_entry(found, url=url, log_url=log_url),
        content_type="text/calendar; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{found.reference}.ics"'},
    )


@require_POST
@login_required
def cancel_booking(request: SignedInRequest, reference: str) -> HttpResponse:
    """Cancel one of the user's bookings, or some of its tickets, and show what came of it."""
    found = _booking(request, reference)
    now = timezone.now()
    # All of them where the form has nothing to tick.
    ticked = seat_numbers_in(request.POST.getlist("seats")) if "some" in request.POST else None

    def perform() -> Booking:
        return amendments.cancel_booking(
            booking_id=found.pk, user=request.user, now=now, seat_numbers=ticked
        )

    try:
        sent = idempotent(sending_of_form(request), perform=perform, answer=_answer, now=now)
    except Refusal as error:
        messages.error(request, error.detail)
    else:
        if sent.performed:
            messages.success(request, _cancelled(found, sent.performed))
    return redirect("booking", reference=found.reference)


@require_POST
@login_required
def exchange(request: SignedInRequest, reference: str) -> HttpResponse:
    """Exchange seats of one of the user's bookings, and show what came of it."""
    found = _booking(request, reference)
    give = seat_numbers_in(request.POST.getlist("give"))
    take = seat_numbers_in(request.POST.getlist("take"))
    now = timezone.now()

    def perform() -> Booking:
        return amendments.exchange_seats(
            booking_id=found.pk,
            give=give,
            take=take,
            user=request.user,
            now=now,
            terms=request.POST.get("terms"),
        )

    try:
        sent = idempotent(sending_of_form(request), perform=perform, answer=_answer, now=now)
    except TermsChanged as refusal:
        agreement: dict[str, object] = {
            "refusal": refusal,
            "action": request.path,
            "fields": [("give", ",".join(map(str, give))), ("take", ",".join(map(str, take)))],
            "label": "Agree and exchange",
            "done": "exchanged",
        }
        status = problem_of(refusal).status
        return _booking_page(request, found, agreement=agreement, status=status)
    except Refusal as error:
        messages.error(request, error.detail)
    else:
        if sent.performed:
            messages.success(request, "Your seats are exchanged. The reference stays the same.")
    return redirect("booking", reference=found.reference)


def _answer(booking: Booking) -> dict[str, str]:
    return {"reference": booking.reference}


def _cancelled(before: Booking, left: Booking) -> str:
    """Return the sentence that says which seats of a booking were given back just now."""
    back = refund_in_words(left.money_back or MoneyBack())
    if left.cancelled_at:
        return f"Booking {left.reference} is cancelled. Its seats are free. {back}".rstrip()
    kept = {ticket.seat_number for ticket in booking_selectors.tickets_of(left)}
    labels = [t.seat.label for t in before.tickets.all() if t.seat_number not in kept]
    free = f"Cancelled and free again: {', '.join(labels)}. Your other seats are still yours."
    return f"{free} {back}".rstrip()


def _booking(request: SignedInRequest, reference: str) -> Booking:
    mine = booking_selectors.bookings_of(request.user)
    return get_object_or_404(mine, reference=reference.upper())
