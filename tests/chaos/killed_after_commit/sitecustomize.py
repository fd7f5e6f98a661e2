"""Kills the process with its first commit that changes a seat; Python imports it at its start.

With this folder in PYTHONPATH a server dies when the commit is done, before it has told anyone.
"""

import os
import signal

from django.db.backends.base.base import BaseDatabaseWrapper

_commit = BaseDatabaseWrapper.commit


def _commit_and_die(connection: BaseDatabaseWrapper) -> None:
    changes_seats = bool(connection.run_on_commit)  # it would be published after the commit
    _commit(connection)
    if changes_seats:
        os.kill(os.getpid(), signal.SIGKILL)


BaseDatabaseWrapper.commit = _commit_and_die  # type: ignore[assignment,method-assign]
