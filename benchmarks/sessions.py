"""People who are logged in already, since to hash a password costs the same everywhere."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from benchmarks.visiting import numbered

SESSION_TIME = timedelta(hours=1)


def log_in(users: Iterable[Any], *, prefix: str) -> None:
    """Give each user, in turn, the session that the next buyer's cookie names."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore
    from django.contrib.sessions.models import Session
    from django.utils import timezone

    store, until = SessionStore(), timezone.now() + SESSION_TIME
    sessions = []
    for place, user in enumerate(users):
        data = store.encode(
            {
                SESSION_KEY: str(user.pk),
                BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
                HASH_SESSION_KEY: user.get_session_auth_hash(),
            }
        )
        key = prefix + numbered(place)
        sessions.append(Session(session_key=key, session_data=data, expire_date=until))
    Session.objects.bulk_create(sessions)
