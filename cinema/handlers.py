"""What Django refuses before any view is asked, such as a wrong Host."""

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views import defaults

from booking.api.problems import MEDIA_TYPE, problem_of


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 400: a problem to clients of the API, a page to others."""
    if not request.path.startswith("/api/"):
        return defaults.bad_request(request, exception)
    problem = problem_of(SuspiciousOperation())
    return JsonResponse(problem.body, status=problem.status, content_type=MEDIA_TYPE)
