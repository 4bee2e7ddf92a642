"""Routers that do not read the prompt: the yardsticks a learnt router must beat."""

import random
from collections.abc import Sequence
from itertools import cycle

from expert_router.types import Assignment, Turns


class FixedRouter:
    """Every prompt to one expert."""

    def __init__(self, expert: str) -> None:
        self._assignment = Assignment(expert)

    def route(self, turns: Turns) -> Assignment:
        """Return the one expert."""
        return self._assignment


class RandomRouter:
    """Each prompt to an expert drawn evenly; the same seed gives the same sequence."""

    def __init__(self, experts: Sequence[str], seed: int = 0) -> None:
        self._assignments = _assignments(experts)
        self._random = random.Random(seed)  # noqa: S311 - a baseline, not a secret

    def route(self, turns: Turns) -> Assignment:
        """Return a random expert."""
        return self._random.choice(self._assignments)


class RoundRobinRouter:
    """The experts in turn."""

    def __init__(self, experts: Sequence[str]) -> None:
        self._next = cycle(_assignments(experts))

    def route(self, turns: Turns) -> Assignment:
        """Return the next expert."""
        return next(self._next)


def _assignments(experts: Sequence[str]) -> list[Assignment]:
    if not experts:
        raise ValueError("at least one expert is needed")
    return [Assignment(expert) for expert in experts]
