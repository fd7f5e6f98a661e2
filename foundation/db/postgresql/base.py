"""The backend that DATABASE_URL=postgresql:// gives."""

import select
from types import TracebackType

from django.db import OperationalError
from django.db.backends.postgresql import base
from django.db.utils import DatabaseErrorWrapper
from django.utils.functional import cached_property

# idle_in_transaction_session_timeout, transaction_timeout: PostgreSQL's manual, appendix A.
ENDED_STATES = {"25P03", "25P04"}


class ErrorWrapper(DatabaseErrorWrapper):
    """Says of a session that was idle in a transaction for too long that its connection is lost.

    PostgreSQL counts that among the errors of transactions, and Django among one's own mistakes.
    """

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if getattr(error, "sqlstate", None) in ENDED_STATES:
            raise OperationalError(str(error)) from error
        super().__exit__(kind, error, traceback)


class DatabaseWrapper(base.DatabaseWrapper):
    """Spares a lasting connection the question whether it still works, where the kernel knows.

    A server that ends closes its connections, and the socket of a closed one can be read from.
    While nothing waits there and no error occurred, the connection is as good as at its last use.
    """

    @cached_property
    def wrap_database_errors(self) -> DatabaseErrorWrapper:
        return ErrorWrapper(self)

    def is_usable(self) -> bool:
        """Return whether the connection works; asks the server only when something is odd."""
        if not self.errors_occurred and self._is_quiet():
            return True
        return super().is_usable()

    def _is_quiet(self) -> bool:
        if self.connection is None or self.connection.closed:
            return False
        waiting = select.poll()
        waiting.register(self.connection.fileno(), select.POLLIN)
        return not waiting.poll(0)
