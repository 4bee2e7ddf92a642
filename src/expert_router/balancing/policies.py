"""Loads to replica. No I/O, no clock."""

from collections.abc import Sequence


class LeastLoaded:
    """The replica with the fewest calls in flight; ties go round."""

    def __init__(self) -> None:
        self._start = 0

    def choose(self, loads: Sequence[int]) -> int:
        """Return the index of the smallest load, the first at or after where we left off."""
        count = len(loads)
        start = self._start % count
        best = min(range(count), key=lambda step: loads[(start + step) % count])
        chosen = (start + best) % count
        self._start = chosen + 1
        return chosen


class RoundRobin:
    """Each replica in turn, whatever its load."""

    def __init__(self) -> None:
        self._next = 0

    def choose(self, loads: Sequence[int]) -> int:
        """Return the next index."""
        chosen = self._next % len(loads)
        self._next = chosen + 1
        return chosen
