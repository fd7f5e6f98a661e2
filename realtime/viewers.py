"""Counts who watches a show, over all server processes."""


class OtherProcesses:
    """What the other processes last said of their viewers; one that falls silent is forgotten.

    Instants are seconds of any clock that does not go back.
    """

    def __init__(self, forget_after: float) -> None:
        self._forget_after = forget_after
        self._heard: dict[str, tuple[int, float]] = {}

    def hear(self, process: str, count: int, now: float) -> None:
        """Take a process's word for how many viewers it has."""
        self._heard[process] = (count, now)

    def viewers(self, now: float) -> int:
        """Return how many viewers the others have together."""
        oldest = now - self._forget_after
        self._heard = {p: heard for p, heard in self._heard.items() if heard[1] >= oldest}
        return sum(count for count, _ in self._heard.values())
