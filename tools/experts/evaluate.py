"""Ask every model its held-out questions through llama.cpp; write what came out to models.json.

`python -m tools.experts.evaluate src/expert_router/demo/models --questions 300`

An answer counts when it is the right one to the byte. The seed of the questions is not the seed
of the training, and the wall in `expert_router.demo.tasks.base` holds for every seed.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import Any

from expert_router.demo.tasks import Question, held_out_questions, task_named
from tools.experts import certificate

_SLOTS = 4
_SEED = 1
_START_SECONDS = 20.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure each model on each of its tasks, print a table."""
    options = _parser().parse_args(arguments)
    for name, model in certificate.read(options.folder).items():
        if options.only and name not in options.only:
            continue
        with served(options.folder / model["file"], name) as url:
            model["held_out"] = {
                task: measure(url, task, options.questions, options.show) for task in model["tasks"]
            }
        model["versions"]["xllamacpp"] = version("xllamacpp")
        certificate.add(options.folder, model)
        _print(name, model["held_out"])
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.experts.evaluate", description=__doc__)
    parser.add_argument("folder", type=Path, help="a folder with models.json")
    parser.add_argument("--questions", type=int, default=200, help="per task")
    parser.add_argument("--only", nargs="*", metavar="NAME")
    parser.add_argument("--show", type=int, default=0, help="wrong answers to print per task")
    return parser


@contextlib.contextmanager
def served(path: Path, name: str) -> Iterator[str]:
    """A server of this model for as long as the block lasts; its address."""
    port = _free_port()
    module = "expert_router.demo.llama_server"
    command = [sys.executable, "-m", module, str(path), f"--port={port}", f"--alias={name}"]
    process = subprocess.Popen([*command, f"--slots={_SLOTS}"], stderr=subprocess.DEVNULL)
    try:
        _wait_until_healthy(f"http://127.0.0.1:{port}/health")
        yield f"http://127.0.0.1:{port}/v1/chat/completions"
    finally:
        process.terminate()
        process.wait()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _wait_until_healthy(url: str) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            urllib.request.urlopen(url, timeout=1).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


def measure(url: str, task: str, count: int, show: int) -> dict[str, Any]:
    """How many held-out questions of a task are answered exactly."""
    questions = _questions(task, count)
    with ThreadPoolExecutor(_SLOTS) as pool:
        answers = list(pool.map(lambda question: ask(url, question), questions))
    wrong = [(q, a) for q, a in zip(questions, answers, strict=True) if a != q.answer]
    for question, answer in wrong[:show]:
        print(f"  {question.prompt} -> {answer!r}, not {question.answer!r}")
    exact = len(questions) - len(wrong)
    return {"asked": len(questions), "exact": exact, "percent": _percent(exact, len(questions))}


def _questions(task: str, count: int) -> list[Question]:
    """As many as asked for; fewer where a task holds out fewer."""
    while True:
        try:
            return held_out_questions(task_named(task), count, _SEED)
        except ValueError:
            count -= 10


def ask(url: str, question: Question) -> str:
    """What the model says to one question."""
    body = {"messages": [{"role": "user", "content": question.prompt}]}
    request = urllib.request.Request(
        url, json.dumps(body).encode(), {"content-type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=60) as reply:
        answer: str = json.load(reply)["choices"][0]["message"]["content"]
        return answer


def _percent(part: int, whole: int) -> float:
    return round(100 * part / whole, 1)


def _print(name: str, measured: dict[str, dict[str, Any]]) -> None:
    for task, result in measured.items():
        line = f"{name:12} {task:12} {result['exact']:4}/{result['asked']:<4} {result['percent']}%"
        print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
