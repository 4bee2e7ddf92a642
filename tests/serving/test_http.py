"""HTTP/1.1 as clients and attackers speak it, over bare sockets."""

import json
from collections.abc import Iterator

import pytest

from gateway_process import GatewayProcess, gateway, in_front_of
from raw_client import RawClient, ask, chat, request
from support import FakeExpert

QUESTION = json.dumps({"model": "auto", **chat(stream=False)}).encode()


@pytest.fixture(scope="module")
def strict(expert: FakeExpert) -> Iterator[GatewayProcess]:
    """A gateway with low limits and short deadlines."""
    config = in_front_of(
        expert,
        limits={"header_bytes": 2048, "body_bytes": 10_000, "connections": 20},
        timeouts={
            "request_head_seconds": 0.5,
            "request_body_seconds": 0.5,
            "keep_alive_seconds": 0.5,
        },
    )
    with gateway(config) as running:
        yield running


def post(body: bytes, *lines: str, version: str = "1.1") -> bytes:
    head = [f"POST /v1/chat/completions HTTP/{version}", "host: x", *lines]
    return "\r\n".join([*head, "", ""]).encode() + body


def error_of(data: bytes) -> dict:
    return json.loads(data.rpartition(b"\r\n\r\n")[2])["error"]


def test_one_connection_serves_many_requests(door: GatewayProcess) -> None:
    with RawClient(door.port) as client:
        for _ in range(3):
            seen = client.ask(request({"model": "auto", **chat()}))
            assert (seen.status, seen.end) == (200, "whole")


