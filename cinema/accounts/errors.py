"""Why somebody is not let in; answered by the API as the box office's errors are."""

from booking.errors import BookingError


class BadCredentials(BookingError):
    code = "bad_credentials"
    status = 401
    detail = "There is no active account with this username and password."


class TokenNotValid(BookingError):
    code = "token_not_valid"
    status = 401
    detail = "This is no refresh token of ours, or it has expired. Log in again."


class TokenRevoked(BookingError):
    code = "token_revoked"
    status = 401
    detail = "This log-in has ended, or the password was changed. Log in again."


class TokenAlreadyRotated(BookingError):
    code = "token_already_rotated"
    status = 401
    detail = "A parallel request has just exchanged this token: use the tokens that it got."


class TokenReused(BookingError):
    code = "token_reused"
    status = 401
    detail = (
        "This token was exchanged before, so somebody else may have it: its log-in has been ended. "
        "Log in again."
    )
