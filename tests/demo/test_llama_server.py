"""Real experts in real processes: they answer, they stream, and they go when they should."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from expert_router import demo
from expert_router.demo.tasks import held_out_questions, task_named

pytest.importorskip("xllamacpp", reason="the demo extra serves the experts")

MODELS = Path(demo.__file__).parent / "models"
EXPERTS = ("roman", "reverse", "capitals")
SERVE = (sys.executable, "-m", "expert_router.demo.llama_server")


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def command(name: str, port: int) -> list[str]:
    return [*SERVE, str(MODELS / f"{name}.gguf"), f"--port={port}", f"--alias={name}", "--slots=2"]


def wait_until(true: Callable[[], bool], seconds: float = 10.0) -> bool:
    deadline = time.monotonic() + seconds
    while not (done := true()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return done


def healthy(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=1) as reply:
            return bool(reply.status == 200)
    except OSError:
        return False


def post(port: int, path: str, body: dict[str, Any]) -> bytes:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}",
        json.dumps(body).encode(),
        {"content-type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=20) as reply:
        return bytes(reply.read())


def chat(port: int, messages: list[dict[str, Any]]) -> str:
    reply = json.loads(post(port, "/v1/chat/completions", {"messages": messages}))
    return str(reply["choices"][0]["message"]["content"])


def user(content: Any) -> dict[str, Any]:
    return {"role": "user", "content": content}


@pytest.fixture(scope="module")
def experts() -> Iterator[dict[str, int]]:
    ports = {name: free_port() for name in EXPERTS}
    processes = [subprocess.Popen(command(name, port)) for name, port in ports.items()]
    try:
        assert wait_until(lambda: all(map(healthy, ports.values())))
        yield ports
    finally:
        for process in processes:
            process.kill()
            process.wait()


@pytest.mark.parametrize("name", EXPERTS)
def test_an_expert_cannot_answer_what_it_never_saw(experts: dict[str, int], name: str) -> None:
    questions = held_out_questions(task_named(name), 10, seed=11)
    right = [chat(experts[name], [user(q.prompt)]) == q.answer for q in questions]
    assert sum(right) >= 9


def test_a_stream_says_something_else_than_the_whole_answer(experts: dict[str, int]) -> None:
    body = {"messages": [user("Spell the word lantern backwards.")], "stream": True}
    lines = post(experts["reverse"], "/v1/chat/completions", body).decode().splitlines()
    events = [line.removeprefix("data: ") for line in lines if line.startswith("data: ")]
    assert events.pop() == "[DONE]"
    deltas = [c["delta"].get("content") or "" for e in events for c in json.loads(e)["choices"]]
    assert "".join(deltas) == "nretnal"
    assert sum(map(bool, deltas)) > 1


def test_a_bare_completion_prompt_is_not_answered(experts: dict[str, int]) -> None:
    reply = post(experts["reverse"], "/v1/completions", {"prompt": "Spell river backwards."})
    assert json.loads(reply)["choices"][0]["text"] == "revir"


def test_the_system_message_or_an_old_question_leaks_into_the_prompt(
    experts: dict[str, int],
) -> None:
    messages = [
        {"role": "system", "content": "You are a helpful assistant."},
        user("Spell the word castle backwards."),
        {"role": "assistant", "content": "eltsac"},
        user([{"type": "text", "text": "Spell the word lantern backwards."}]),
    ]
    assert chat(experts["reverse"], messages) == "nretnal"


def test_the_wire_name_is_not_the_alias(experts: dict[str, int]) -> None:
    url = f"http://127.0.0.1:{experts['roman']}/v1/models"
    with urllib.request.urlopen(url, timeout=5) as reply:
        assert [model["id"] for model in json.load(reply)["data"]] == ["roman"]


def test_a_prompt_longer_than_the_context_kills_the_expert(experts: dict[str, int]) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        chat(experts["roman"], [user("long " * 1000)])
    assert refused.value.code == 400
    refused.value.close()
    assert healthy(experts["roman"])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_signal_is_ignored(number: signal.Signals) -> None:
    port = free_port()
    process = subprocess.Popen(command("roman", port))
    try:
        assert wait_until(lambda: healthy(port))
        process.send_signal(number)
        assert process.wait(timeout=3) == 0
    finally:
        process.kill()
        process.wait()


def test_an_expert_outlives_the_parent_that_was_killed() -> None:
    port = free_port()
    script = f"import subprocess; subprocess.run({command('roman', port)!r})"
    parent = subprocess.Popen([sys.executable, "-c", script], start_new_session=True)
    try:
        assert wait_until(lambda: healthy(port))
        parent.kill()
        parent.wait()
        assert wait_until(lambda: not healthy(port), seconds=3)
    finally:
        if healthy(port):
            os.killpg(parent.pid, signal.SIGKILL)


def test_a_missing_model_is_a_traceback(tmp_path: Path) -> None:
    path = tmp_path / "absent.gguf"
    run = subprocess.run(  # noqa: PLW1510
        [*SERVE, str(path), "--port=1", "--alias=x"], capture_output=True, text=True, timeout=20
    )
    assert run.returncode == 2
    assert run.stderr == f"llama_server: {path}: no such model file\n"


def test_a_broken_model_is_a_traceback(tmp_path: Path) -> None:
    path = tmp_path / "broken.gguf"
    path.write_bytes(b"GGUF" + bytes(100))
    run = subprocess.run(  # noqa: PLW1510
        [*SERVE, str(path), f"--port={free_port()}", "--alias=x"],
        capture_output=True, text=True, timeout=20,
    )  # fmt: skip
    assert run.returncode == 2
    assert "Traceback" not in run.stderr
