"""What an audit has found."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

# Of one show; the others are counted.
MOST_FAULTS = 100


@dataclass(frozen=True)
class Fault:
    """Something in the books of a show that can't be; `check` names what does not hold.

    `version` is the entry of the log that is wrong, or the last one that names the seat.
    """

    check: str
    version: int
    detail: str
    seat_number: int | None = None


@dataclass
class Report:
    """What became of an audit: the newest version by the seat map, and what is wrong."""

    show_id: int
    version: int = 0
    digest: str = ""
    entries: int = 0
    faults: list[Fault] = field(default_factory=list)
    more_faults: int = 0

    def add(self, check: str, version: int, detail: str, seat_number: int | None = None) -> None:
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(Fault(check, version, detail, seat_number))
        else:
            self.more_faults += 1

    @property
    def count(self) -> int:
        """How many faults there are."""
        return len(self.faults) + self.more_faults

    @property
    def lines(self) -> Iterator[str]:
        """A line for each fault."""
        for fault in self.faults:
            seat = "" if fault.seat_number is None else f", seat {fault.seat_number}"
            where = f"show {self.show_id}, version {fault.version}{seat}"
            yield f"{where}: {fault.check}: {fault.detail}"
        if self.more_faults:
            yield f"show {self.show_id}: {self.more_faults} more faults"

    @property
    def body(self) -> dict[str, Any]:
        """The report for programs."""
        body = asdict(self)
        return {"show": body.pop("show_id"), **body}
