"""The till: selling at the counter, on the live map, and taking the money."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial, wraps
from typing import Any

from django.contrib import messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_http_methods, require_safe

from booking.errors import ShowNotFound
from booking.models import TAKE_MONEY, Booking, Show
from booking.pages.seat_map import picture, seat_map_data, sections_to_start_from
from booking.pages.till_forms import CounterForm, exchange_form, forms_for
from booking.pages.till_seats import seats_in_words
from booking.rules import FIRST_START, LAST_START
from booking.seating.claim import MAX_SEAT_NUMBER
from booking.selectors import catalogue, seat_map
from booking.selectors.bookings import bookings, bookings_of_seats, tickets_of
from booking.selectors.figures import moments_of
from booking.selectors.till import reference_in, shows_of_day
from foundation.errors import Refusal
from foundation.idempotency.services import idempotent
from foundation.web.idempotency import sending_of_form
from foundation.web.problems import problem_of

# Any of these is work for the till; each of its forms asks for its own.
WORK = ("booking.add_booking", "booking.change_booking", "booking.change_show", TAKE_MONEY)

View = Callable[..., HttpResponse]


def for_staff(view: View) -> View:
    """Let in whoever has work at the till, and let no browser keep the page."""

    @wraps(view)
    def guarded(request: HttpRequest, **parts: Any) -> HttpResponse:
        if not any(request.user.has_perm(work) for work in WORK):
            raise PermissionDenied
        return view(request, **parts)

    return never_cache(login_required(ensure_csrf_cookie(guarded)))


@require_safe
@for_staff
def tills(request: HttpRequest) -> HttpResponse:
    """List the shows of a day, today's unless another one is asked for, and find a booking."""
    today = timezone.localdate()
    day = _day(request.GET.get("date", "")) or today
    typed = request.GET.get("reference", "")
    if typed and (found := bookings().filter(reference=reference_in(typed)).first()):
        return redirect("till-booking", reference=found.reference)
    context = {
        "shows": shows_of_day(day),
        "noon": moments_of(day, day)[0] + timedelta(hours=12),
        "before": day - timedelta(days=1),
        "after": day + timedelta(days=1),
        "typed": typed,
    }
    return render(request, "pages/tills.html", context, status=404 if typed else 200)


def _day(text: str) -> Any:
    """Return the day that a text names, if shows can be on it, or None."""
    try:
        day = parse_date(text)
    except ValueError:
        return None
    return day if day and FIRST_START.date() < day < LAST_START.date() else None


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff
def till(request: HttpRequest, show_id: int) -> HttpResponse:
    """Show a show's seats, and do what the form sent says in a transaction of its own."""
    states, show = _show(show_id)
    exchanged = _booking_to_exchange(request, show)
    forms: dict[str, CounterForm] = forms_for(show, request)
    if exchanged:
        forms = {"exchange": exchange_form(exchanged, request)} if "cancel" in forms else {}
    refused = None
    if request.method == "POST":
        form = forms.get(request.POST.get("operation", ""))
        if form is None:
            raise PermissionDenied
        answer = perform(request, form, show)
        if isinstance(answer, HttpResponse):
            return answer
        refused = answer
        states, show = _show(show_id)
    context = {
        "show": show,
        "seat_map": _map_of(show, states, exchanged),
        "picture": picture(show.auditorium),
        "sections": sections_to_start_from(seat_map.layout(show.auditorium)),
        "forms": forms,
        "exchanged": exchanged,
        **seats_in_words(show, states.states),
    }
    status = problem_of(refused).status if refused else 200
    return render(request, "pages/till.html", context, status=status)


def perform(request: HttpRequest, form: CounterForm, show: Show) -> HttpResponse | Refusal | None:
    """Do what a form says, once; return the answer, or why it is refused if its page can say so.

    A script gets JSON: the `url` to go on to, or why not.
    """
    is_script = request.headers.get("Accept") == "application/json"
    if not form.is_valid():
        errors = [str(error) for errors in form.errors.values() for error in errors]
        return JsonResponse({"detail": " ".join(errors)}, status=400) if is_script else None
    now = timezone.now()
    try:
        sent = idempotent(
            sending_of_form(request),
            perform=partial(form.perform, now=now),
            answer=lambda _: {"reference": form.booking.reference if form.booking else ""},
            now=now,
        )
    except Refusal as error:
        if is_script:
            problem = problem_of(error)
            return JsonResponse(problem.body, status=problem.status)
        messages.error(request, error.detail)
        return error
    if sent.performed:
        note(request, show, sent.performed)
    reference = sent.answer["reference"]
    url = reverse("till", args=[show.pk])
    if reference:
        url = reverse("till-booking", args=[reference])
    return JsonResponse({"url": url}) if is_script else redirect(url)


def note(request: HttpRequest, about: Model, done: str) -> None:
    """Say what was done, and note in the admin's log who did it."""
    messages.success(request, done)
    user: Any = request.user
    LogEntry.objects.log_actions(user.pk, [about], CHANGE, done, single_object=True)


@require_safe
@for_staff
def seat(request: HttpRequest, show_id: int, seat_number: int) -> HttpResponse:
    """Lead to the booking that a seat is sold in."""
    known = seat_number <= MAX_SEAT_NUMBER
    found = bookings_of_seats(show_id, [seat_number]).get(seat_number) if known else None
    if found is None:
        raise Http404
    return redirect("till-booking", reference=found.reference)


def _show(show_id: int) -> tuple[seat_map.SeatStates, Show]:
    try:
        states = seat_map.states(show_id)
        show = catalogue.show_uncounted(show_id)
    except ShowNotFound as error:
        raise Http404 from error
    if not show.is_listed:
        raise Http404
    return states, show


def _booking_to_exchange(request: HttpRequest, show: Show) -> Booking | None:
    """Return the booking of the show whose seats are to be exchanged, if the address names one."""
    reference = request.GET.get("exchange")
    if not reference:
        return None
    found = (
        bookings().filter(show=show, cancelled_at=None, reference=reference_in(reference)).first()
    )
    if found is None:
        raise Http404
    found.show = show
    return found


def _map_of(show: Show, states: seat_map.SeatStates, exchanged: Booking | None) -> dict[str, Any]:
    data = seat_map_data(
        show=show,
        states=states,
        user=AnonymousUser(),
        held=None,
        chosen=(),
        now=timezone.now(),
    )
    had = tickets_of(exchanged) if exchanged else []
    return data | {
        "mine": [one.seat_number for one in had],
        "had": {one.seat_number: {"price": str(one.price), "type": one.type} for one in had},
    }
