"""HTTP/1.1 as clients really speak it: split, chunked, pipelined, impatient, wrong."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from raw_client import RawClient, ask, chat, request
from support import FakeExpert, fake_expert


def echoed(data: bytes) -> dict[str, object]:
    content = json.loads(data)["choices"][0]["message"]["content"]
    return json.loads(content)


def test_request_split_at_every_byte(expert: FakeExpert) -> None:
    with RawClient(expert.port) as client:
        for byte in request(chat()):
            client.socket.sendall(bytes((byte,)))
        assert client.read().tokens() == 8


def test_chunked_request_body(expert: FakeExpert) -> None:
    body = json.dumps(chat()).encode()
    head = b"POST /v1/chat/completions HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n"
    chunks = b"".join(b"1\r\n" + bytes((byte,)) + b"\r\n" for byte in body)
    assert ask(expert.port, head + chunks + b"0\r\n\r\n").tokens() == 8


def test_expect_100_continue_is_invited_before_the_body(expert: FakeExpert) -> None:
    whole = request(chat(), expect="100-continue")
    head, _, body = whole.partition(b"\r\n\r\n")
    with RawClient(expert.port) as client:
        client.send(head + b"\r\n\r\n")
        assert client.socket.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.send(body)
        assert client.read().tokens() == 8


def test_keep_alive_serves_many_and_pipelined_requests_in_order(expert: FakeExpert) -> None:
    data = b"".join(request(chat(stream=False), x_fake_tokens=n) for n in (1, 2, 3))
    with RawClient(expert.port) as client:
        client.send(data)
        got = b""
        while got.count(b'"usage"') < 3 or not got.endswith(b"}}"):
            got += client.socket.recv(65536)
    counts = [int(part.split(b",")[0]) for part in got.split(b'"completion_tokens":')[1:]]
    assert counts == [1, 2, 3]


@pytest.mark.parametrize("stream", [True, False])
def test_connection_close_is_obeyed_and_said(expert: FakeExpert, stream: bool) -> None:
    with RawClient(expert.port) as client:
        seen = client.ask(request(chat(stream=stream), connection="close"))
        assert b"connection: close\r\n" in seen.data
        assert client.read().end == "fin"


def test_http_1_0_gets_a_stream_without_chunks(expert: FakeExpert) -> None:
    seen = ask(expert.port, request(chat(), version="1.0"))
    assert seen.end == "fin"
    assert b"transfer-encoding" not in seen.data
    assert seen.body.startswith(b"data: ")
    assert seen.data.endswith(b"data: [DONE]\n\n")


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"NOT HTTP AT ALL\r\n\r\n", 400),
        (b"GET /health HTTP/1.1\r\nx: " + b"a" * 300_000 + b"\r\n\r\n", 431),
        (request(method="GET", path="/nowhere"), 404),
        (request(method="GET"), 405),
        (request({"messages": []}), 400),
        (request({"messages": "hello"}), 400),
        (request({"prompt": []}, path="/v1/completions"), 400),
        (request(chat(max_tokens=0)), 400),
        (request(chat(n=1000)), 400),
        (b"POST /v1/chat/completions HTTP/1.1\r\ncontent-length: 3\r\n\r\n{{{", 400),
        (b"POST /v1/chat/completions HTTP/1.1\r\ncontent-length: 2\r\n\r\n\xff\xfe", 400),
    ],
)
def test_wrong_requests_get_openai_errors(expert: FakeExpert, data: bytes, status: int) -> None:
    seen = ask(expert.port, data)
    assert seen.status == status
    assert set(json.loads(seen.body)["error"]) == {"message", "type", "param", "code"}


def test_garbage_behind_a_request_does_not_spoil_its_reply(expert: FakeExpert) -> None:
    with RawClient(expert.port) as client:
        seen = client.ask(request(chat()) + b"\x00garbage\r\n\r\n")
        assert (seen.tokens(), seen.end) == (8, "whole")
        assert client.read().end in {"fin", "reset"}


def test_health_and_models(expert: FakeExpert) -> None:
    assert ask(expert.port, request(method="GET", path="/health")).status == 200
    listed = ask(expert.port, request(method="GET", path="/v1/models?x=1"))
    assert json.loads(listed.body)["data"][0]["id"] == "math"


def test_strict_model_refuses_other_names() -> None:
    with fake_expert(model="math", strict_model=True, token_ms=0) as expert:
        assert ask(expert.port, request(chat(model="math"))).status == 200
        seen = ask(expert.port, request(chat(model="auto")))
        assert seen.status == 404
        assert json.loads(seen.body)["error"]["code"] == "model_not_found"


def test_echo_gives_back_exact_body_and_headers() -> None:
    body = b'{ "messages":[{"role":"user","content":"\\u00e9\xc3\xa9 \\n"}] ,"n" : 1,"odd":1e3}'
    head = b"POST /v1/chat/completions?a=b HTTP/1.1\r\nX-Odd: \xe9 v\r\ncontent-length: %d\r\n\r\n"
    with fake_expert(answer="echo", token_ms=0, first_token_ms=0) as expert:
        echo = echoed(ask(expert.port, head % len(body) + body).body)
    assert echo["body"] == body.decode()
    assert echo["target"] == "/v1/chat/completions?a=b"
    assert echo["headers"] == [["X-Odd", "\xe9 v"], ["content-length", str(len(body))]]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 60), max_size=12), st.booleans())
def test_any_split_of_a_request_is_the_same_request(
    expert: FakeExpert, sizes: list[int], stream: bool
) -> None:
    data = request(chat(stream=stream), x_fake_token_ms=0, x_fake_first_token_ms=0)
    with RawClient(expert.port) as client:
        for size in sizes:
            client.socket.sendall(data[:size])
            data = data[size:]
        client.send(data)
        assert client.read().end == "whole"
