"""Users, and the sessions that their refresh tokens belong to."""

import uuid

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models


class User(AbstractUser):
    """A moviegoer or a member of staff."""


class TokenFamily(models.Model):
    """One log-in of an API client: the refresh tokens that descend from it, one valid at a time.

    `current` is the id (jti) of the one refresh token that may be used next, `previous` that of the
    token it replaced at `rotated_at`.
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

    class Meta:
        verbose_name_plural = "token families"
