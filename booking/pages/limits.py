"""How often a browser may ask for seats: as often as any other client of the box office."""

from collections.abc import Callable
from functools import wraps
from math import ceil
from typing import Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse
from rest_framework.exceptions import Throttled

from booking.problems import json_problem, problem_of
from booking.throttling import ClientThrottle, throttled

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def limited(view: View[P]) -> View[P]:
    """Answer a script that asks too often with 429 and the seconds to wait."""

    @wraps(view)
    def checked(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        wait = throttled(request, ClientThrottle)
        if wait is None:
            return view(request, *args, **kwargs)
        return json_problem(problem_of(Throttled(ceil(wait))))

    return checked
