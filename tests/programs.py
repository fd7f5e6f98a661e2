"""Finds the programs that some tests need beyond Python: a browser and nginx."""

import os
import shutil
from unittest import SkipTest

NAMES = {
    "Chromium": ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"),
    "nginx": ("nginx",),
}
# Debian keeps daemons where only root's PATH looks.
PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])


def found(what: str) -> str | None:
    """Return the program's path: that of the variable CHROMIUM or NGINX, or the one installed."""
    candidates = (os.environ.get(what.upper(), ""), *NAMES[what])
    return next((path for name in candidates if (path := shutil.which(name, path=PATH))), None)


def required(what: str) -> str:
    """Return the program's path; without it skip the test, but fail it where CI is set."""
    path = found(what)
    if path is not None:
        return path
    message = f"{what} is not on this machine; {what.upper()}=/path/to/it says where it is."
    if os.environ.get("CI"):
        raise AssertionError(message)
    raise SkipTest(message)


if __name__ == "__main__":
    for name in NAMES:
        if found(name) is None:
            print(f"{name} was not found: the tests that need it are skipped.")
