"""The demo as a newcomer meets it: it answers, it keeps its promises, and it leaves nothing."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from support import environment, until

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = [sys.executable, "-m", "expert_router", "demo"]
READY = "Ctrl-C ends all of it."


class Demo:
    """A demo in a process of its own; its children carry the same mark in their environment."""

    def __init__(self, command: list[str], mark: str, log: Path) -> None:
        self.mark = mark
        self.log = log
        with log.open("w") as output:
            self.process = subprocess.Popen(
                command,
                cwd=ROOT,
                stdout=output,
                stderr=output,
                stdin=subprocess.DEVNULL,
                env={**environment(), "DEMO_MARK": mark, "PYTHON": sys.executable},
                start_new_session=True,
            )

    @property
    def shown(self) -> str:
        return self.log.read_text()

    def wait_until_ready(self) -> None:
        until(lambda: READY in self.shown or self.process.poll() is not None, 90)
        assert READY in self.shown, self.shown

    def running(self) -> dict[int, str]:
        """Every process that the demo started and that still runs: pid and command line."""
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if self.mark.encode() in (folder / "environ").read_bytes():
                    found[int(folder.name)] = (folder / "cmdline").read_text().replace("\0", " ")
        return found


@pytest.fixture
def start(tmp_path: Path) -> Iterator["callable"]:
    started: list[Demo] = []

    def run(command: list[str]) -> Demo:
        demo = Demo(command, uuid.uuid4().hex, tmp_path / "log")
        started.append(demo)
        return demo

    yield run
    for demo in started:
        for pid in demo.running():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        demo.process.wait()


needs_proc = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc")


@needs_proc
def test_make_demo_answers_and_ctrl_c_leaves_nothing(start) -> None:
    demo = start(["make", "demo"])
    began = time.monotonic()
    demo.wait_until_ready()
    assert time.monotonic() - began < 60
    assert len(demo.running()) >= 12  # ten experts, the generalist, the gateway
    answers = re.findall(r"^  (\w+): (.+?)   \(cluster \d+, decided in \d+ µs", demo.shown, re.M)
    assert [expert for expert, _ in answers] == ["roman", "sql", "reverse"]
    curl = re.search(r"curl -s (\S+) -H '([^']+)' -d '([^']+)'", demo.shown)
    done = subprocess.run(
        ["curl", "-s", curl[1], "-H", curl[2], "-d", curl[3]],
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout)["choices"][0]["message"]["content"]
    os.killpg(demo.process.pid, signal.SIGINT)
    demo.process.wait(20)
    assert "nothing is left running" in demo.shown
    until(lambda: not demo.running(), 5)


@needs_proc
def test_an_expert_that_dies_ends_the_demo_which_says_so(start) -> None:
    demo = start(PROGRAM)
    demo.wait_until_ready()
    victim = next(pid for pid, command in demo.running().items() if "--alias sql" in command)
    os.kill(victim, signal.SIGKILL)
    assert demo.process.wait(20) == 1
    assert "sql ended with status -9" in demo.shown
    assert "Traceback" not in demo.shown
    until(lambda: not demo.running(), 5)


@needs_proc
def test_a_demo_that_is_killed_leaves_nothing(start) -> None:
    demo = start(PROGRAM)
    demo.wait_until_ready()
    demo.process.kill()
    demo.process.wait()
    until(lambda: not demo.running(), 10)


@needs_proc
def test_sigterm_while_starting_leaves_nothing(start) -> None:
    demo = start(PROGRAM)
    until(lambda: len(demo.running()) >= 5, 20)
    demo.process.terminate()
    demo.process.wait(20)
    assert "Traceback" not in demo.shown
    until(lambda: not demo.running(), 5)


def test_the_demo_keeps_its_promises() -> None:
    done = subprocess.run(
        [*PROGRAM, "--check", "--json", "--each", "50"],
        capture_output=True,
        text=True,
        env=environment(),
        timeout=110,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    overall = found["report"]["overall"]
    assert found["failures"] == []
    assert overall["questions"] == 50 * len(found["report"]["experts"]) >= 400
    assert overall["routed"] >= 0.98
    assert overall["exact"] >= 0.95
    assert min(row["exact"] for row in found["report"]["experts"]) >= 0.90
    assert overall["generalist_exact"] < overall["exact"] - 0.05


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--json"], "--json: expected together with --check"),
        (["--check", "--each", "5000"], "--each: 5000: "),
        (["--check", "--each", "0"], "'--each'"),
        (["--port", "70000"], "'--port'"),
    ],
)
def test_wrong_use_is_one_line(options: list[str], words: str) -> None:
    done = subprocess.run(
        [*PROGRAM, *options], capture_output=True, text=True, env=environment(), check=False
    )
    assert done.returncode == 2
    assert words in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
