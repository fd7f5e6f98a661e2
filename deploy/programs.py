"""Finds programs beyond Python."""

import os
import shutil

# Debian keeps daemons where only root's PATH looks.
PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])


def found(what: str, *names: str) -> str | None:
    """Return the program's path: that of a variable, such as NGINX for nginx, or one installed."""
    candidates = (os.environ.get(what.upper(), ""), *(names or [what]))
    return next((path for name in candidates if (path := shutil.which(name, path=PATH))), None)


def missing(what: str) -> str:
    """Return what to do about a program that was not found."""
    return f"{what} is not on this machine; {what.upper()}=/path/to/it says where it is."
