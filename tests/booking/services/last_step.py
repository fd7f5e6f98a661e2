"""A failure of the database at the last of a service's statements."""

from contextlib import AbstractContextManager
from typing import Any
from unittest import mock

from foundation.db.statements import Statement

# A seat can't be held without a hold: the constraint refuses it, and no new attempt would help.
REFUSED = Statement("UPDATE booking_showseat SET state = 'h', hold_id = NULL")


def failing_at_the_log() -> AbstractContextManager[Any]:
    """Let the statement fail that would log a change of seats, when all others have run."""
    return mock.patch("booking.services.ledger._log", return_value=REFUSED)
