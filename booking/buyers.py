"""Who buys."""

from dataclasses import dataclass

from django.contrib.auth.models import AbstractBaseUser

from foundation.db.locks import client_of_user


@dataclass(frozen=True)
class Buyer:
    """An account, or a guest who is known by an `email` address alone.

    Without either it is nobody: whoever stands at the counter.
    """

    user: AbstractBaseUser | None = None
    email: str = ""

    @property
    def client(self) -> str:
        """The name by which the buyer is locked, and what they have is counted and forgotten."""
        return client_of_guest(self.email) if self.user is None else client_of_user(self.user.pk)

    @property
    def address(self) -> str:
        """Where the buyer gets mail: an account at the address that it has confirmed, if any."""
        return self.email if self.user is None else getattr(self.user, "confirmed_email", "")


def client_of_guest(email: str) -> str:
    """Return the name by which a guest is locked and what they have is counted."""
    return f"guest:{email}"
