"""What stands around every view: the policy for pages, and errors that are nobody's mistake."""

import logging
import re
from http import HTTPStatus
from math import ceil

from csp.middleware import CSPMiddleware
from django.conf import settings
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.exceptions import SuspiciousOperation
from django.db import DataError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.deprecation import MiddlewareMixin
from rest_framework.exceptions import Throttled

from foundation.db.transactions import lacks_user
from foundation.errors import TooMuchContention
from foundation.server.observed import ROUTE
from foundation.server.wsgi_adapter import WAITED
from foundation.web.problems import TOO_BUSY, Problem, log_unavailable, problem_of
from foundation.web.respond import is_program, respond
from foundation.web.throttling import ClientThrottle, throttled

logger = logging.getLogger(__name__)

DATABASE_ERRORS = (OperationalError, InterfaceError)
# What SQLite and PostgreSQL make of a number, or a text, that no column has room for.
NO_ROOM = (OverflowError, DataError)
# A health check is no visitor. The index of the API is a page as well.
UNCOUNTED = re.compile(r"/(api/.|health/)")
LONGEST_LOCATION = 1_000
STATIC = "static/"
SESSION_KEY = re.compile(r"[0-9a-z]{1,40}")
PRINTABLE = re.compile(r"[\t\x20-\x7e]*")
# Pages' scripts give up after ten, unless they send such a form.
LONGEST_WAIT_SECONDS = 5.0
# Browsers wait for longer, and so do the scripts that hold seats.
LONGEST_WAIT_OF_FORM_SECONDS = 30.0


class RouteMiddleware(MiddlewareMixin):
    """Notes by which route a request was answered, for whoever observes it from outside Django."""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if match := request.resolver_match:
            request.META[ROUTE] = match.route
        elif request.path.startswith(settings.STATIC_URL):  # WhiteNoise asks no route
            request.META[ROUTE] = STATIC
        return response


class HeadersMiddleware(MiddlewareMixin):
    """Lets no header out that nginx would take for the failure of this process.

    It has 4 KiB for all headers of an answer, and some bytes may be in none. A header that repeats
    what somebody sent could break both: a redirect to the log-in, for one, has the whole address in
    it, encoded once more.
    """

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        for name, value in list(response.items()):
            if not PRINTABLE.fullmatch(value):
                logger.error("%s %s: unprintable %s: %r", request.method, request.path, name, value)
                del response[name]
        if len(response.get("Location", "")) <= LONGEST_LOCATION:
            return response
        shorter = response["Location"].partition("?")[0]
        if len(shorter) > LONGEST_LOCATION:
            return _answer(request, problem_of(Http404()))
        response["Location"] = shorter
        return response


class PagePolicyMiddleware(CSPMiddleware):
    """Sends the content security policy with pages alone: it would take 5 % of a booking's time."""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if not response.get("Content-Type", "").startswith("text/html"):
            return response
        return super().process_response(request, response)


class PatienceMiddleware(MiddlewareMixin):
    """Turns away what has waited too long for a thread.

    Its client has given up by now, or is about to. To work on it all the same would keep those
    waiting that still listen, until they give up, too. Whoever sends one of PATIENT_FORMS keeps the
    place for longer: in a rush, to come again would be to queue anew.
    """

    patient_forms = re.compile(settings.PATIENT_FORMS)

    def process_request(self, request: HttpRequest) -> HttpResponse | None:
        waited = request.META.get(WAITED, 0)
        if waited <= LONGEST_WAIT_SECONDS:
            return None
        is_patient = request.method == "POST" and self.patient_forms.fullmatch(request.path)
        if is_patient and waited <= LONGEST_WAIT_OF_FORM_SECONDS:
            return None
        return _answer(request, TOO_BUSY)


class LimitMiddleware(MiddlewareMixin):
    """Counts each request for a page against its client's limit, before anything is done for it.

    Pages and the API share the limit. The API counts its own requests, by the user of the token
    where there is one; those for static files don't come this far.
    """

    def process_request(self, request: HttpRequest) -> HttpResponse | None:
        if UNCOUNTED.match(request.path):
            return None
        try:
            wait = throttled(request, ClientThrottle)
        except DATABASE_ERRORS as error:  # where the session is
            return _unavailable(request, error)
        if wait is None:
            return None
        seconds = ceil(wait)
        problem = problem_of(Throttled(seconds))
        return respond(request, problem, show_visitor=True, seconds=seconds)


class TryAgainMiddleware(MiddlewareMixin):
    """Asks clients to try again when the database is away or too many want the same of it.

    Anyone who was deleted during the request is asked to log in. A value that the database can't
    take, and that no form refused, is the client's mistake: a row's number of twenty digits, say.
    """

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, NO_ROOM):
            logger.warning("%s %s: %s", request.method, request.path, error, exc_info=error)
            return _answer(request, problem_of(SuspiciousOperation()))
        if isinstance(error, (*DATABASE_ERRORS, TooMuchContention)) or lacks_user(error):
            return _unavailable(request, error)
        return None


class PatientSessionMiddleware(SessionMiddleware):
    """Asks to come again where a session can't be stored, which TryAgainMiddleware doesn't see."""

    def process_request(self, request: HttpRequest) -> None:
        """Find the session of the cookie; one that can be no key, such as a NUL, is none."""
        if not SESSION_KEY.fullmatch(request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")):
            request.COOKIES.pop(settings.SESSION_COOKIE_NAME, None)
        super().process_request(request)

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        try:
            return super().process_response(request, response)
        except DATABASE_ERRORS as error:
            return _unavailable(request, error)


def _unavailable(request: HttpRequest, error: Exception) -> HttpResponse:
    log_unavailable(request, error)
    return _answer(request, problem_of(error))


def _answer(request: HttpRequest, problem: Problem) -> HttpResponse:
    if problem.status == HTTPStatus.UNAUTHORIZED and not is_program(request):
        return redirect(settings.LOGIN_URL)
    return respond(request, problem, show_visitor=False)
