"""What is answered where no view can, such as to a wrong Host or an unknown path.

None of it reads the body, as Django's own pages do for the sake of forms: it may be what is wrong.
"""

from django.core.exceptions import SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.views.csrf import csrf_failure as csrf_failure_page

from foundation.server.wsgi_adapter import Answer, Environ
from foundation.web.origins import headers_for
from foundation.web.problems import INTERNAL_ERROR, TOO_BUSY, Problem, json_problem, problem_of
from foundation.web.respond import is_program, respond


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 400: a problem to programs, a page to others."""
    return respond(request, problem_of(SuspiciousOperation()), show_visitor=False)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 404: a problem to programs, a page to others."""
    return respond(request, problem_of(Http404()), show_visitor=True)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500 to what has been logged: a problem to programs, a page to others."""
    return respond(request, INTERNAL_ERROR, show_visitor=False)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer 403 to what does not prove that it comes from a page of this site."""
    if not is_program(request):
        return csrf_failure_page(request, reason)
    detail = "This page went stale. Allow cookies for this site, reload the page and try again."
    return json_problem(Problem(403, "csrf_failed", detail))


def too_many_waiting(environ: Environ) -> Answer:
    """Answer 503 at once, and cheaply, to a client that has too many requests waiting."""
    is_json = environ.get("CONTENT_TYPE") == "application/json"
    origin = environ.get("HTTP_ORIGIN")
    return at_once(environ["PATH_INFO"], TOO_BUSY, is_json=is_json, origin=origin)


def at_once(
    path: str, problem: Problem, *, is_json: bool = False, origin: str | None = None
) -> Answer:
    """Answer a problem without a thread: to browsers by a sentence in place of a page."""
    response: HttpResponse
    if is_json or path.startswith("/api/"):
        response = json_problem(problem)
    else:
        response = HttpResponse(
            problem.detail, "text/plain", problem.status, headers=problem.headers
        )
    said = dict(response.items()) | headers_for(path, origin)
    headers = [(name.lower().encode(), value.encode()) for name, value in said.items()]
    start = {"type": "http.response.start", "status": response.status_code, "headers": headers}
    return start, response.content
