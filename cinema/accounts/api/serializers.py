"""What account endpoints take and answer."""

from typing import Any

from rest_framework import serializers

from booking.api.inputs import Input, StrictCharField


class SignUpSerializer(Input):
    """A new account."""

    username = StrictCharField(max_length=150, help_text="Letters, digits and @ . + - _ only.")
    password = StrictCharField(max_length=128, trim_whitespace=False)


class LogInSerializer(Input):
    """Who logs in."""

    username = StrictCharField(max_length=150)
    password = StrictCharField(max_length=128, trim_whitespace=False)


class RefreshTokenSerializer(Input):
    """A refresh token."""

    refresh = StrictCharField(max_length=2000)


class UserSerializer(serializers.Serializer[Any]):
    """An account."""

    id = serializers.IntegerField()
    username = serializers.CharField()


class TokenPairSerializer(serializers.Serializer[Any]):
    """`access` goes into the Authorization header, `refresh` buys the next pair, once."""

    refresh = serializers.CharField()
    access = serializers.CharField()
