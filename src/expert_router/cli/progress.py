"""Progress on stderr: a bar on a terminal, a plain line now and then in a pipe."""

import sys
import time
from types import TracebackType
from typing import Any

QUIET_SECONDS = 2.0  # what is over sooner needs no word
LINE_SECONDS = 5.0


class PhaseProgress:
    """A listener for training's phases; a context manager that clears the bar at its end."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._phase = ""
        self._started = self._begun = time.monotonic()
        self._told = self._started + QUIET_SECONDS - LINE_SECONDS
        self._bar: Any = None
        self._task: Any = None

    def __enter__(self) -> "PhaseProgress":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def update(self, phase: str, done: float, total: float | None, prompts: int = 0) -> None:
        """Take ``done`` of ``total`` (None: unknown) of a phase, and the prompts done in it."""
        now = time.monotonic()
        changed = phase != self._phase
        if changed:
            self._phase, self._begun = phase, now
            self._task = None
        rate = prompts / max(now - self._begun, 1e-3)
        if self._terminal:
            self._draw(done, total, prompts, rate)
        elif self._is_time(now, changed, total):
            self._told = now
            print(_line(phase, done, total, prompts, rate), file=sys.stderr, flush=True)

    def _is_time(self, now: float, changed: bool, total: float | None) -> bool:
        # A line every few seconds, and one as a phase begins whose end is not in sight.
        if changed and total is None:
            return now - self._started > QUIET_SECONDS
        return now - self._told >= LINE_SECONDS and now - self._begun > 1

    def _draw(self, done: float, total: float | None, prompts: int, rate: float) -> None:
        if self._bar is None:
            self._bar = _rich_bar()
            self._bar.start()
        if self._task is None:
            self._finish_tasks()
            self._task = self._bar.add_task(self._phase, total=total, note="")
        note = f"{prompts:,} prompts, {rate:,.0f}/s" if prompts else ""
        self._bar.update(self._task, completed=done, total=total, note=note)

    def _finish_tasks(self) -> None:
        for task in self._bar.tasks:
            total = task.total or 1
            self._bar.update(task.id, total=total, completed=total)


def _line(phase: str, done: float, total: float | None, prompts: int, rate: float) -> str:
    share = f" {100 * done / total:.0f}%" if total else ""
    count = f" {prompts:,} prompts, {rate:,.0f}/s" if prompts else ""
    return f"{phase}{share}{count}"


def _rich_bar() -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeElapsedColumn(),
        TextColumn("{task.fields[note]}"),
        console=Console(stderr=True),
        transient=True,
    )
