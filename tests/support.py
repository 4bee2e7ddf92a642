"""What tests share: real processes to talk to, and patient questions about them."""

import contextlib
import http.client
import json
import os
import re
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

SOURCE = Path(__file__).resolve().parent.parent / "src"
T = TypeVar("T")


def until(ask: Callable[[], T], seconds: float = 5.0) -> T:
    """Ask again and again until the answer is true; fail with the last answer after a while."""
    deadline = time.monotonic() + seconds
    while not (answer := ask()):
        assert time.monotonic() < deadline, f"still {answer!r} after {seconds} s"
        time.sleep(0.01)
    return answer


@dataclass
class FakeExpert:
    """A fake expert in a process of its own."""

    process: subprocess.Popen[str]
    port: int
    control_port: int

    @property
    def url(self) -> str:
        """The base URL that an OpenAI client or a gateway's config takes."""
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def pid(self) -> int:
        return self.process.pid

    def stats(self) -> dict[str, Any]:
        """GET /fake/stats, on the control door: it works under every fault and counts nothing."""
        return self._ask("GET", "/fake/stats")

    def configure(self, **changes: Any) -> dict[str, Any]:
        """POST /fake/config: `configure(fault="500:0.5", token_ms=0)`."""
        return self._ask("POST", "/fake/config", json.dumps(changes))

    def until(self, **wanted: Any) -> dict[str, Any]:
        """Wait until the stats have these values: `until(in_flight=0, cancelled=1)`."""
        last: dict[str, Any] = {}

        def reached() -> bool:
            last.update(self.stats())
            return all(last[key] == value for key, value in wanted.items())

        try:
            until(reached)
        except AssertionError as error:
            seen = {key: last[key] for key in wanted}
            raise AssertionError(f"wanted {wanted}, the fake expert says {seen}") from error
        return last

    def kill(self, number: int = signal.SIGKILL) -> None:
        """Send a signal; SIGSTOP and SIGCONT make an expert that hangs and comes back."""
        self.process.send_signal(number)

    def _ask(self, method: str, path: str, body: str | None = None) -> dict[str, Any]:
        line = http.client.HTTPConnection("127.0.0.1", self.control_port, timeout=10)
        try:
            line.request(method, path, body)
            reply = line.getresponse()
            answer = json.loads(reply.read())
        finally:
            line.close()
        assert reply.status == 200, answer
        return dict(answer)


@contextlib.contextmanager
def fake_expert(**options: Any) -> Iterator[FakeExpert]:
    """Run a fake expert as a real process; the options are FakeExpertConfig's."""
    settings = {"control_port": 0, **options}
    command = [sys.executable, "-m", "expert_router.fake_expert", json.dumps(settings)]
    with tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=errors, text=True, env=environment()
        )
        try:
            yield FakeExpert(process, *_ports(process, errors))
        finally:
            stop(process)
            errors.seek(0)
            complaints = errors.read()
        assert not complaints, f"the fake expert complained:\n{complaints}"


def environment() -> dict[str, str]:
    """The environment for a child that imports our package, installed or not."""
    folders = [str(SOURCE), str(Path(__file__).parent), os.environ.get("PYTHONPATH")]
    path = os.pathsep.join(filter(None, folders))
    return {**os.environ, "PYTHONPATH": path, "PYTHONUNBUFFERED": "1"}


def resident_bytes(pid: int) -> int:
    """The memory that a process holds now."""
    command = ["ps", "-o", "rss=", "-p", str(pid)]
    return int(subprocess.run(command, capture_output=True, check=True).stdout) * 1024


def stop(process: subprocess.Popen[str], seconds: float = 5.0) -> None:
    """End a child: politely, then not."""
    if process.poll() is None:
        process.send_signal(signal.SIGCONT)
        process.terminate()
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
    process.wait()
    if process.stdout:
        process.stdout.close()


def first_line(process: subprocess.Popen[str], seconds: float = 20.0) -> str:
    """The line a child prints when it is ready; "" when it ends or stays silent instead."""
    assert process.stdout
    ready, _, _ = select.select([process.stdout], [], [], seconds)
    return process.stdout.readline() if ready else ""


def _ports(process: subprocess.Popen[str], errors: Any) -> tuple[int, int]:
    line = first_line(process)
    ports = re.findall(r":(\d+)/", line)
    if len(ports) != 2:
        errors.seek(0)
        complaints = errors.read()
        errors.truncate(0)
        raise AssertionError(f"the fake expert did not start: {line!r} {complaints}")
    return int(ports[0]), int(ports[1])
