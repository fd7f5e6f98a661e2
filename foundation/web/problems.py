"""Every error that a program gets, as problem details (RFC 9457) with a stable `code`."""

import logging
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, is_dataclass, replace
from functools import singledispatch
from http import HTTPStatus
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied, SuspiciousOperation
from django.core.exceptions import ValidationError as ModelValidationError
from django.db import IntegrityError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, JsonResponse
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response

from foundation import metrics
from foundation.db.transactions import is_contention, lacks_user
from foundation.errors import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    Refusal,
    TooMuchContention,
    Unauthenticated,
    Unavailable,
    Unprocessable,
    UserNotFound,
)
from foundation.request_context import asked

MEDIA_TYPE = "application/problem+json"
ERRORS_IN_DETAIL = 3
STATUS_OF_KIND: dict[type[Refusal], int] = {
    Invalid: 400,
    Unauthenticated: 401,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    Unprocessable: 422,
    TooMuchContention: 500,
    Unavailable: 503,
}

# The names of RFC 9110, which Python has from 3.13 on: a problem is called the same on any Python.
TITLES = {413: "Content Too Large", 422: "Unprocessable Content"}

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Problem:
    """What went wrong: `detail` for people, `code` for programs."""

    status: int
    code: str
    detail: str
    errors: dict[str, list[str]] = field(default_factory=dict)
    members: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def body(self) -> dict[str, Any]:
        """The problem as clients get it; errors and other members only where there are some.

        `request_id` is what the log has of the request that is being answered.
        """
        body: dict[str, Any] = {
            "type": "about:blank",
            "title": TITLES.get(self.status, HTTPStatus(self.status).phrase),
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
        }
        more = self.members | {"errors": self.errors, "request_id": asked.get().request_id}
        return body | {name: _as_json(value) for name, value in more.items() if value}


INTERNAL_ERROR = Problem(500, "internal_error", "Something went wrong here. It has been logged.")

UNAVAILABLE = Problem(
    503,
    "unavailable",
    "The database can't be reached. Please try again soon.",
    headers={"Retry-After": "5"},
)

LOCKED = replace(
    UNAVAILABLE, detail="What this needs is locked by somebody else. Please try again soon."
)

TOO_BUSY = replace(
    UNAVAILABLE, detail="Too many ask at once. Nothing was changed: please try again soon."
)


def problem_response(error: Exception, context: dict[str, Any]) -> Response:
    """Answer an error that a view of the API raised; an unexpected one is logged, and secret."""
    log_unavailable(context["request"], error)
    problem = problem_of(error)
    headers = dict(problem.headers)
    if problem.status == HTTPStatus.UNAUTHORIZED:
        headers.setdefault("WWW-Authenticate", 'Bearer realm="api"')
    return Response(problem.body, problem.status, headers=headers, content_type=MEDIA_TYPE)


def log_unavailable(request: HttpRequest | Request, error: Exception) -> None:
    """Say on which path the database failed, or kept somebody waiting for too long."""
    if not isinstance(error, OperationalError | InterfaceError | TooMuchContention):
        return
    if not isinstance(error, TooMuchContention):  # that counts as given up
        metrics.DATABASE_ERRORS.inc()
    path, match = request.path, request.resolver_match
    if token := match and match.kwargs.get("token"):
        path = path.replace(token, "…")
    # A line break in a path must not begin a line of the log.
    path = path.replace("\n", "\\n").replace("\r", "\\r")
    logger.error("%s %s could not be answered: %r", request.method, path, error)


def json_problem(problem: Problem, **more: Any) -> JsonResponse:
    """Answer a problem to a script of the pages; its body may say `more`."""
    return JsonResponse(
        problem.body | more, status=problem.status, headers=problem.headers, content_type=MEDIA_TYPE
    )


@singledispatch
def problem_of(error: Exception) -> Problem:
    """Return the problem that an error is to a client."""
    logger.error("unexpected error", exc_info=error)
    return INTERNAL_ERROR


@problem_of.register
def _(error: Refusal) -> Problem:
    status = next(status for kind, status in STATUS_OF_KIND.items() if isinstance(error, kind))
    headers = {"Retry-After": "1"} if status >= HTTPStatus.INTERNAL_SERVER_ERROR else {}
    return Problem(status, error.code, error.detail, members=error.members, headers=headers)


@problem_of.register
def _(error: exceptions.APIException) -> Problem:
    detail: Any = error.detail
    code = getattr(detail, "code", error.default_code)
    if isinstance(detail, dict):  # simplejwt puts both into a dict
        code, detail = str(detail.get("code", code)), detail.get("detail", error.default_detail)
    headers = {}
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(wait)
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    return Problem(error.status_code, code, str(detail), headers=headers)


@problem_of.register
def _(error: exceptions.ValidationError) -> Problem:
    return _invalid(_flattened(error.detail))


@problem_of.register
def _(error: ModelValidationError) -> Problem:
    fields = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
    return _invalid({name.replace(NON_FIELD_ERRORS, ""): list(fields[name]) for name in fields})


@problem_of.register
def _(error: Http404) -> Problem:
    return Problem(404, "not_found", "There is nothing here.")


@problem_of.register
def _(error: PermissionDenied) -> Problem:
    return Problem(403, "permission_denied", "You may not do this.")


@problem_of.register
def _(error: SuspiciousOperation) -> Problem:
    return Problem(400, "bad_request", str(error) or "The request makes no sense.")


@problem_of.register(OperationalError)
@problem_of.register(InterfaceError)
def _(error: OperationalError | InterfaceError) -> Problem:
    # What a service writes is redone, and then TooMuchContention; this comes of reading.
    return LOCKED if is_contention(error) else UNAVAILABLE


@problem_of.register
def _(error: IntegrityError) -> Problem:
    return problem_of(UserNotFound()) if lacks_user(error) else problem_of.dispatch(object)(error)


def _as_json(value: Any) -> Any:
    """Return a member's value as JSON has it: lists may be of dataclasses."""
    if isinstance(value, list):
        return [_as_json(item) for item in value]
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else value


def _invalid(errors: dict[str, list[str]]) -> Problem:
    sentences = [
        f"{name}: {message}" if name else message
        for name, messages in errors.items()
        for message in messages
    ]
    by_field = {name: messages for name, messages in errors.items() if name}
    return Problem(400, "invalid", " ".join(sentences[:ERRORS_IN_DETAIL]), errors=by_field)


def _flattened(detail: Any) -> dict[str, list[str]]:
    """Return the messages of nested errors by the path of their field, such as "names[0]"."""
    flat: dict[str, list[str]] = {}
    for path, message in _messages(detail, ""):
        flat.setdefault(path, []).append(message)
    return flat


def _messages(detail: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(detail, dict):
        for name, inner in detail.items():
            yield from _messages(inner, _below(path, name))
    elif isinstance(detail, list):
        for inner in detail:
            yield from _messages(inner, path)
    else:
        yield path, str(detail)


def _below(path: str, name: Any) -> str:
    if isinstance(name, int):
        return f"{path}[{name}]"
    if name == "non_field_errors":
        return path
    return f"{path}.{name}" if path else str(name)
