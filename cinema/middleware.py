"""What stands around every view: the policy for pages, and what can't be had for a while."""

from csp.middleware import CSPMiddleware
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.utils.deprecation import MiddlewareMixin

from booking.errors import TooMuchContention
from booking.problems import json_problem, problem_of


class PagePolicyMiddleware(CSPMiddleware):
    """Sends the content security policy with pages.

    It says nothing about JSON, and writing it out would cost a booking a twentieth of its time.
    """

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        """Add the policy to a page."""
        if not response.get("Content-Type", "").startswith("text/html"):
            return response
        return super().process_response(request, response)


class TryAgainMiddleware(MiddlewareMixin):
    """Asks to come again where the database is away or too many want the same of it."""

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer such an error with the page of its status, which needs no database itself.

        A page's script, which sends JSON, gets a problem.
        """
        if not isinstance(error, (OperationalError, InterfaceError, TooMuchContention)):
            return None
        problem = problem_of(error)
        if request.content_type == "application/json":
            return json_problem(problem)
        page = render_to_string(f"{problem.status}.html")
        return HttpResponse(page, status=problem.status, headers=problem.headers)
