"""Clients that leave, clients that read slowly, and clients that must wait for a slot."""

import time

from raw_client import RawClient, ask, chat, request
from support import FakeExpert, fake_expert, resident_bytes, until

ENDLESS = {"x_fake_tokens": 50_000_000, "x_fake_token_ms": 0, "x_fake_first_token_ms": 0}


def test_client_leaves_mid_stream() -> None:
    with fake_expert(tokens=10_000, token_ms=5, first_token_ms=0) as expert:
        with RawClient(expert.port) as client:
            client.send(request(chat()))
            until(lambda: expert.stats()["pieces_written"] > 3)
            left = time.monotonic()
        stats = expert.until(in_flight=0, cancelled=1, open_connections=0)
        assert 0 <= stats["cancelled_at"][0] - left < 0.5
        time.sleep(0.05)
        assert expert.stats()["pieces_written"] == stats["pieces_written"]


def test_client_leaves_before_first_token() -> None:
    with fake_expert(first_token_ms=60_000) as expert:
        with RawClient(expert.port) as client:
            client.send(request(chat(stream=False)))
            expert.until(in_flight=1)
        stats = expert.until(in_flight=0, cancelled=1)
        assert stats["pieces_written"] == 0


def test_client_leaves_a_hung_expert() -> None:
    with fake_expert(fault="hang-before-head") as expert:
        with RawClient(expert.port) as client:
            client.send(request(chat()))
            expert.until(in_flight=1)
        expert.until(in_flight=0, cancelled=1)


def test_client_leaves_while_it_waits_for_a_slot() -> None:
    with fake_expert(slots=1, first_token_ms=60_000) as expert:
        with RawClient(expert.port) as first, RawClient(expert.port) as second:
            first.send(request(chat()))
            expert.until(in_flight=1)
            second.send(request(chat()))
            expert.until(in_flight=1, queued=1)
            second.socket.close()
            expert.until(in_flight=1, queued=0, cancelled_in_queue=1)
        expert.until(in_flight=0, cancelled=1, max_in_flight=1, started=1)


def test_slots_are_given_in_order_and_given_back() -> None:
    with fake_expert(slots=2, tokens=2, token_ms=20, first_token_ms=20) as expert:
        clients = [RawClient(expert.port) for _ in range(6)]
        for client in clients:
            client.send(request(chat()))
        assert all(client.read().end == "whole" for client in clients)
        expert.until(finished=6, in_flight=0, queued=0, max_in_flight=2)
        for client in clients:
            client.socket.close()


def test_long_queue_without_delays_is_served_to_its_end() -> None:
    with fake_expert(slots=1, first_token_ms=200, tokens=1, token_ms=0) as expert:
        clients = [RawClient(expert.port) for _ in range(600)]
        clients[0].send(request(chat()))
        expert.until(in_flight=1)
        for client in clients[1:]:
            client.send(request(chat(), x_fake_first_token_ms=0))
        assert all(client.read().end == "whole" for client in clients)
        expert.until(finished=600, max_in_flight=1)
        for client in clients:
            client.socket.close()


def test_more_slots_at_run_time_admit_those_who_wait() -> None:
    with (
        fake_expert(slots=1, tokens=1, first_token_ms=60_000) as expert,
        RawClient(expert.port) as first,
        RawClient(expert.port) as second,
    ):
        first.send(request(chat()))
        second.send(request(chat()))
        expert.until(queued=1)
        expert.configure(slots=0)
        expert.until(in_flight=2, queued=0)


def test_slow_reader_pauses_generation_and_memory_stays_bounded() -> None:
    with fake_expert() as expert, RawClient(expert.port, receive_buffer=4096) as client:
        before = resident_bytes(expert.pid) / 2**20
        client.send(request(chat(), **ENDLESS))
        paused = expert.until(paused_streams=1)
        time.sleep(0.1)
        later = expert.stats()
        assert later["pieces_written"] == paused["pieces_written"]
        assert later["bytes_unsent"] < 1_000_000
        assert resident_bytes(expert.pid) / 2**20 - before < 30


def test_slow_reader_that_reads_on_gets_more() -> None:
    with fake_expert() as expert, RawClient(expert.port, receive_buffer=4096) as client:
        client.send(request(chat(), **ENDLESS))
        paused = expert.until(paused_streams=1)["pieces_written"]
        end = time.monotonic() + 5
        while expert.stats()["pieces_written"] == paused:
            client.socket.recv(1_000_000)
            assert time.monotonic() < end


def test_slow_reader_leaves_while_paused() -> None:
    with fake_expert() as expert:
        with RawClient(expert.port, receive_buffer=4096) as client:
            client.send(request(chat(), **ENDLESS))
            expert.until(paused_streams=1)
        expert.until(in_flight=0, cancelled=1, paused_streams=0, open_connections=0)


def test_slow_reader_of_a_paced_stream_gets_no_burst_of_lost_time() -> None:
    with fake_expert(first_token_ms=0) as expert:
        expert.configure(answer=" ".join(["y" * 300_000] * 40), token_ms=20)
        with RawClient(expert.port, receive_buffer=4096) as client:
            client.send(request(chat()))
            expert.until(paused_streams=1)
            time.sleep(0.5)
            resumed = time.monotonic()
            before = expert.stats()["pieces_written"]
            while time.monotonic() < resumed + 0.2:
                client.socket.recv(1_000_000)
            assert expert.stats()["pieces_written"] - before <= 12  # 10 gaps of 20 ms, and slack


def test_firehose_does_not_starve_its_neighbours(expert: FakeExpert) -> None:
    with RawClient(expert.port) as greedy:
        greedy.send(request(chat(), **ENDLESS))
        expert.until(in_flight=1)
        assert ask(expert.port, request(chat())).tokens() == 8
    expert.until(in_flight=0)


def test_books_balance_after_everything(expert: FakeExpert) -> None:
    stats = expert.until(in_flight=0, queued=0)
    ended = stats["finished"] + stats["faulted"] + stats["cancelled"]
    assert stats["started"] == ended
