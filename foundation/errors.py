"""Why a request is refused: the kinds of reasons, each with named errors of its own.

The HTTP status of a kind stands in `foundation.web.problems`.
"""

from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


class Refusal(Exception):
    """A request that is refused: `code` is for programs, `detail` says why, for people.

    `members` are what else there is to know, such as what could be had instead.
    """

    code: ClassVar[str]
    detail: str

    def __init__(self, detail: str | None = None, **members: Any) -> None:
        self.detail = detail or self.detail
        self.members = members
        super().__init__(self.detail)


class Invalid(Refusal):
    """What is asked makes no sense."""

    code = "invalid"


class Unauthenticated(Refusal):
    """It is not known who asks."""


class Forbidden(Refusal):
    """Whoever asks may not have it."""


class NotFound(Refusal):
    """There is no such thing."""


class Conflict(Refusal):
    """It can't be had as things are now."""


class Unprocessable(Refusal):
    """What is asked contradicts what was asked before."""


class Unavailable(Refusal):
    """It can't be had right now, and may be soon."""

    code = "unavailable"


class UserNotFound(Unauthenticated):
    code = "user_not_found"
    detail = "This account was deleted."


class TokenRevoked(Unauthenticated):
    code = "token_revoked"
    detail = "This log-in has ended, or the password was changed. Log in again."


class TooMuchContention(Refusal):
    """Others got in the way again and again; nothing was changed."""

    code = "too_much_contention"
    detail = "Too many people want the same at once. Nothing was changed: please try again."


def refuses(*reasons: type[Refusal] | Callable[..., Any]) -> Callable[[F], F]:
    """State what an operation may be refused for: these, and what these functions refuse.

    That is the one list of it; the API's schema is made of it.
    """

    def state(operation: F) -> F:
        vars(operation)["refusals"] = tuple(
            dict.fromkeys(kind for reason in (operation, *reasons) for kind in refusals_of(reason))
        )
        return operation

    return state


def refusals_of(reason: type[Refusal] | Callable[..., Any]) -> tuple[type[Refusal], ...]:
    """Return what an operation states that it refuses; a refusal stands for itself."""
    stated: tuple[type[Refusal], ...] = (
        (reason,) if isinstance(reason, type) else getattr(reason, "refusals", ())
    )
    return stated
