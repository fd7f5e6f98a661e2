"""The page of a show, and holding and booking two seats from it."""

from itertools import pairwise
from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from benchmarks.peers.textbook.consumers import group_of
from benchmarks.peers.textbook.models import HOLD_TIME, Booking, Seat, Show


def show(request: HttpRequest, show_id: int) -> HttpResponse:
    """Show the seats of a show, with a form to book those held."""
    show = get_object_or_404(Show, pk=show_id)
    seats = Seat._default_manager.filter(show=show)
    return render(request, "show.html", {"show": show, "seats": seats, "now": timezone.now()})


@require_POST
@login_required
def hold(request: HttpRequest, show_id: int) -> JsonResponse:
    """Hold the first two free seats that are beside each other."""
    now = timezone.now()
    with transaction.atomic():
        show = get_object_or_404(Show._default_manager.select_for_update(), pk=show_id)
        free = Seat._default_manager.filter(
            Q(held_until=None) | Q(held_until__lt=now), show=show, is_available=True
        )
        pairs = (
            pair
            for pair in pairwise(free)
            if pair[0].row == pair[1].row and pair[0].position + 1 == pair[1].position
        )
        seats = next(pairs, ())
        for seat in seats:
            seat.held_by, seat.held_until = request.user, now + HOLD_TIME
            seat.save()
    if not seats:
        return JsonResponse({"detail": "No two seats are left."}, status=409)
    _tell(show_id, seats, "h")
    return JsonResponse({"seats": [seat.seat_number for seat in seats]})


@require_POST
@login_required
def book(request: HttpRequest, show_id: int) -> HttpResponse:
    """Book the seats that the user holds."""
    with transaction.atomic():
        seats = list(
            Seat._default_manager.select_for_update().filter(
                show_id=show_id,
                held_by=request.user,
                held_until__gte=timezone.now(),
                is_available=True,
            )
        )
        for seat in seats:
            seat.is_available = False
            seat.save()
            Booking._default_manager.create(
                user=request.user, show_id=show_id, seat_number=seat.seat_number
            )
    if not seats:
        return HttpResponse("You hold no seats.", status=409)
    _tell(show_id, seats, "b")
    return redirect("show", show_id)


def _tell(show_id: int, seats: Any, letter: str) -> None:
    """Tell everybody who watches the show what these seats are now."""
    changes = [[seat.seat_number, letter] for seat in seats]
    message = {"type": "seats.changed", "changes": changes}
    async_to_sync(get_channel_layer().group_send)(group_of(show_id), message)
