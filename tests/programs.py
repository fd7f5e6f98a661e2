"""What some tests need beyond Python: programs such as nginx, and servers that keep data."""

import os
from typing import TypeVar
from unittest import SkipTest

from deploy.programs import found, missing
from deploy.servers import Store, Unavailable

S = TypeVar("S", bound=Store)

NAMES = {
    # The first is the same without the windows that nobody sees, which take as long as the pages.
    "Chromium": (
        "chromium-headless-shell",
        "chromium",
        "chromium-browser",
        "google-chrome",
        "google-chrome-stable",
    ),
    "nginx": ("nginx",),
    "node": ("node",),
    "gcc": ("gcc",),
}


def required(what: str) -> str:
    """Return the program's path; without it skip the test, but fail it where CI is set."""
    path = found(what, *NAMES[what])
    if path is not None:
        return path
    if os.environ.get("CI"):
        raise AssertionError(missing(what))
    raise SkipTest(missing(what))


def own(kind: type[S]) -> S:
    """Return a server to start, or skip the test where there is none; where CI is set it fails."""
    try:
        return kind()
    except Unavailable as error:
        if os.environ.get("CI"):
            raise
        raise SkipTest(str(error)) from None


if __name__ == "__main__":
    for name, names in NAMES.items():
        if found(name, *names) is None:
            print(f"{name} was not found: the tests that need it are skipped.")
