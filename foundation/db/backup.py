"""A copy of an SQLite database, made while others read and write it."""

import os
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path


def back_up(database: sqlite3.Connection, file: Path) -> None:
    """Copy the database, as it is at one moment, to a file that only its owner can read.

    The file has its name when it is whole and on disk: until then it stands beside it, under
    another. Writers go on meanwhile. Raises FileExistsError and other OSErrors, and sqlite3.Error,
    also when there are faults in the copy.
    """
    handle, name = tempfile.mkstemp(prefix=f"{file.name}.", suffix=".part", dir=file.parent)
    try:
        with closing(sqlite3.connect(name)) as copy:
            database.backup(copy)
            # One file in itself, which can be copied without a log beside it.
            copy.execute("PRAGMA journal_mode = DELETE")
            faults = [fault for (fault,) in copy.execute("PRAGMA integrity_check")]
        if faults != ["ok"]:
            raise sqlite3.DatabaseError("; ".join(faults))
        os.fsync(handle)
        os.link(name, file)  # renaming would replace a file of this name
    finally:
        os.close(handle)
        os.unlink(name)
