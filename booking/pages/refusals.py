"""Refusals as whoever asked can read them: a program gets JSON, a person a page."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from booking.problems import Problem, json_problem


def is_program(request: HttpRequest) -> bool:
    """Tell whether a client of the API asks, or a page's script."""
    return request.path.startswith("/api/") or request.content_type == "application/json"


def refusal(
    request: HttpRequest, problem: Problem, *, show_visitor: bool, **context: Any
) -> HttpResponse:
    """Answer a problem with its JSON, or with the page of its status.

    A page that shows the visitor reads who that is, for which it may need the database.
    """
    if is_program(request):
        return json_problem(problem)
    template, visitor = f"{problem.status}.html", request if show_visitor else None
    page = render_to_string(template, {"detail": problem.detail} | context, visitor)
    return HttpResponse(page, status=problem.status, headers=problem.headers)
