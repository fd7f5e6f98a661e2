"""Users, and the sessions that their refresh tokens belong to."""

import uuid
from collections.abc import Collection
from typing import ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractUser, UserManager
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models
from django.db.models.functions import Lower

from cinema.accounts.validators import UsernameValidator

USERNAME_TAKEN = "A user with that username already exists."
EMAIL_TAKEN = "Another account has confirmed this address."


class Users(UserManager["User"]):
    """Finds users by name whatever its case, as far as the database folds it: one at most."""

    def get_by_natural_key(self, username: str | None) -> "User":
        wanted = Lower(models.Value(username, models.CharField()))
        return self.alias(lower_username=Lower("username")).get(lower_username=wanted)


class User(AbstractUser):
    """A moviegoer or a member of staff."""

    username = models.CharField(
        max_length=150,
        unique=True,
        help_text="150 characters or fewer: Latin letters, digits and @/./+/-/_ only.",
        validators=[UsernameValidator()],
        error_messages={"unique": USERNAME_TAKEN},
    )
    # In lower case, as `email` is, which may be anybody's: mails go here, and so does whoever has
    # forgotten the password.
    confirmed_email = models.EmailField(blank=True, default="", db_default="", editable=False)

    objects: ClassVar[Users] = Users()

    class Meta(AbstractUser.Meta):
        constraints = [
            models.UniqueConstraint(
                Lower("username"),
                name="username_unique_in_any_case",
                violation_error_message=USERNAME_TAKEN,
            ),
            models.UniqueConstraint(
                fields=["confirmed_email"],
                condition=~models.Q(confirmed_email=""),
                name="confirmed_email_of_one_account",
                violation_error_message=EMAIL_TAKEN,
            ),
        ]

    def validate_constraints(self, exclude: Collection[str] | None = None) -> None:
        """Check the constraint, which is about the user name. Raises ValidationError."""
        try:
            super().validate_constraints(exclude)
        except ValidationError as error:
            raise ValidationError({"username": error.error_dict[NON_FIELD_ERRORS]}) from None


class TokenFamily(models.Model):
    """One log-in of an API client: the refresh tokens that descend from it, one valid at a time.

    `current` is the id (jti) of the one refresh token that may be used next, issued at `rotated_at`
    in the place of `previous`. `auth_hash` is the user's session_auth_hash at the log-in:
    another one means another password.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="token_families"
    )
    current = models.CharField(max_length=32)
    previous = models.CharField(max_length=32, blank=True)
    rotated_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    revoked_at = models.DateTimeField(null=True)
    auth_hash = models.CharField(max_length=64)

    class Meta:
        verbose_name_plural = "token families"

    def __str__(self) -> str:
        return f"log-in {self.pk} of user {self.user_id}"
