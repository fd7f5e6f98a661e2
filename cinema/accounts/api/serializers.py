"""What account endpoints take and answer."""

from rest_framework import serializers

from foundation.web.bodies import Body
from foundation.web.inputs import Input, StrictCharField


class SignUpSerializer(Input):
    """A new account."""

    username = StrictCharField(
        max_length=150, help_text="Latin letters, digits and @ . + - _ only."
    )
    password = StrictCharField(max_length=128, trim_whitespace=False)
    email = StrictCharField(
        max_length=254, required=False, allow_blank=True, help_text="Optional; kept in lower case."
    )


class LogInSerializer(Input):
    """What proves who logs in."""

    username = StrictCharField(max_length=150)
    password = StrictCharField(max_length=128, trim_whitespace=False)


class RefreshTokenSerializer(Input):
    """A refresh token."""

    refresh = StrictCharField(max_length=2000)


class UserSerializer(Body):
    """An account."""

    id = serializers.IntegerField()
    username = serializers.CharField()
    email = serializers.CharField(help_text="Blank when none was given.")


class TokenPairSerializer(Body):
    """`access` goes into the Authorization header, `refresh` buys the next pair, once."""

    refresh = serializers.CharField()
    access = serializers.CharField()
