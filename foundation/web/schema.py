"""The OpenAPI schema: what each endpoint may answer when something is wrong, with examples."""

from collections.abc import Iterator
from typing import Any, ClassVar, Literal, TypeGuard

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiExample, OpenApiResponse
from rest_framework import exceptions
from rest_framework.permissions import IsAuthenticated
from rest_framework_simplejwt.exceptions import InvalidToken

from foundation.errors import Refusal, TokenRevoked, UserNotFound
from foundation.web.bodies import Body, ProblemBody
from foundation.web.inputs import Input
from foundation.web.parsers import BodyTooLarge, LengthRequired
from foundation.web.problems import MEDIA_TYPE, UNAVAILABLE, Problem, problem_of

Direction = Literal["request", "response"]

BODY_ERRORS = (
    exceptions.ParseError("The body is not UTF-8: byte 17 is wrong."),
    LengthRequired(),
    BodyTooLarge(),
    exceptions.UnsupportedMediaType("text/csv"),
)
RETRY_AFTER = {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds to wait."}}
CHALLENGE = {"WWW-Authenticate": {"schema": {"type": "string"}, "description": "Bearer."}}
HEADERS = {401: CHALLENGE, 429: RETRY_AFTER, 500: RETRY_AFTER, 503: RETRY_AFTER}


class ProblemAutoSchema(AutoSchema):
    """Adds to each operation the problems that it answers.

    A view names those of its own in `errors`, or for one method in `put_errors` and the like; the
    rest follows from what it takes.
    """

    problem_body: ClassVar[type[Body]] = ProblemBody

    # What is called on `super()` and on `self` below, drf-spectacular leaves without types; mypy's
    # `untyped_calls_exclude` knows a call by the class that it is made on, which is this one.

    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        """Return the operation; one that takes no token says so, instead of nothing."""
        operation: dict[str, Any] | None = super().get_operation(*args, **kwargs)
        return operation and {"security": [], **operation}

    def get_auth(self) -> list[dict[str, list[str]]]:
        """Return how a client proves who it is: first without, where that is up to the client."""
        auths: list[dict[str, list[str]]] = super().get_auth()
        return sorted(auths, key=len) if any(auths) else []

    def _get_request_body(self, direction: Direction = "request") -> dict[str, Any] | None:
        body: dict[str, Any] | None = super()._get_request_body(direction)  # type: ignore[no-untyped-call]
        return body and body | {"required": _is_needed(self.get_request_serializer())}

    def _get_response_bodies(self, direction: Direction = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        by_status: dict[int, dict[str, Problem]] = {}
        for problem in self._problems():
            by_status.setdefault(problem.status, {})[problem.code] = problem
        for status in sorted(by_status):
            bodies[str(status)] = self._problem_body(status, by_status[status])
        return bodies

    def _problem_body(self, status: int, problems: dict[str, Problem]) -> dict[str, Any]:
        examples = [OpenApiExample(code, problems[code].body) for code in problems]
        title = next(iter(problems.values())).body["title"]
        answer = OpenApiResponse(self.problem_body, description=title, examples=examples)
        body: dict[str, Any] = self._get_response_for_code(  # type: ignore[no-untyped-call]
            answer, str(status), (MEDIA_TYPE,)
        )
        if status in HEADERS:
            body["headers"] = HEADERS[status]
        return body

    def _problems(self) -> Iterator[Problem]:
        body = self.get_request_serializer() if self.method in ("POST", "PUT") else None
        if _is_input(body):
            yield _invalid(body, "This field is required.")
            yield from map(problem_of, BODY_ERRORS)
        for query in filter(_is_input, self.get_override_parameters()):
            yield _invalid(query, "This is not a valid value.")
        if any(isinstance(needed, IsAuthenticated) for needed in self.view.get_permissions()):
            yield problem_of(exceptions.NotAuthenticated())
        if self.view.get_authenticators():
            yield problem_of(InvalidToken())
            yield problem_of(UserNotFound())
            yield problem_of(TokenRevoked())
        yield from map(problem_of, self._own_errors())
        if self._get_paginator():  # type: ignore[no-untyped-call]
            yield problem_of(exceptions.NotFound("Invalid page."))
        yield problem_of(exceptions.NotAcceptable())
        if self.view.get_throttles():
            yield problem_of(exceptions.Throttled(17))
        yield UNAVAILABLE

    def _own_errors(self) -> tuple[Refusal, ...]:
        shared = getattr(self.view, "errors", ())
        own: tuple[Refusal, ...] = getattr(self.view, f"{self.method.lower()}_errors", shared)
        return own

    def _map_basic_serializer(self, serializer: Any, direction: Direction) -> dict[str, Any]:
        schema: dict[str, Any] = super()._map_basic_serializer(  # type: ignore[no-untyped-call]
            serializer, direction
        )
        if isinstance(serializer, Input):
            schema |= {"additionalProperties": False, **serializer.schema_limits}
        return schema


def _is_input(declared: Any) -> TypeGuard[type[Input]]:
    return isinstance(declared, type) and issubclass(declared, Input)


def _is_needed(declared: Any) -> bool:
    """Tell whether a body must be sent, though it were an empty one."""
    if not _is_input(declared):
        return True
    fields = declared().fields.values()
    return bool(declared.schema_limits) or any(field.required for field in fields)


def _invalid(received: type[Input], message: str) -> Problem:
    fields = [*map(str, received().fields)]
    field, message = (fields[0], message) if fields else ("reason", "There is no such field.")
    return problem_of(exceptions.ValidationError({field: [message]}))
