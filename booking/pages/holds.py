"""Holding seats from a seat map: what its script asks for, in JSON."""

import re
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from booking.inputs import PageSelectionSerializer
from booking.models import Hold
from booking.pages.scripts import for_scripts, sent_by_script
from booking.pages.seat_map import hold_data
from booking.selectors import seat_map
from booking.selectors.holds import hold_in
from booking.services.browser_holds import set_hold
from foundation.errors import Refusal
from foundation.instants import milliseconds
from foundation.web.clients import BROWSER_COOKIE, browser_of, client_of, keep_browser, user_of
from foundation.web.problems import json_problem, problem_of

SELLING = re.compile(settings.SELLING_FORMS)


def sells_held_seats(environ: Mapping[str, Any]) -> bool:
    """Tell whether the request of this environ sells what its browser holds, by path and cookie.

    Nobody else gets that meanwhile, so it can wait for those who have no seats yet.
    """
    return (
        environ["REQUEST_METHOD"] == "POST"
        and bool(SELLING.fullmatch(environ["PATH_INFO"]))
        and f"{BROWSER_COOKIE}=" in environ.get("HTTP_COOKIE", "")
    )


@for_scripts
def hold(request: HttpRequest, show_id: int) -> HttpResponse:
    """Hold these seats instead of those held so far; answers the hold then, also with a refusal."""
    now, wanted = timezone.now(), PageSelectionSerializer.checked(sent_by_script(request))
    browser = browser_of(request) or secrets.token_hex(32)
    client = client_of(request)
    user = user_of(request)
    refusal: Refusal | None = None
    try:
        held = set_hold(
            browser=browser,
            show_id=show_id,
            client=client,
            user=user,
            now=now,
            **wanted,
        )
    except Refusal as error:
        refusal, held = error, hold_in(browser=browser, show_id=show_id, user=user)
    return answer(show_id, browser, held, now=now, refusal=refusal)


def answer(
    show_id: int,
    browser: str,
    held: Hold | None,
    *,
    now: datetime,
    refusal: Refusal | None = None,
    **more: Any,
) -> JsonResponse:
    """Answer the browser's hold, or a `refusal` with it; a browser with a hold keeps its secret."""
    body: dict[str, Any] = {"hold": None, "server_time": milliseconds(now), **more}
    is_live = held is not None and held.expires_at > now
    if held is not None and is_live:
        shown = held.receipt or seat_map.checkpoint(show_id)
        body["hold"] = hold_data(held, version=shown.version)
    response = json_problem(problem_of(refusal), **body) if refusal else JsonResponse(body)
    if is_live:
        keep_browser(response, browser)
    return response


def own_hold(request: HttpRequest, show_id: int) -> Hold | None:
    """Return the hold of the visitor's browser; without a cookie it has none."""
    browser = browser_of(request)
    if browser is None:
        return None
    return hold_in(browser=browser, show_id=show_id, user=user_of(request))
