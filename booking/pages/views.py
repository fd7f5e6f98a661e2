"""The box office as web pages: each view makes one call and shows its result."""

import re
from collections.abc import Sequence
from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import AbstractBaseUser
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_POST, require_safe

from booking.errors import BookingError, HoldChanged, ShowNotFound, TooMuchContention
from booking.models import Booking, Kind, Show
from booking.pages.calendar import calendar_entry
from booking.pages.kept_hold import KeptHold, forget, keep, kept_hold
from booking.pages.limits import limited
from booking.pages.seat_map_data import free_seat_options, seat_map_data, view_box
from booking.selectors import bookings as booking_selectors
from booking.selectors import catalogue, seat_map
from booking.services.bookings import book_hold, book_seats
from booking.services.bookings import cancel_booking as cancel
from booking.services.second_chances import cancel_tickets, exchange_seats

PAST_BOOKINGS = 50
BEST_COUNTS = (2, 3, 4)


class SignedInRequest(HttpRequest):
    """What `login_required` lets through."""

    user: AbstractBaseUser  # type: ignore[assignment]


@require_safe
@cache_control(private=True, no_cache=True)
def landing(request: HttpRequest) -> HttpResponse:
    """Show what is on, with the seat map of the next show, and how to use the API."""
    now = timezone.now()
    movies = list(catalogue.now_showing(now=now))
    upcoming = [show for movie in movies for show in movie.upcoming_shows]  # type: ignore[attr-defined]
    origin = request.build_absolute_uri("/").rstrip("/")
    context: dict[str, object] = {
        "movies": movies,
        "origin": origin,
        "socket_origin": origin.replace("http", "ws", 1),
    }
    if not upcoming:
        return render(request, "pages/landing.html", context)
    show = min(upcoming, key=lambda show: (show.starts_at, show.pk))
    kept = kept_hold(request, show.pk, now)
    chosen = _seat_numbers(request.GET.getlist("seats"))
    context |= _box_office(request, show, kept=kept, chosen=chosen)
    response = render(request, "pages/landing.html", context)
    keep(response, show.pk, kept)
    return response


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """Lead browsers to the icon from pages that don't name it, such as the API's."""
    return redirect(static("icons/favicon.svg"))


@require_safe
@cache_control(private=True, no_cache=True)
def show(request: HttpRequest, show_id: int) -> HttpResponse:
    """Show the seat map of one show, with the seats chosen that the address names."""
    return _show_page(request, show_id, chosen=_seat_numbers(request.GET.getlist("seats")))


@require_POST
@limited
def book(request: HttpRequest, show_id: int) -> HttpResponse:
    """Book the seats held, or else those chosen, or show the map again and say why not."""
    chosen = _seat_numbers(request.POST.getlist("seats"))
    now = timezone.now()
    kept = kept_hold(request, show_id, now)
    if not request.user.is_authenticated:
        seats = "" if kept.hold else f"?seats={','.join(map(str, chosen))}"
        return redirect_to_login(f"{reverse('show', args=[show_id])}{seats}")
    try:
        booking = _book(show_id, kept, chosen, user=request.user, now=now)
    except BookingError as error:
        return _show_page(request, show_id, chosen=chosen, refusal=error)
    messages.success(request, "Your seats are booked. Enjoy the film!")
    response = redirect("booking", reference=booking.reference)
    forget(response, show_id)
    return response


@require_safe
@never_cache
@login_required
def bookings(request: SignedInRequest) -> HttpResponse:
    """List the user's bookings: those to come, soonest first, and the latest others."""
    now = timezone.now()
    mine = booking_selectors.bookings_of(request.user)
    to_come = mine.filter(cancelled_at=None, show__starts_at__gt=now)
    context = {
        "upcoming": to_come.order_by("show__starts_at", "pk"),
        "past": mine.exclude(pk__in=to_come.order_by().values("pk"))[:PAST_BOOKINGS],
    }
    return render(request, "pages/bookings.html", context)


@require_safe
@never_cache
@login_required
def booking(request: SignedInRequest, reference: str) -> HttpResponse:
    """Show one of the user's bookings."""
    found = _booking(request, reference)
    now = timezone.now()
    started = now >= found.show.starts_at
    changeable = not started and not found.cancelled_at
    context = {
        "booking": found,
        "started": started,
        "free_seats": seat_map.free_seats(found.show_id, now) if changeable else [],
    }
    return render(request, "pages/booking.html", context)


