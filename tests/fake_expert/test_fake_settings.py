"""Bad settings are refused in one line with exit code 2; good ones print one line and serve."""

import asyncio
import signal
import subprocess
import sys
from typing import Any

import pytest
import uvloop

from expert_router.errors import InputError
from expert_router.fake_expert import FakeExpertConfig, config_from, serve
from raw_client import RawClient, ask, chat, request
from support import environment, fake_expert, first_line, stop, until


def command(*options: str) -> list[str]:
    return [sys.executable, "-m", "expert_router", "fake-expert", *options]


def start(*options: str) -> "subprocess.Popen[str]":
    pipe = subprocess.PIPE
    return subprocess.Popen(
        command(*options), stdout=pipe, stderr=pipe, text=True, env=environment()
    )


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("port", -1),
        ("port", 70_000),
        ("port", True),
        ("control_port", "x"),
        ("host", ""),
        ("model", " "),
        ("strict_model", 1),
        ("answer", ""),
        ("tokens", 0),
        ("tokens", 1.5),
        ("first_token_ms", -1),
        ("token_ms", float("nan")),
        ("token_ms", float("inf")),
        ("jitter", 1.1),
        ("seed", "x"),
        ("slots", -1),
        ("fault", 500),
        ("fault", "tired"),
        ("fault", "500:often"),
        ("fault", "500:1.5"),
        ("speed", 1),
    ],
)
def test_bad_value_names_key_value_and_expectation(key: str, value: Any) -> None:
    with pytest.raises(InputError) as caught:
        config_from({key: value})
    message = str(caught.value)
    assert "\n" not in message
    assert key in message
    assert repr(value).strip("'") in message
    assert "expected" in message


@pytest.mark.parametrize("options", [["--fault", "tired"], ["--token-ms", "fast"]])
def test_bad_option_is_one_line_and_exit_2(options: list[str]) -> None:
    process = start("--port", "0", *options)
    out, errors = process.communicate(timeout=30)
    assert (process.returncode, out) == (2, "")
    assert len(errors.strip().splitlines()) == 1, errors


def test_port_in_use_is_one_line_and_exit_2() -> None:
    with fake_expert() as expert:
        process = start("--port", str(expert.port))
        _, errors = process.communicate(timeout=30)
    assert process.returncode == 2
    assert len(errors.strip().splitlines()) == 1
    assert str(expert.port) in errors


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_ends_it_cleanly_with_a_stream_open(number: signal.Signals) -> None:
    process = start("--port", "0", "--model", "math", "--firehose", "--tokens", "5")
    try:
        line = first_line(process)
        assert line.startswith('fake expert "math" listening on http://127.0.0.1:')
        port = int(line.rstrip().removesuffix("/v1").rpartition(":")[2])
        assert ask(port, request(chat())).tokens() == 5
        process.send_signal(number)
        _, errors = process.communicate(timeout=10)
    finally:
        stop(process)
    assert (process.returncode, errors) == (0, "")


@pytest.mark.parametrize("factory", ["asyncio", "uvloop"])
def test_serve_runs_on_any_loop(factory: str) -> None:
    async def main() -> dict[str, Any]:
        expert = await serve(FakeExpertConfig(tokens=3, token_ms=1))
        seen = await asyncio.to_thread(ask, expert.port, request(chat()))
        assert seen.tokens() == 3
        expert.configure(tokens=2)
        seen = await asyncio.to_thread(ask, expert.port, request(chat()))
        assert seen.tokens() == 2
        stats = expert.stats
        await expert.close()
        return stats

    stats = uvloop.run(main()) if factory == "uvloop" else asyncio.run(main())
    assert stats["finished"] == 2


def test_close_cuts_open_streams() -> None:
    async def main() -> str:
        expert = await serve(FakeExpertConfig(first_token_ms=60_000))
        waiting = asyncio.create_task(asyncio.to_thread(ask, expert.port, request(chat())))
        await asyncio.to_thread(until, lambda: expert.stats["in_flight"])
        await expert.close()
        return (await waiting).end

    assert asyncio.run(main()) in {"fin", "reset"}


def test_clients_that_wait_are_let_in_together() -> None:
    """uvloop's own server accepts one in each turn: under load the last would wait seconds."""

    async def main() -> int:
        expert = await serve(FakeExpertConfig())
        clients = [RawClient(expert.port) for _ in range(200)]  # blocking: the loop stands still
        turns = 0
        while expert.stats["open_connections"] < 200:
            await asyncio.sleep(0)
            turns += 1
        await expert.close()
        assert expert.stats["open_connections"] == 0
        for client in clients:
            client.socket.close()
        return turns

    assert uvloop.run(main()) < 20
