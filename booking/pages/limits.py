"""How often a browser may ask for a change: as often as any other client of the box office."""

from collections.abc import Callable
from functools import wraps
from math import ceil
from typing import Concatenate, ParamSpec, TypeVar

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from rest_framework.exceptions import Throttled

from booking.problems import json_problem, problem_of
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
        return _refused(request, ceil(wait))

    return checked


def _refused(request: HttpRequest, seconds: int) -> HttpResponse:
    problem = problem_of(Throttled(seconds))
    if request.content_type == "application/json":
        return json_problem(problem)
    page = render_to_string(f"{problem.status}.html", {"seconds": seconds}, request)
    return HttpResponse(page, status=problem.status, headers=problem.headers)
