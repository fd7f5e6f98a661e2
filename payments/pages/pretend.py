"""The card page of the pretended provider. Where it is not offered, there is none."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from payments.models import Pretended
from payments.providers import Status
from payments.providers.pretend import ANSWER_LOST, CARDS, leave, notifications, pay
from payments.services.notices import receive
from payments.ways import PRETEND

PREFIX = "4000 0000 0000 "


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def card_page(request: HttpRequest, pretended_id: int) -> HttpResponse:
    """Take a card, or let whoever is here leave; then lead back to the box office."""
    if PRETEND not in settings.PAYMENTS:
        raise Http404
    found = get_object_or_404(Pretended, pk=pretended_id)
    if request.method != "POST":
        return _page(request, found)
    if "leave" in request.POST:
        leave(pretended_id=found.pk)
        return redirect(found.cancel_url)
    card = "".join(filter(str.isdigit, request.POST.get("card", "")))[-4:]
    if card not in CARDS:
        return _page(request, found, error="No card that is pretended here has this number.")
    found = pay(pretended_id=found.pk, card=card)
    for body, headers in notifications(found):
        receive(way=PRETEND, body=body, headers=headers, now=timezone.now())
    if found.card == ANSWER_LOST:
        return _page(request, found, error="The connection broke. Was it paid? Who knows.")
    return redirect(found.cancel_url if found.status == Status.FAILED else found.success_url)


def _page(request: HttpRequest, found: Pretended, *, error: str = "") -> HttpResponse:
    cards = [(PREFIX + digits, what) for digits, what in CARDS.items()]
    context = {"pretended": found, "cards": cards, "error": error}
    return render(request, "pages/pretended_card.html", context, status=400 if error else 200)
