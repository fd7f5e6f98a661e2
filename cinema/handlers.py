"""What Django refuses before any view is asked, such as a wrong Host."""

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.views import defaults
from django.views.csrf import csrf_failure as csrf_failure_page

from booking.pages.refusals import is_program
from booking.problems import Problem, json_problem, problem_of


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 400: a problem to programs, a page to others."""
    if not is_program(request):
        return defaults.bad_request(request, exception)
    return json_problem(problem_of(SuspiciousOperation()))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer 403 to what does not prove that it comes from a page of this site."""
    if not is_program(request):
        return csrf_failure_page(request, reason)
    detail = "This page went stale. Allow cookies for this site, reload the page and try again."
    return json_problem(Problem(403, "csrf_failed", detail))
