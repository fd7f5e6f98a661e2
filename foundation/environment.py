"""Reads settings from the environment, and says in one sentence what is wrong with one."""

import os
import secrets
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from django.core.exceptions import ImproperlyConfigured
from environs import Env

T = TypeVar("T")
env = Env()


def read_file(path: str) -> None:
    """Take variables that are not set from a file, if it exists."""
    try:
        env.read_env(path, recurse=False)
    except (OSError, ValueError) as error:  # such as a folder, or a file that is no text
        raise ImproperlyConfigured(f"The settings in {path} can't be read: {error}") from None


def variable(read: Callable[..., T], name: str, *, default: T, **options: Any) -> T:
    """Return an environment variable; a blank one counts as none."""
    if not env.str(name, "").strip():
        return default
    return read(name, **options)


def names(name: str, *, default: list[str]) -> list[str]:
    """Return the names in a comma-separated environment variable."""
    given = variable(env.list, name, default=default)
    return [stripped for one in given if (stripped := one.strip())]


def required(name: str, why: str) -> ImproperlyConfigured:
    """Return the error of a missing variable."""
    return ImproperlyConfigured(f"Environment variable {name} must be set: {why}")


def wrong(name: str, why: str) -> ImproperlyConfigured:
    """Return the error of a variable that can't be used."""
    return ImproperlyConfigured(f"Environment variable {name} is wrong: {why}")


def writable(folder: Path) -> Path:
    """Return the folder, which is made if there is none."""
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise _not_writable(folder, error) from None
    return folder


def generated_key(folder: Path) -> str:
    """Return the key kept in a folder: made at the first start, so a restart ends no session."""
    path = folder / "secret_key"
    try:
        if not path.exists():
            with tempfile.NamedTemporaryFile("w", dir=folder) as file:
                file.write(secrets.token_urlsafe(50))
                file.flush()
                with suppress(FileExistsError):
                    os.link(file.name, path)
        return path.read_text()
    except OSError as error:
        raise _not_writable(folder, error) from None


def _not_writable(folder: Path, error: OSError) -> ImproperlyConfigured:
    return ImproperlyConfigured(f"The folder {folder} can't be written: {error.strerror}.")
