"""The documentation is true: its commands run, its config page is the config, its links lead on."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from expert_router.demo.parts import free_ports
from support import environment

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])

# What is run elsewhere, or cannot be run here, and why.
NOT_HERE = {
    "make test": "it is what runs this test",
    "make demo": "tests/demo/test_demo.py runs it",
    "make experts": "it trains for 40 minutes",
}

PRELUDE = """
set -euo pipefail
curl() { command curl --retry 60 --retry-connrefused --retry-delay 1 --fail "$@"; }
"""


def blocks(page: Path) -> Iterator[tuple[str, str]]:
    """The fenced blocks of a page that a reader would run: (language, text)."""
    text = page.read_text(encoding="utf-8")
    for language, body in re.findall(r"^```(sh|python)\n(.*?)^```", text, re.S | re.M):
        kept = [line for line in body.splitlines() if line.strip() not in NOT_HERE]
        if any(line.strip() for line in kept):
            yield language, "\n".join(kept) + "\n"


def script(page: Path) -> str:
    """All blocks of a page as one shell script, on ports that are free."""
    parts = [PRELUDE]
    for language, body in blocks(page):
        parts.append(body if language == "sh" else f"python - <<'PYTHON'\n{body}PYTHON\n")
    text = "".join(parts)
    ports = sorted(set(re.findall(r"\b(?:80|81|90)\d\d\b", text)))
    for port, free in zip(ports, free_ports(len(ports)), strict=True):
        text = re.sub(rf"\b{port}\b", str(free), text)
    return text


RUNNABLE = [page for page in PAGES if any(blocks(page))]


@pytest.mark.parametrize("page", RUNNABLE, ids=lambda page: page.name)
def test_every_command_of_a_page_runs(page: Path) -> None:
    bin_folder = Path(sys.executable).parent
    env = {**environment(), "PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}"}
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile("w+") as output:
        shell = subprocess.Popen(
            ["bash", "-c", script(page)],
            cwd=folder,
            env=env,
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            status = shell.wait(100)
        finally:
            with contextlib.suppress(ProcessLookupError):  # it left nothing behind
                os.killpg(shell.pid, signal.SIGKILL)
        output.seek(0)
        assert status == 0, output.read()


def test_the_config_page_is_the_config() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tools.config_reference"],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    page = (ROOT / "docs" / "config.md").read_text(encoding="utf-8")
    assert page == done.stdout, "run: python -m tools.config_reference > docs/config.md"


def test_the_table_of_the_experts_is_what_was_measured() -> None:
    models = ROOT / "src" / "expert_router" / "demo" / "models"
    done = subprocess.run(
        [sys.executable, "-m", "tools.experts.table", str(models)],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    page = (ROOT / "docs" / "experts.md").read_text(encoding="utf-8")
    assert done.stdout in page, "run: python -m tools.experts.table, and put it into the page"


def test_the_site_builds_and_no_link_is_dead(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "-d", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_no_page_is_missing_from_the_readmes_links() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for link in re.findall(r"\]\(([^)#:]+)\)", text):
        assert (ROOT / link).exists(), f"README.md links to {link}, which is not there"


def test_every_command_shows_an_example_in_its_help() -> None:
    program = [sys.executable, "-m", "expert_router"]

    def help_of(*command: str) -> str:
        done = subprocess.run(
            [*program, *command, "--help"],
            env={**environment(), "COLUMNS": "200", "TERM": "dumb"},
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    commands = re.findall(r"^│ ([a-z][a-z-]+) ", help_of(), re.M)
    assert {"demo", "train", "route", "inspect", "serve", "validate", "fake-expert"} <= set(
        commands
    )
    for command in commands:
        assert "Example" in help_of(command), command