@require_safe
@never_cache
@login_required
def booking_calendar(request: SignedInRequest, reference: str) -> HttpResponse:
    """Give one of the user's bookings as a file for calendars."""
    found = _booking(request, reference)
    url = request.build_absolute_uri(reverse("booking", args=[found.reference]))
    return HttpResponse(
        calendar_entry(found, url=url),
        content_type="text/calendar; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{found.reference}.ics"'},
    )


@require_POST
@limited
@login_required
def cancel_booking(request: SignedInRequest, reference: str) -> HttpResponse:
    """Cancel one of the user's bookings, or some of its tickets, and show what came of it."""
    found = _booking(request, reference)
    try:
        told = _cancel(request, found)
    except BookingError as error:
        messages.error(request, error.detail)
    else:
        messages.success(request, told)
    return redirect("booking", reference=found.reference)


@require_POST
@limited
@login_required
def exchange(request: SignedInRequest, reference: str) -> HttpResponse:
    """Exchange seats of one of the user's bookings, and show what came of it."""
    found = _booking(request, reference)
    give = _seat_numbers(request.POST.getlist("give"))
    take = _seat_numbers(request.POST.getlist("take"))
    try:
        exchange_seats(
            booking_id=found.pk, give=give, take=take, user=request.user, now=timezone.now()
        )
    except BookingError as error:
        messages.error(request, error.detail)
    else:
        messages.success(request, "Your seats are exchanged. The reference stays the same.")
    return redirect("booking", reference=found.reference)


def _cancel(request: SignedInRequest, found: Booking) -> str:
    """Cancel the tickets ticked in the form, or all where it has nothing to tick."""
    now, user = timezone.now(), request.user
    if "some" not in request.POST:
        cancel(booking_id=found.pk, user=user, now=now)
        return f"Booking {found.reference} is cancelled. Its seats are free."
    seat_numbers = _seat_numbers(request.POST.getlist("seats"))
    left = cancel_tickets(booking_id=found.pk, seat_numbers=seat_numbers, user=user, now=now)
    labels = [t.seat.label for t in found.tickets.all() if t.seat_number in seat_numbers]
    if left.cancelled_at:
        return f"Booking {found.reference} is cancelled. Its seats are free."
    return f"Cancelled and free again: {', '.join(labels)}. Your other seats are still yours."


def _booking(request: SignedInRequest, reference: str) -> Booking:
    mine = booking_selectors.bookings_of(request.user)
    return get_object_or_404(mine, reference=reference.upper())


def _book(
    show_id: int,
    kept: KeptHold,
    chosen: Sequence[int],
    *,
    user: AbstractBaseUser,
    now: datetime,
) -> Booking:
    if kept.hold is None:
        return book_seats(show_id=show_id, seat_numbers=chosen, user=user, now=now)
    # Nobody gets, or pays for, other seats than the page showed: another tab may have changed them.
    if set(chosen) != set(kept.hold.seat_numbers):
        raise HoldChanged
    return book_hold(show_id=show_id, token=kept.token, user=user, now=now)


def _show_page(
    request: HttpRequest,
    show_id: int,
    *,
    chosen: Sequence[int],
    refusal: BookingError | None = None,
) -> HttpResponse:
    now = timezone.now()
    try:
        found = catalogue.show_uncounted(show_id)
    except ShowNotFound as error:
        raise Http404 from error
    kept = kept_hold(request, show_id, now)
    context = _box_office(request, found, kept=kept, chosen=chosen) | {"refusal": refusal}
    status = refusal.status if refusal else None
    response = render(request, "pages/show.html", context, status=status)
    if isinstance(refusal, TooMuchContention):
        response["Retry-After"] = "1"
    keep(response, show_id, kept)
    return response


def _box_office(
    request: HttpRequest, show: Show, *, kept: KeptHold, chosen: Sequence[int]
) -> dict[str, object]:
    now = timezone.now()
    data = seat_map_data(show=show, user=request.user, kept=kept, chosen=chosen, now=now)
    return {
        "show": show,
        "seat_map": data,
        "view_box": view_box(data["layout"]),
        "free_seat_options": free_seat_options(show.auditorium, data["states"], data["chosen"]),
        "best_counts": BEST_COUNTS,
        "has_wheelchair_spaces": any(
            seat["kind"] == Kind.WHEELCHAIR for seat in data["layout"]["seats"]
        ),
    }


def _seat_numbers(values: Sequence[str]) -> list[int]:
    """Return the seat numbers in values such as ["12,13"], leaving out what is no number."""
    numbers = re.findall(r"\b\d{1,6}\b", " ".join(values), flags=re.ASCII)
    return [int(number) for number in numbers]
