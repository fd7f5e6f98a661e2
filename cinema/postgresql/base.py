"""The backend that DATABASE_URL=postgresql:// gives."""

import select

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    """Spares a lasting connection the question whether it still works, where the kernel knows.

    A server that ends closes its connections, and the socket of a closed one can be read from.
    While nothing waits there and no error occurred, the connection is as good as at its last use.
    """

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
