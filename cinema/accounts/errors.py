"""Why somebody is not let in; the API answers 401."""

from foundation.errors import Unauthenticated


class BadCredentials(Unauthenticated):
    code = "bad_credentials"
    detail = "There is no active account with this username and password."


class TokenNotValid(Unauthenticated):
    code = "token_not_valid"
    detail = "This is not a valid refresh token, or it has expired. Log in again."


class TokenReused(Unauthenticated):
    code = "token_reused"
    detail = (
        "This token was exchanged before, so somebody else may have it: its log-in has been ended. "
        "Log in again."
    )
