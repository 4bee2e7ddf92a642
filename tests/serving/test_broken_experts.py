"""Experts that fail: the client is told at once, and other replicas are asked."""

import json
from collections.abc import Iterator

import openai
import pytest

from gateway_process import GatewayProcess, gateway, in_front_of
from raw_client import RawClient, ask, chat, request
from support import FakeExpert, fake_expert

FAST = {
    "timeouts": {"connect_seconds": 1, "first_byte_seconds": 0.5, "idle_seconds": 0.4},
}


@pytest.fixture(scope="module")
def broken() -> Iterator[FakeExpert]:
    with fake_expert(model="math", tokens=8, token_ms=5, first_token_ms=5) as running:
        yield running


@pytest.fixture(scope="module")
def door(broken: FakeExpert) -> Iterator[GatewayProcess]:
    with gateway(in_front_of(broken, **FAST)) as running:
        yield running


def call(door: GatewayProcess, fault: str, *, stream: bool = True):
    body = {"model": "auto", **chat(stream=stream)}
    return ask(door.port, request(body, x_fake_fault=fault), 8)


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ("hang-before-head", 504, "expert_timeout"),
        ("malformed-http", 502, "expert_unreachable"),
        ("huge-header", 502, "expert_unreachable"),
    ],
)
def test_an_expert_that_never_begins_is_told_with_a_status(
    door: GatewayProcess, fault: str, status: int, code: str
) -> None:
    seen = call(door, fault)
    error = json.loads(seen.body)["error"]
    assert (seen.status, error["code"], error["type"]) == (status, code, "server_error")
    assert b"\r\nx-expert: math\r\n" in seen.data


@pytest.mark.parametrize("status", [500, 503, 429])
def test_an_experts_own_error_is_passed_on(door: GatewayProcess, status: int) -> None:
    seen = call(door, str(status))
    assert seen.status == status
    assert "error" in json.loads(seen.body)


@pytest.mark.parametrize("fault", ["reset-mid-stream", "close-mid-stream", "truncated-chunk"])
def test_a_stream_that_breaks_ends_with_one_error_event_and_the_connection(
    door: GatewayProcess, fault: str
) -> None:
    seen = call(door, fault)
    assert seen.status == 200
    assert seen.end == "fin"
    assert seen.data.count(b'data: {"error":') == 1
    assert b"[DONE]" not in seen.data
    assert not seen.data.endswith(b"0\r\n\r\n")  # at no layer may it look whole


def test_a_stream_that_goes_silent_is_ended(door: GatewayProcess) -> None:
    seen = call(door, "hang-mid-stream")
    assert seen.data.count(b'data: {"error":') == 1
    assert b"expert_timeout" in seen.data


def test_a_stream_that_goes_silent_need_not_wait_for_the_first_byte_limit(
    broken: FakeExpert,
) -> None:
    with gateway(in_front_of(broken, timeouts={"idle_seconds": 0.3})) as door:
        seen = call(door, "hang-mid-stream")
        assert b"went silent" in seen.data
        assert seen.end == "fin"


def test_an_expert_that_thinks_longer_than_the_idle_time_is_not_cut_off(
    broken: FakeExpert,
) -> None:
    """vLLM sends the head of a stream at once, also when the call must wait for its turn."""
    with gateway(in_front_of(broken, timeouts={"idle_seconds": 0.3})) as door:
        thinking = request({"model": "auto", **chat()}, x_fake_first_token_ms=1500)
        seen = ask(door.port, thinking, 8)
        assert (seen.tokens(), seen.end) == (8, "whole")


def test_the_openai_client_raises_when_a_stream_breaks(door: GatewayProcess) -> None:
    headers = {"x-fake-fault": "close-mid-stream"}
    with openai.OpenAI(base_url=door.url, api_key="none", max_retries=0) as client:
        stream = client.chat.completions.create(
            model="auto",
            messages=[{"role": "user", "content": "x"}],
            stream=True,
            extra_headers=headers,
        )
        with pytest.raises(openai.APIError, match="the expert"):
            list(stream)


def test_a_whole_answer_that_breaks_never_looks_whole(door: GatewayProcess) -> None:
    seen = call(door, "close-mid-stream", stream=False)
    assert seen.end in {"fin", "reset"} or seen.status == 502


def test_another_replica_is_asked_when_one_cannot_be_reached(broken: FakeExpert) -> None:
    with fake_expert(model="math", tokens=8, token_ms=5, first_token_ms=5) as dead:
        config = in_front_of(dead, broken)
        dead.kill()
        dead.process.wait()
        with gateway(config) as door:
            body = {"model": "auto", **chat()}
            statuses = [ask(door.port, request(body)).status for _ in range(6)]
            assert statuses == [200] * 6
            assert door.metric("retries_total", expert="math") >= 1
            assert door.metric("replica_up", replica=dead.url) == 0


def test_no_replica_left_is_a_502_that_says_so() -> None:
    with fake_expert(model="math") as dead:
        config = in_front_of(dead)
        dead.kill()
        dead.process.wait()
    with gateway(config) as door:
        seen = ask(door.port, request({"model": "auto", **chat()}))
        assert seen.status == 502
        assert "cannot be reached" in json.loads(seen.body)["error"]["message"]
        assert dead.url not in seen.data.decode()
        assert door.get("/ready")[0] == 503
        assert door.get("/health")[0] == 200


def test_a_kept_connection_that_the_expert_closed_is_not_an_error() -> None:
    with fake_expert(model="math", tokens=2, token_ms=1, first_token_ms=1) as expert:
        with gateway(in_front_of(expert)) as door:
            body = request({"model": "auto", **chat()})
            assert ask(door.port, body).status == 200
            port, control = expert.port, expert.control_port
            expert.kill()
            expert.process.wait()
            with fake_expert(model="math", tokens=2, port=port) as again:
                assert again.port == port
                assert control
                assert ask(door.port, body).status == 200


def test_connections_to_an_expert_are_used_again(door: GatewayProcess, broken: FakeExpert) -> None:
    before = broken.stats()["connections_total"]
    with RawClient(door.port) as client:
        for _ in range(20):
            assert client.ask(request({"model": "auto", **chat()})).status == 200
    assert broken.stats()["connections_total"] - before <= 1


def test_an_answer_after_the_timeouts_of_the_idle_clock_is_whole(broken: FakeExpert) -> None:
    """A stream longer than the idle time is fine as long as it goes on."""
    with gateway(in_front_of(broken, **FAST)) as door:
        slow = request(
            {"model": "auto", **chat(max_tokens=8)}, x_fake_token_ms=200, x_fake_tokens=8
        )
        seen = ask(door.port, slow, 10)
        assert (seen.tokens(), seen.end) == (8, "whole")
