"""Concurrent histories, and whether some legal order of their operations explains them.

An operation runs from its invocation to its response; somewhere in between it must have taken
effect at once. The search is that of Wing and Gong ("Testing and Verifying Concurrent Objects",
1993) with the memory of Lowe ("Testing for linearizability", 2017), for one seat at a time.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from math import inf

# A seat is free (None), or somebody's: the state's name and the client.
SeatState = tuple[str, int] | None


class Outcome(Enum):
    """What the client saw; after UNKNOWN it may have happened, or not, or happen yet."""

    OK = "ok"
    FAIL = "fail"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Operation:
    """What a client did to one seat, and when, in any unit of one clock."""

    client: int
    seat: int
    kind: str
    invoked: float
    responded: float
    outcome: Outcome


# From which state of the seat, as seen by the client, an operation leads to which.
TRANSITIONS = {
    "hold": ("free", "held"),
    "release": ("held", "free"),
    "book hold": ("held", "booked"),
    "book": ("free", "booked"),
    "cancel": ("booked", "free"),
}


def after(state: SeatState, operation: Operation) -> SeatState:
    """Return the state that the operation leads to. Raises ValueError where it can't succeed."""
    before, then = TRANSITIONS[operation.kind]
    wanted = None if before == "free" else (before, operation.client)
    if state != wanted:
        raise ValueError(f"{operation.kind} on {state}")
    return None if then == "free" else (then, operation.client)


def unexplained_seats(history: Iterable[Operation]) -> list[int]:
    """Return the seats whose operations no legal order explains."""
    by_seat: dict[int, list[Operation]] = defaultdict(list)
    for operation in history:
        by_seat[operation.seat].append(operation)
    return sorted(seat for seat, operations in by_seat.items() if not is_legal(operations))


def is_legal(operations: list[Operation]) -> bool:
    """Tell whether some order explains what the clients of one seat saw."""
    operations = sorted(operations, key=lambda operation: operation.invoked)
    ends = [inf if o.outcome is Outcome.UNKNOWN else o.responded for o in operations]
    seen: set[tuple[int, SeatState]] = set()
    todo: list[tuple[int, SeatState]] = [(0, None)]
    certain = sum(1 << i for i, o in enumerate(operations) if o.outcome is not Outcome.UNKNOWN)
    while todo:
        done, state = todo.pop()
        if done & certain == certain:
            return True
        if (done, state) in seen:
            continue
        seen.add((done, state))
        pending = [i for i in range(len(operations)) if not done >> i & 1]
        first_end = min(ends[i] for i in pending)
        for i in pending:
            if operations[i].invoked > first_end:
                break
            todo += [(done | 1 << i, then) for then in _possible(state, operations[i])]
    return False


def _possible(state: SeatState, operation: Operation) -> list[SeatState]:
    try:
        success = [after(state, operation)]
    except ValueError:
        success = []
    if operation.outcome is Outcome.OK:
        return success
    if operation.outcome is Outcome.FAIL:
        return [] if success else [state]
    return [*success, state]
