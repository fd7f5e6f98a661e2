"""Users and sessions by their keys, as nearly every request reads them: by kept plans.

Each costs a third of a query built anew.
"""

from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.utils import timezone

from cinema.accounts.models import User
from foundation.db.statements import Columns, Statement, instant, run

USER = Columns(User)
READ_USER = f"SELECT {USER.sql} FROM accounts_user WHERE id = %s"
READ_SESSION = "SELECT session_data FROM django_session WHERE session_key = %s AND expire_date > %s"


def read_user(user_id: int) -> User | None:
    """Return the user as they are now, active or not."""
    [rows] = run(Statement(READ_USER, [user_id]))
    return USER.instance(rows[0]) if rows else None


class SessionStore(DatabaseStore):
    """Django's sessions in the database."""

    def load(self) -> dict[str, Any]:
        """Return what the session has; Django's own way is for one that there is none of."""
        [rows] = run(Statement(READ_SESSION, [self.session_key, instant(timezone.now())]))
        return self.decode(rows[0][0]) if rows else super().load()
