"""The box office as web pages: each view makes one call and shows its result."""

import re
from collections.abc import Sequence

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import AbstractBaseUser
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from booking.errors import BookingError, ShowNotFound
from booking.models import Booking, Show
from booking.pages.calendar import calendar_entry
from booking.pages.seat_map_data import seat_map_data, view_box
from booking.selectors import bookings as booking_selectors
from booking.selectors import catalogue
from booking.services.bookings import book_seats
from booking.services.bookings import cancel_booking as cancel

PAST_BOOKINGS = 50


class SignedInRequest(HttpRequest):
    """What `login_required` lets through."""

    user: AbstractBaseUser  # type: ignore[assignment]


@require_safe
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
    if upcoming:
        show = min(upcoming, key=lambda show: (show.starts_at, show.pk))
        context |= _box_office(request, show, chosen=_seat_numbers(request.GET.getlist("seats")))
    return render(request, "pages/landing.html", context)


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """Lead browsers to the icon from pages that don't name it, such as the API's."""
    return redirect(static("icons/favicon.svg"))


@require_safe
def show(request: HttpRequest, show_id: int) -> HttpResponse:
    """Show the seat map of one show, with the seats chosen that the address names."""
    return _show_page(request, show_id, chosen=_seat_numbers(request.GET.getlist("seats")))


@require_POST
def book(request: HttpRequest, show_id: int) -> HttpResponse:
    """Book the chosen seats, or show the map again and say why not."""
    chosen = _seat_numbers(request.POST.getlist("seats"))
    if not request.user.is_authenticated:
        seats = ",".join(map(str, chosen))
        return redirect_to_login(f"{reverse('show', args=[show_id])}?seats={seats}")
    try:
        booking = book_seats(
            show_id=show_id, seat_numbers=chosen, user=request.user, now=timezone.now()
        )
    except BookingError as error:
        return _show_page(request, show_id, chosen=chosen, refusal=error)
    messages.success(request, "Your seats are booked. Enjoy the film!")
    return redirect("booking", reference=booking.reference)


@require_safe
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
@login_required
def booking(request: SignedInRequest, reference: str) -> HttpResponse:
    """Show one of the user's bookings."""
    found = _booking(request, reference)
    started = timezone.now() >= found.show.starts_at
    return render(request, "pages/booking.html", {"booking": found, "started": started})


@require_safe
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
@login_required
def cancel_booking(request: SignedInRequest, reference: str) -> HttpResponse:
    """Cancel one of the user's bookings, and show it again with what came of it."""
    found = _booking(request, reference)
    try:
        cancel(booking_id=found.pk, user=request.user, now=timezone.now())
    except BookingError as error:
        messages.error(request, error.detail)
    else:
        messages.success(request, f"Booking {found.reference} is cancelled. Its seats are free.")
    return redirect("booking", reference=found.reference)


def _booking(request: SignedInRequest, reference: str) -> Booking:
    mine = booking_selectors.bookings_of(request.user)
    return get_object_or_404(mine, reference=reference.upper())


def _show_page(
    request: HttpRequest,
    show_id: int,
    *,
    chosen: Sequence[int],
    refusal: BookingError | None = None,
) -> HttpResponse:
    try:
        found = catalogue.show(show_id, now=timezone.now())
    except ShowNotFound as error:
        raise Http404 from error
    context = _box_office(request, found, chosen=chosen) | {"refusal": refusal}
    return render(request, "pages/show.html", context, status=refusal.status if refusal else None)


def _box_office(request: HttpRequest, show: Show, *, chosen: Sequence[int]) -> dict[str, object]:
    data = seat_map_data(show=show, user=request.user, chosen=chosen, now=timezone.now())
    seats = zip(data["layout"]["seats"], data["states"], strict=True)
    return {
        "show": show,
        "seat_map": data,
        "view_box": view_box(data["layout"]),
        "free_seats": [seat for seat, state in seats if state == "a"],
    }


def _seat_numbers(values: Sequence[str]) -> list[int]:
    """Return the seat numbers in values such as ["12,13"], leaving out what is no number."""
    numbers = re.findall(r"\b\d{1,6}\b", " ".join(values), flags=re.ASCII)
    return [int(number) for number in numbers]