def test_pipelined_requests_are_answered_in_order(door: GatewayProcess) -> None:
    asks = b"".join(
        request({"model": "auto", **chat(max_tokens=n)}, x_request_id=f"n{n}") for n in (8, 1, 4)
    )
    with RawClient(door.port) as client:
        client.send(asks + b"GET /health HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        data = b""
        while piece := client.socket.recv(65536):
            data += piece
    order = [data.index(name) for name in (b"id: n8", b"id: n1", b"id: n4", b'"status":"ok"')]
    assert order == sorted(order)
    assert data.count(b"[DONE]") == 3


def test_a_hundred_pipelined_requests_are_all_answered(door: GatewayProcess) -> None:
    with RawClient(door.port) as client:
        client.send(b"GET /health HTTP/1.1\r\nhost: x\r\n\r\n" * 100)
        client.send(b"GET /health HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        data = b""
        while piece := client.socket.recv(65536):
            data += piece
    assert data.count(b"HTTP/1.1 200") == 101


def test_a_client_that_waits_for_100_continue_is_asked_for_its_body(door: GatewayProcess) -> None:
    with RawClient(door.port) as client:
        client.send(post(b"", f"content-length: {len(QUESTION)}", "expect: 100-continue"))
        assert client.socket.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        assert client.ask(QUESTION).status == 200


def test_a_pipelined_client_that_waits_is_asked_after_its_first_reply(door: GatewayProcess) -> None:
    waiting = post(b"", f"content-length: {len(QUESTION)}", "expect: 100-continue")
    with RawClient(door.port) as client:
        client.send(post(QUESTION, f"content-length: {len(QUESTION)}") + waiting)
        data = b""
        while not data.endswith(b"HTTP/1.1 100 Continue\r\n\r\n"):
            data += client.socket.recv(65536)
        assert data.startswith(b"HTTP/1.1 200")
        assert client.ask(QUESTION).status == 200


def test_a_body_that_will_be_too_large_is_refused_before_it_is_sent(strict: GatewayProcess) -> None:
    seen = ask(strict.port, post(b"", "content-length: 10001", "expect: 100-continue"))
    assert seen.status == 413
    assert b"100 Continue" not in seen.data


def test_an_unknown_expectation_is_refused(door: GatewayProcess) -> None:
    assert ask(door.port, post(b"{}", "content-length: 2", "expect: magic")).status == 417


def test_a_chunked_body_is_understood(door: GatewayProcess) -> None:
    half = len(QUESTION) // 2
    chunks = [QUESTION[:half], QUESTION[half:]]
    body = b"".join(b"%x;ext=1\r\n%b\r\n" % (len(c), c) for c in chunks) + b"0\r\nt: 1\r\n\r\n"
    assert ask(door.port, post(body, "transfer-encoding: chunked")).status == 200


def test_a_chunked_body_past_the_limit_is_refused(strict: GatewayProcess) -> None:
    body = b"".join(b"1000\r\n%b\r\n" % (b"x" * 0x1000) for _ in range(3))
    seen = ask(strict.port, post(body, "transfer-encoding: chunked"))
    assert (seen.status, error_of(seen.data)["code"]) == (413, "request_too_large")


@pytest.mark.parametrize("filler", ["x: " + "y" * 5000, *["\r\n".join(["x: yyyyyyyy"] * 400)]])
def test_a_head_past_the_limit_is_refused(strict: GatewayProcess, filler: str) -> None:
    assert ask(strict.port, post(b"", filler)).status == 431


def test_a_head_that_never_ends_does_not_fill_memory(strict: GatewayProcess) -> None:
    with RawClient(strict.port) as client:
        client.send(b"GET / HTTP/1.1\r\nx: " + b"y" * 4000)
        assert client.read().status == 431


SMUGGLING = {
    "both length headers": post(b"0\r\n\r\n", "content-length: 5", "transfer-encoding: chunked"),
    "two lengths": post(b"{}xx", "content-length: 2", "content-length: 4"),
    "a length list": post(b"{}", "content-length: 2, 2"),
    "a signed length": post(b"{}", "content-length: +2"),
    "a coding after chunked": post(b"0\r\n\r\n", "transfer-encoding: chunked, gzip"),
    "a bad chunk size": post(b"zz\r\n", "transfer-encoding: chunked"),
    "a space before the colon": post(b"{}", "content-length : 2"),
    "two hosts": post(b"{}", "host: y", "content-length: 2"),
    "no host": b"GET /health HTTP/1.1\r\n\r\n",
    "bare line feeds": b"GET /health HTTP/1.1\nhost: x\n\n",
    "a folded header": post(b"{}", "x: 1", " content-length: 2"),
    "a null in a header": post(b"{}", "x: a\x00b", "content-length: 2"),
    "not HTTP at all": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 4,
}


@pytest.mark.parametrize("name", SMUGGLING)
def test_ambiguous_requests_are_refused_and_the_line_is_closed(
    door: GatewayProcess, name: str
) -> None:
    with RawClient(door.port) as client:
        seen = client.ask(SMUGGLING[name])
        assert seen.status == 400
        assert error_of(seen.data)["type"] == "invalid_request_error"
        client.socket.settimeout(5)
        assert client.socket.recv(100) == b""


@pytest.mark.parametrize("start", [b"GET /hea", post(b"{", "content-length: 100")])
def test_a_request_that_arrives_too_slowly_is_cut_off(strict: GatewayProcess, start: bytes) -> None:
    seen = ask(strict.port, start)
    assert (seen.status, error_of(seen.data)["code"]) == (408, "request_timeout")


def test_an_idle_connection_is_closed(strict: GatewayProcess) -> None:
    with RawClient(strict.port) as client:
        assert client.ask(b"GET /health HTTP/1.1\r\nhost: x\r\n\r\n").status == 200
        client.socket.settimeout(5)
        assert client.socket.recv(100) == b""


def test_too_many_connections_are_told_so(strict: GatewayProcess) -> None:
    clients = [RawClient(strict.port) for _ in range(30)]
    late = clients[-1].read()
    assert late.status == 503
    assert b"retry-after: 1" in late.data
    for client in clients:
        client.socket.close()


def test_javas_upgrade_offer_is_ignored_and_its_body_read(door: GatewayProcess) -> None:
    """Its HttpClient offers h2c with the first POST; many servers lose that POST's body."""
    upgrade = ("connection: Upgrade, HTTP2-Settings", "upgrade: h2c", "http2-settings: AAMAAABk")
    length = f"content-length: {len(QUESTION)}"
    with RawClient(door.port) as client:
        assert client.ask(post(QUESTION, length, *upgrade)).status == 200
        assert client.ask(post(QUESTION, length)).status == 200


def test_an_upgrade_offer_whose_body_comes_later(door: GatewayProcess) -> None:
    upgrade = ("connection: Upgrade", "upgrade: h2c")
    with RawClient(door.port) as client:
        client.send(post(b"", f"content-length: {len(QUESTION)}", *upgrade))
        client.send(QUESTION[:10])
        assert client.ask(QUESTION[10:]).status == 200


def test_http_1_0_gets_a_reply_without_chunks(door: GatewayProcess) -> None:
    body = json.dumps({"model": "auto", **chat()}).encode()
    with RawClient(door.port) as client:
        seen = client.ask(post(body, f"content-length: {len(body)}", version="1.0"))
    assert seen.end == "fin"
    assert b"transfer-encoding" not in seen.data
    assert seen.data.endswith(b"data: [DONE]\n\n")


def test_head_gets_no_body(door: GatewayProcess) -> None:
    with RawClient(door.port) as client:
        client.send(b"HEAD /health HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        data = b""
        while piece := client.socket.recv(65536):
            data += piece
    assert data.endswith(b"\r\n\r\n")
    assert b"content-length: 15" in data


@pytest.mark.parametrize(
    ("line", "status"),
    [("GET /v1/chat/completions", 405), ("POST /health", 405), ("GET /nowhere", 404)],
)
def test_wrong_paths_and_methods_are_told_in_openais_shape(
    door: GatewayProcess, line: str, status: int
) -> None:
    seen = ask(door.port, f"{line} HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n".encode())
    assert seen.status == status
    assert error_of(seen.data)["type"] == "invalid_request_error"
    assert (b"\r\nallow: " in seen.data) == (status == 405)


BAD_BODIES = {
    "not JSON": b"{",
    "not an object": b"[]",
    "not UTF-8": b'{"model": "auto", "messages": [{"role": "user", "content": "\xff"}]}',
    "no model": b'{"messages": [{"role": "user", "content": "x"}]}',
    "a model that is no text": b'{"model": 3, "messages": [{"role": "user", "content": "x"}]}',
    "no messages": b'{"model": "auto"}',
    "empty messages": b'{"model": "auto", "messages": []}',
    "messages of numbers": b'{"model": "auto", "messages": [1]}',
    "nested too deep": b'{"model": "auto", "messages": ' + b"[" * 5000 + b"]" * 5000 + b"}",
}


@pytest.mark.parametrize("name", BAD_BODIES)
def test_a_body_that_cannot_be_read_is_a_400_that_says_why(door: GatewayProcess, name: str) -> None:
    body = BAD_BODIES[name]
    seen = ask(door.port, post(body, f"content-length: {len(body)}"))
    assert seen.status == 400
    assert len(error_of(seen.data)["message"]) > 10
