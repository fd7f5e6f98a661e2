"""The answers that requests with a key got."""

from django.db import models


class StoredAnswer(models.Model):
    """What a client's keyed request got; `fingerprint` is the SHA-256 of all that it asked."""

    client = models.CharField(max_length=100)
    key = models.CharField(max_length=100)
    fingerprint = models.CharField(max_length=64)
    body = models.JSONField()
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["client", "key"], name="one_answer_of_a_client_for_a_key"
            ),
        ]

    def __str__(self) -> str:
        return self.key
