"""What a server looks at when it starts and once a day, on threads of their own."""

import logging
import time
from collections.abc import Callable, Sequence

from django.db import Error, connection

from foundation import metrics
from foundation.outages import in_one_line
from foundation.server.background import beside_serving

NOT_YET, OK, FAULTS = "not yet", "ok", "faults"

# The log names so many faults.
MOST_LINES = 20
# A database that can't be reached is asked again after this time, and then twice that and so on.
FIRST_WAIT_SECONDS = 5.0
LONGEST_WAIT_SECONDS = 300.0
AGAIN_SECONDS = 86_400.0

logger = logging.getLogger(__name__)


class StartCheck:
    """A look for faults by this process as it serves; `result` says what came of the last one."""

    def __init__(self, name: str, look: Callable[[], Sequence[str]]) -> None:
        self.result = NOT_YET
        self._name = name
        self._look = look
        self._faults_found = metrics.CHECK_FAULTS.labels(name)
        self._looked_at = metrics.CHECK_TIME.labels(name)
        beside_serving(name, self.keep_looking)

    def run(self) -> None:
        """Look until the database answers, log what is found, and keep the result."""
        wait = FIRST_WAIT_SECONDS
        while (faults := self._faults()) is None:
            time.sleep(wait)
            wait = min(2 * wait, LONGEST_WAIT_SECONDS)
        for line in faults[:MOST_LINES]:
            logger.error("%s: %s", self._name, line)
        logger.log(
            logging.ERROR if faults else logging.INFO, "%s: %d faults", self._name, len(faults)
        )
        self.result = FAULTS if faults else OK
        self._faults_found.set(len(faults))
        self._looked_at.set_to_current_time()

    def keep_looking(self) -> None:
        """Look now, and again every day."""
        while True:
            self.run()
            time.sleep(AGAIN_SECONDS)

    def _faults(self) -> Sequence[str] | None:
        try:
            return self._look()
        except Error as error:
            why = in_one_line(error)
            logger.warning("%s: not yet, since the database does not answer: %s", self._name, why)
            return None
        finally:
            connection.close()
