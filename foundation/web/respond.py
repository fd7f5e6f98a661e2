"""Problems as whoever asked can read them: a program gets JSON, a person a page."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from foundation.web.problems import Problem, json_problem


def is_program(request: HttpRequest) -> bool:
    """Tell whether a client of the API asks, or a page's script."""
    return request.path.startswith("/api/") or request.content_type == "application/json"


def respond(
    request: HttpRequest, problem: Problem, *, show_visitor: bool, **context: Any
) -> HttpResponse:
    """Answer with JSON or the status's page; to `show_visitor` on it may need the database."""
    if is_program(request):
        return json_problem(problem)
    template, visitor = f"{problem.status}.html", request if show_visitor else None
    page = render_to_string(template, {"detail": problem.detail} | context, visitor)
    return HttpResponse(page, status=problem.status, headers=problem.headers)
