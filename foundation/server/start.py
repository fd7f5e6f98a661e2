"""Turns a failed start into one sentence; importing this needs nothing but Python."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PROJECT = Path(__file__).parent.parent.parent


@contextmanager
def in_one_sentence() -> Iterator[None]:
    """End the process with a sentence, not a traceback, where its owner can fix the problem.

    That is a package that isn't installed, a wrong setting, or a database that can't be used.
    """
    try:
        yield
    except Exception as error:
        sentence = _sentence(error)
        if sentence is None:
            raise
        sys.exit(sentence)


def _sentence(error: Exception) -> str | None:
    if isinstance(error, ModuleNotFoundError) and not _is_ours(str(error.name)):
        return f"{error.name} is not installed: python -m pip install -r requirements.txt"
    from django.core.exceptions import ImproperlyConfigured
    from django.db import DatabaseError, InterfaceError
    from environs import EnvError

    if isinstance(error, (ImproperlyConfigured, EnvError)):
        return str(error)
    if isinstance(error, (DatabaseError, InterfaceError)):
        return _about_the_database(error)
    return None


def _is_ours(module: str) -> bool:
    return (PROJECT / module.partition(".")[0]).is_dir()


def _about_the_database(error: Exception) -> str | None:
    from django.conf import settings

    said = str(error).partition("\n")[0]
    if "no such table" in said or ("relation" in said and "does not exist" in said):
        return "The database has no tables yet: python manage.py migrate makes them."
    found = settings.DATABASES["default"]
    where = f"{found['HOST']}:{found['PORT'] or 5432}" if found["HOST"] else found["NAME"]
    return f"The database {where}, which DATABASE_URL names, can't be used: {said}"
