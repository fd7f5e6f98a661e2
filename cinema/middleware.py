"""What stands around every view: the policy for pages, and errors that are nobody's mistake."""

from http import HTTPStatus

from csp.middleware import CSPMiddleware
from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.deprecation import MiddlewareMixin

from booking.clients import was_deleted
from booking.errors import TooMuchContention, UserNotFound
from booking.pages.refusals import is_program, refusal
from booking.problems import TOO_BUSY, Problem, problem_of
from cinema.http import WAITED

# Pages' scripts give up after ten.
LONGEST_WAIT_SECONDS = 5.0


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


class PatienceMiddleware(MiddlewareMixin):
    """Turns away what has waited too long for a thread.

    Its client has given up by now, or is about to. To work on it all the same would keep those
    waiting that still listen, until they give up, too.
    """

    def process_request(self, request: HttpRequest) -> HttpResponse | None:
        """Answer 503 in place of the view."""
        if request.META.get(WAITED, 0) <= LONGEST_WAIT_SECONDS:
            return None
        return _answer(request, TOO_BUSY)


class TryAgainMiddleware(MiddlewareMixin):
    """Asks to come again where the database is away or too many want the same of it.

    Who was deleted during the request is asked to log in.
    """

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer such an error with the page of its status, which needs no database itself."""
        if was_deleted(request, error):
            return _answer(request, problem_of(UserNotFound()))
        if not isinstance(error, (OperationalError, InterfaceError, TooMuchContention)):
            return None
        return _answer(request, problem_of(error))


def _answer(request: HttpRequest, problem: Problem) -> HttpResponse:
    if problem.status == HTTPStatus.UNAUTHORIZED and not is_program(request):
        return redirect(settings.LOGIN_URL)
    return refusal(request, problem, show_visitor=False)
