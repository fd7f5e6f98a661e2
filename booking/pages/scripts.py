"""What pages' scripts send and get: JSON, also when they are refused."""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST
from rest_framework.exceptions import APIException

from foundation.errors import Refusal
from foundation.web.problems import json_problem, problem_of


def for_scripts(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let a view answer POST requests of scripts, and what it refuses with a problem."""

    @require_POST
    @wraps(view)
    def answer(request: HttpRequest, **place: Any) -> HttpResponse:
        try:
            return view(request, **place)
        except (Refusal, APIException) as error:
            return json_problem(problem_of(error))

    return answer


def sent_by_script(request: HttpRequest) -> Any:
    """Return what a page's script sent as JSON; None for anything else, such as a form."""
    if request.content_type != "application/json":
        return None
    try:
        return json.loads(request.body)
    except (ValueError, RecursionError):
        return None
