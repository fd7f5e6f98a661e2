"""Workers that die: `python -m tests.foundation.outbox.crashing FILE KILLS` on an outbox.

Django is loaded once; each worker is a fork of this process, which has no connection to the
database itself. What a worker sends it writes to the file, a line with the message's id each. Of
those that are to die, one in three does so before it sends, and two between sending and noting.
Then, in place of KILLS that are left, two workers work side by side until nothing is left.
"""

import os
import signal
import sys
from itertools import count

import django
from django.utils import timezone

SENDING = "tests.crashing"
BEFORE, BETWEEN = "before", "between"


def dying(number: int) -> str:
    """Return where the worker of this number dies, with the first or second of what it takes."""
    return BEFORE if number % 3 == 0 else BETWEEN


def main(file: str, kills: int) -> None:
    """Let so many workers die, one after the other, and then two do the rest."""
    from foundation.outbox import worker
    from foundation.outbox.models import Message
    from foundation.outbox.services import LEASE

    began = timezone.now()

    def fork(number: int, dies_at: str | None, with_its: int) -> int:
        # Time passes from number to number: what the last one had is due again.
        now = began + LEASE * 2 * number
        if pid := os.fork():
            return pid
        timezone.now = lambda: now
        calls = count(1)

        @worker.handles(SENDING)
        def send(message: Message) -> None:
            is_the_one = next(calls) == with_its
            if is_the_one and dies_at == BEFORE:
                os.kill(os.getpid(), signal.SIGKILL)
            descriptor = os.open(file, os.O_APPEND | os.O_WRONLY | os.O_CREAT)
            dies = is_the_one and dies_at == BETWEEN
            os.write(descriptor, f"{message.pk} {'dies' if dies else ''}\n".encode())
            if dies:
                os.kill(os.getpid(), signal.SIGKILL)

        while worker.do_next():
            pass
        os._exit(0)

    def ended(pid: int) -> int:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

    for number in range(kills):
        _expect(ended(fork(number, dying(number), 1 + number % 2)), -signal.SIGKILL)
    pair = [fork(kills, None, 0), fork(kills, None, 0)]
    for pid in pair:
        _expect(ended(pid), 0)


def _expect(status: int, wanted: int) -> None:
    if status != wanted:
        sys.exit(f"a worker ended with {status}, not {wanted}")


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cinema.settings")
    django.setup()
    main(sys.argv[1], int(sys.argv[2]))
