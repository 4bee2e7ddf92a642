"""Flow control both ways, and clients that leave: nothing piles up, nothing goes on for nobody."""

import socket
import time
from collections.abc import Iterator

import pytest

from gateway_process import gateway, in_front_of
from raw_client import RawClient, ask, chat, request
from support import FakeExpert, fake_expert, until

ENDLESS = request({"model": "auto", **chat(max_tokens=10_000_000)}, x_fake_tokens=10_000_000)


@pytest.fixture
def firehose() -> Iterator[FakeExpert]:
    """An expert that writes as fast as it is read."""
    with fake_expert(model="math", first_token_ms=0, token_ms=0, tokens=64) as running:
        yield running


@pytest.fixture
def slow() -> Iterator[FakeExpert]:
    """An expert that thinks for long before its first token."""
    with fake_expert(model="math", first_token_ms=60_000) as running:
        yield running


def test_a_client_that_does_not_read_stops_its_expert(firehose: FakeExpert) -> None:
    with gateway(in_front_of(firehose)) as door, RawClient(door.port) as client:
        before = door.resident_bytes()
        client.send(ENDLESS)
        until(lambda: firehose.stats()["paused_streams"] == 1, 20)
        assert door.resident_bytes() - before < 4 << 20
        got = 0
        while got < 64 << 20:  # more than all kernel buffers: it goes on when the client reads on
            got += len(client.socket.recv(1 << 20))
        assert door.resident_bytes() - before < 4 << 20


def test_many_clients_that_do_not_read_cost_bounded_memory(firehose: FakeExpert) -> None:
    expert = {"max_in_flight": 100}
    with gateway(in_front_of(firehose, expert=expert)) as door:
        ask(door.port, request({"model": "auto", **chat()}))
        before = door.resident_bytes()
        clients = [RawClient(door.port, receive_buffer=4096) for _ in range(10)]
        for client in clients:
            client.send(ENDLESS)
        until(lambda: firehose.stats()["paused_streams"] == 10, 30)
        assert (door.resident_bytes() - before) / 10 < 600_000
        for client in clients:
            client.socket.close()
        firehose.until(in_flight=0)


def test_a_client_that_never_reads_is_cut_off(firehose: FakeExpert) -> None:
    config = in_front_of(firehose, timeouts={"client_stall_seconds": 0.5})
    with gateway(config) as door, RawClient(door.port, receive_buffer=4096) as client:
        client.send(ENDLESS)
        firehose.until(in_flight=0, cancelled=1)


def test_a_client_that_leaves_before_the_first_token_ends_its_experts_work(
    slow: FakeExpert,
) -> None:
    with gateway(in_front_of(slow)) as door:
        with RawClient(door.port) as client:
            client.send(request({"model": "auto", **chat()}))
            slow.until(in_flight=1)
        left = time.monotonic()
        slow.until(in_flight=0, cancelled=1)
        assert time.monotonic() - left < 0.5
        until(lambda: door.metric("in_flight", expert="math") == 0)
        assert door.metric("requests_total", outcome="client_left") == 1


def test_a_client_that_leaves_in_mid_stream_ends_its_experts_work() -> None:
    with fake_expert(model="math", token_ms=20, tokens=10_000) as expert:
        with gateway(in_front_of(expert)) as door:
            with RawClient(door.port) as client:
                client.send(request({"model": "auto", **chat(max_tokens=10_000)}))
                while b"tok3" not in client.socket.recv(65536):
                    pass
            expert.until(in_flight=0, cancelled=1)


def test_a_client_that_half_closes_has_left(slow: FakeExpert) -> None:
    with gateway(in_front_of(slow)) as door, RawClient(door.port) as client:
        client.send(request({"model": "auto", **chat()}))
        slow.until(in_flight=1)
        client.socket.shutdown(socket.SHUT_WR)
        slow.until(in_flight=0, cancelled=1)


def test_a_client_that_leaves_the_queue_never_reaches_the_expert(slow: FakeExpert) -> None:
    expert = {"max_in_flight": 1}
    with gateway(in_front_of(slow, expert=expert)) as door:
        with RawClient(door.port) as first:
            first.send(request({"model": "auto", **chat()}))
            slow.until(in_flight=1)
            with RawClient(door.port) as second:
                second.send(request({"model": "auto", **chat()}))
                until(lambda: door.metric("queue_depth", expert="math") == 1)
            until(lambda: door.metric("queue_depth", expert="math") == 0)
        slow.until(in_flight=0, started=1)


def test_calls_past_the_limit_wait_and_are_answered_in_turn() -> None:
    with fake_expert(model="math", first_token_ms=50, token_ms=5, tokens=4) as expert:
        with gateway(in_front_of(expert, expert={"max_in_flight": 2})) as door:
            clients = [RawClient(door.port) for _ in range(10)]
            for client in clients:
                client.send(request({"model": "auto", **chat()}))
            assert all(client.read(20).status == 200 for client in clients)
            assert expert.stats()["max_in_flight"] == 2


def test_a_full_queue_is_answered_at_once_with_retry_after(slow: FakeExpert) -> None:
    expert = {"max_in_flight": 1, "max_queue": 1}
    with gateway(in_front_of(slow, expert=expert)) as door:
        waiting = [RawClient(door.port) for _ in range(2)]
        for client in waiting:
            client.send(request({"model": "auto", **chat()}))
        until(lambda: door.metric("queue_depth", expert="math") == 1)
        seen = ask(door.port, request({"model": "auto", **chat()}))
        assert seen.status == 503
        assert b"\r\nretry-after: " in seen.data
        assert b'"code":"overloaded"' in seen.data
        for client in waiting:
            client.socket.close()


def test_a_wait_that_is_too_long_is_ended(slow: FakeExpert) -> None:
    expert = {"max_in_flight": 1, "queue_seconds": 0.3}
    with gateway(in_front_of(slow, expert=expert)) as door, RawClient(door.port) as first:
        first.send(request({"model": "auto", **chat()}))
        slow.until(in_flight=1)
        assert ask(door.port, request({"model": "auto", **chat()})).status == 503
        assert door.metric("queue_depth", expert="math") == 0


def test_sigterm_lets_a_stream_finish_and_takes_no_more() -> None:
    with fake_expert(model="math", token_ms=50, tokens=20) as expert:
        with gateway(in_front_of(expert)) as door, RawClient(door.port) as client:
            client.send(request({"model": "auto", **chat(max_tokens=20)}))
            expert.until(in_flight=1)
            door.terminate()
            until(lambda: _refused(door.port))
            seen = client.read(10)
            assert (seen.tokens(), seen.end) == (20, "whole")
            assert door.process.wait(10) == 0


def _refused(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except ConnectionRefusedError:
        return True
    return False
