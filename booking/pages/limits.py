"""How often a browser may ask for a change: as often as any other client of the box office."""

from collections.abc import Callable
from functools import wraps
from math import ceil
from typing import Concatenate, ParamSpec, TypeVar

from django.http import HttpRequest, HttpResponse
from rest_framework.exceptions import Throttled

from booking.pages.refusals import refusal
from booking.problems import problem_of
from booking.throttling import ClientThrottle, throttled

P = ParamSpec("P")
R = TypeVar("R", bound=HttpRequest)
View = Callable[Concatenate[R, P], HttpResponse]


def limited(view: View[R, P]) -> View[R, P]:
    """Answer who asks too often with 429 and the seconds to wait: a script in JSON, or a page."""

    @wraps(view)
    def checked(request: R, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        wait = throttled(request, ClientThrottle)
        if wait is None:
            return view(request, *args, **kwargs)
        seconds = ceil(wait)
        problem = problem_of(Throttled(seconds))
        return refusal(request, problem, show_visitor=True, seconds=seconds)

    return checked
