"""Debug mode without Django's yellow pages, which show settings to whoever finds a mistake.

Pages are the site's own in every mode; what went wrong, with its traceback, is in the log.
"""

import re
from types import TracebackType

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import get_resolver, get_urlconf
from django.views import debug
from django.views.debug import SafeExceptionReporterFilter


class MaskingFilter(SafeExceptionReporterFilter):
    """Masks URLs with passwords, too, wherever Django writes settings into a report."""

    hidden_settings = re.compile(
        SafeExceptionReporterFilter.hidden_settings.pattern + "|URL|LOCATION|ADDRESS",
        flags=re.IGNORECASE,
    )


def show_own_pages() -> None:
    """Answer errors in debug mode as without it."""
    debug.technical_404_response = _not_found
    debug.technical_500_response = _error


def _not_found(request: HttpRequest, exception: Http404) -> HttpResponse:
    return _page(request, 404, exception)


def _error(
    request: HttpRequest,
    exc_type: type[BaseException] | None,
    exc_value: BaseException | None,
    tb: TracebackType | None,
    status_code: int = 500,
) -> HttpResponse:
    return _page(request, status_code, exc_value)


def _page(request: HttpRequest, status: int, error: BaseException | None) -> HttpResponse:
    handler = get_resolver(get_urlconf()).resolve_error_handler(status)
    response: HttpResponse = handler(request, *([] if status == 500 else [error]))
    return response
