"""What reaches the expert is what the client sent; what reaches the client is what it sent back."""

import http.client
import json
from collections.abc import Iterator

import pytest

from gateway_process import GatewayProcess, gateway, in_front_of
from support import FakeExpert


@pytest.fixture(scope="module")
def mirror(echo: FakeExpert) -> Iterator[GatewayProcess]:
    expert = {"model": "llama-math", "api_key": "the-expert-key"}
    with gateway(in_front_of(echo, expert=expert)) as running:
        yield running


def seen_by_expert(door: GatewayProcess, body: bytes, headers: dict[str, str]) -> dict:
    line = http.client.HTTPConnection("127.0.0.1", door.port, timeout=10)
    line.request("POST", "/v1/chat/completions", body, headers)
    reply = json.loads(line.getresponse().read())
    line.close()
    return json.loads(reply["choices"][0]["message"]["content"])


BODY = (
    b'{"model": "auto", "messages": [{"role":"user","content":"hi \\u00e9", "name": "x"}],'
    b' "temperature": 1.0, "big": 12345678901234567890123, "nested": {"model": "keep",'
    b' "a" : [1,  2]}, "guided_json": {"type":"object"}, "text": "\\"model\\": \\"auto\\""}'
)


def test_every_field_but_model_keeps_its_bytes(mirror: GatewayProcess) -> None:
    body = seen_by_expert(mirror, BODY, {})["body"]
    raw = body if isinstance(body, str) else json.dumps(body)
    assert json.loads(raw) == {**json.loads(BODY), "model": "llama-math"}
    assert '"nested":{"model": "keep", "a" : [1,  2]}' in raw
    assert "12345678901234567890123" in raw
    assert "hi \\u00e9" in raw


def test_the_clients_secrets_and_its_connection_stay_here(mirror: GatewayProcess) -> None:
    sent = {
        "authorization": "Bearer the-client-key",
        "cookie": "session=1",
        "connection": "keep-alive, x-hop",
        "x-hop": "1",
        "te": "trailers",
        "proxy-authorization": "secret",
        "accept-encoding": "gzip",
        "x-kept": "yes",
        "content-type": "application/json",
    }
    headers = {k.lower(): v for k, v in seen_by_expert(mirror, BODY, sent)["headers"]}
    assert headers["authorization"] == "Bearer the-expert-key"
    assert headers["x-kept"] == "yes"
    assert headers["content-type"] == "application/json"
    gone = {"cookie", "x-hop", "te", "proxy-authorization", "accept-encoding", "connection"}
    assert not gone & headers.keys()


def test_the_clients_request_id_is_kept_on_both_sides(mirror: GatewayProcess) -> None:
    line = http.client.HTTPConnection("127.0.0.1", mirror.port, timeout=10)
    line.request("POST", "/v1/chat/completions", BODY, {"x-request-id": "mine-1"})
    reply = line.getresponse()
    assert reply.headers.get_all("x-request-id") == ["mine-1"]
    line.close()


def test_a_request_without_an_id_gets_one(mirror: GatewayProcess) -> None:
    line = http.client.HTTPConnection("127.0.0.1", mirror.port, timeout=10)
    line.request("POST", "/v1/chat/completions", BODY, {"x-request-id": "x" * 200})
    assert line.getresponse().headers["x-request-id"].startswith("req-")
    line.close()
