"""How training tells how far it is, without knowing who listens."""

from typing import Protocol


class Progress(Protocol):
    """A listener; the command line draws a bar or prints lines."""

    def update(self, phase: str, done: float, total: float | None, prompts: int = 0) -> None:
        """Take ``done`` of ``total`` (None: unknown) of a phase, and the prompts done in it."""
        ...


class Silent:
    """Nobody listens."""

    def update(self, phase: str, done: float, total: float | None, prompts: int = 0) -> None:
        """Do nothing."""
