"""The demo's processes: started together, watched, and ended together whatever happens."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.error import URLError
from urllib.request import urlopen

from expert_router.errors import ExpertRouterError

_POLL_SECONDS = 0.05
_GRACE_SECONDS = 5.0


class PartDied(ExpertRouterError):
    """A process of the demo ended by itself; ``str`` says which and its last words."""


@dataclass(slots=True)
class Part:
    """One process and how to see that it works."""

    name: str
    process: "subprocess.Popen[bytes]"
    log: Path
    health: str  # a URL that answers 200 once it is ready

    @property
    def url(self) -> str:
        """The part's address without the path."""
        return self.health.rpartition("/")[0]


class Parts:
    """All processes of a demo. A context manager: leaving it leaves nothing running."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._parts: list[Part] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()

    def start(self, name: str, module: str, arguments: Sequence[str], health: str) -> Part:
        """Start ``python -m module arguments`` with its output in a file of its own.

        It gets a process group of its own: Ctrl-C reaches only us, and we end it in order.
        """
        log = self._logs / f"{name}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(  # noqa: S603 - our own modules
                [sys.executable, "-m", module, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        part = Part(name, process, log, health)
        self._parts.append(part)
        return part

    def wait_until_ready(self, seconds: float, on_ready: Callable[[Part], None]) -> None:
        """Wait for every part that has not answered yet. Raises PartDied."""
        deadline = time.monotonic() + seconds
        waiting = list(self._parts)
        while waiting:
            self.check()
            for part in [part for part in waiting if _answers(part.health)]:
                waiting.remove(part)
                on_ready(part)
            if waiting and time.monotonic() > deadline:
                late = ", ".join(part.name for part in waiting)
                raise PartDied(f"not ready after {seconds:g} s: {late}")
            time.sleep(_POLL_SECONDS)

    def check(self) -> None:
        """Raise PartDied if any part has ended."""
        for part in self._parts:
            status = part.process.poll()
            if status is not None:
                raise PartDied(f"{part.name} ended with status {status}{_last_words(part.log)}")

    def watch(self, stop: threading.Event) -> None:
        """Return when ``stop`` is set; raise PartDied when any part ends before."""
        while not stop.wait(0.2):
            self.check()

    def _end(self) -> None:
        for part in reversed(self._parts):  # the gateway first: it must not see experts vanish
            _signal(part, signal.SIGTERM)
        deadline = time.monotonic() + _GRACE_SECONDS
        for part in self._parts:
            try:
                part.process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                _signal(part, signal.SIGKILL)
                part.process.wait()


def free_ports(count: int) -> list[int]:
    """Return ports that nobody uses now, all different."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(opened.getsockname()[1]) for opened in sockets]
    for opened in sockets:
        opened.close()
    return ports


def port_or_free(wanted: int) -> int:
    """Return the wanted port if nobody uses it, else a free one."""
    try:
        with socket.create_server(("127.0.0.1", wanted)):
            return wanted
    except OSError:
        return free_ports(1)[0]


def _signal(part: Part, number: signal.Signals) -> None:
    if part.process.poll() is None:
        os.killpg(part.process.pid, number)


def _answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=1) as answer:  # noqa: S310 - our own, on loopback
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


def _last_words(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines()
    return f": {lines[-1]}" if lines else ""
