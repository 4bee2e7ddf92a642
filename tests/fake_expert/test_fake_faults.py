"""Each fault does on the wire what its name says."""

import json
import time

import pytest

from raw_client import RawClient, Seen, ask, chat, request
from support import FakeExpert, fake_expert, until


def struck(expert: FakeExpert, fault: str, *, stream: bool = True, seconds: float = 5.0) -> Seen:
    return ask(expert.port, request(chat(stream=stream), x_fake_fault=fault), seconds)


def test_refuse_closes_on_accept() -> None:
    with fake_expert(fault="refuse") as expert:
        with RawClient(expert.port) as client:
            seen = client.read()
        assert (seen.data, seen.end) == (b"", "fin")
        assert expert.until(refused=1, open_connections=0)["started"] == 0


def test_refuse_of_one_request_closes_unanswered(expert: FakeExpert) -> None:
    seen = struck(expert, "refuse")
    assert (seen.data, seen.end) == (b"", "fin")


def test_hang_before_head_sends_nothing(expert: FakeExpert) -> None:
    seen = struck(expert, "hang-before-head", seconds=0.3)
    assert (seen.data, seen.end) == (b"", "silence")


def test_hang_mid_stream_stops_after_half(expert: FakeExpert) -> None:
    seen = struck(expert, "hang-mid-stream", seconds=0.5)
    assert (seen.tokens(), seen.end) == (4, "silence")


def test_reset_mid_stream_is_a_reset(expert: FakeExpert) -> None:
    seen = struck(expert, "reset-mid-stream")
    assert (seen.tokens(), seen.end) == (4, "reset")


def test_close_mid_stream_is_a_fin_without_terminator(expert: FakeExpert) -> None:
    seen = struck(expert, "close-mid-stream")
    assert (seen.tokens(), seen.end) == (4, "fin")
    assert seen.data.endswith(b"}\n\n\r\n")  # a whole chunk, but no last one


def test_truncated_chunk_ends_inside_a_chunk(expert: FakeExpert) -> None:
    seen = struck(expert, "truncated-chunk")
    assert seen.end == "fin"
    assert not seen.data.endswith(b"\r\n")


@pytest.mark.parametrize(
    ("fault", "end"),
    [
        ("hang-mid-stream", "silence"),
        ("reset-mid-stream", "reset"),
        ("close-mid-stream", "fin"),
        ("truncated-chunk", "fin"),
    ],
)
def test_whole_body_breaks_off_short_of_its_length(
    expert: FakeExpert, fault: str, end: str
) -> None:
    seen = struck(expert, fault, stream=False, seconds=0.5)
    assert seen.end == end
    assert seen.status == 200
    length = int(seen.data.split(b"content-length: ")[1].split(b"\r\n")[0])
    assert 0 < len(seen.body) < length


@pytest.mark.parametrize("status", [500, 503, 429])
@pytest.mark.parametrize("stream", [True, False])
def test_error_status_is_openai_json(expert: FakeExpert, status: int, stream: bool) -> None:
    seen = struck(expert, str(status), stream=stream)
    assert seen.status == status
    assert json.loads(seen.body)["error"]["code"] == status
    assert (b"retry-after: 1\r\n" in seen.data) == (status == 429)


def test_connection_survives_an_error_status(expert: FakeExpert) -> None:
    with RawClient(expert.port) as client:
        assert client.ask(request(chat(), x_fake_fault="500")).status == 500
        assert client.ask(request(chat())).end == "whole"


def test_malformed_http_is_not_http(expert: FakeExpert) -> None:
    seen = struck(expert, "malformed-http")
    assert seen.data.startswith(b"HTTP/9.9 ")
    assert seen.end == "fin"


def test_huge_header_is_huge_and_the_rest_is_well(expert: FakeExpert) -> None:
    seen = struck(expert, "huge-header")
    assert len(seen.data.partition(b"\r\n\r\n")[0]) > 200_000
    assert (seen.tokens(), seen.end) == (8, "whole")


def test_slow_drip_comes_a_byte_at_a_time(expert: FakeExpert) -> None:
    data = request(chat(), x_fake_fault="slow-drip", x_fake_tokens=1)
    seen = ask(expert.port, data, seconds=10)
    assert (seen.tokens(), seen.end) == (1, "whole")
    single = [piece for _, piece in seen.pieces if len(piece) == 1]
    assert len(single) > 0.5 * len(seen.data)  # a busy reader may find a few together


@pytest.mark.parametrize("stream", [True, False])
def test_wrong_content_type_is_html(expert: FakeExpert, stream: bool) -> None:
    seen = struck(expert, "wrong-content-type", stream=stream)
    assert b"content-type: text/html" in seen.data
    assert seen.end == "whole"


def test_error_event_comes_mid_stream(expert: FakeExpert) -> None:
    seen = struck(expert, "error-event")
    assert seen.tokens() == 4
    assert b'data: {"error":{"message"' in seen.data
    assert seen.data.endswith(b"data: [DONE]\n\n\r\n0\r\n\r\n")


def test_probability_strikes_about_that_often() -> None:
    with fake_expert(fault="500:0.3", seed=1, first_token_ms=0, token_ms=0) as expert:
        with RawClient(expert.port) as client:
            statuses = [client.ask(request(chat(stream=False))).status for _ in range(200)]
        assert 35 <= statuses.count(500) <= 85
        assert expert.stats()["faulted"] == statuses.count(500)


def test_a_request_may_opt_out_of_the_faults() -> None:
    with fake_expert(fault="500", token_ms=0) as expert:
        assert struck(expert, "none").status == 200
        assert ask(expert.port, request(chat())).status == 500


def test_faults_are_switched_at_run_time() -> None:
    with fake_expert(token_ms=0) as expert:
        assert ask(expert.port, request(chat())).status == 200
        assert expert.configure(fault="503")["fault"] == "503"
        assert ask(expert.port, request(chat())).status == 503
        expert.configure(fault="")
        assert ask(expert.port, request(chat())).status == 200


@pytest.mark.parametrize(
    "changes", [{"speed": 1}, {"tokens": 0}, {"port": 1}, {"fault": "tired"}, {"fault": "500:2"}]
)
def test_bad_changes_are_refused_and_change_nothing(
    expert: FakeExpert, changes: dict[str, object]
) -> None:
    before = ask(expert.port, request(method="GET", path="/fake/config")).body
    seen = ask(expert.port, request(changes, path="/fake/config"))
    assert seen.status == 400
    assert next(iter(changes)) in json.loads(seen.body)["error"]["message"]
    assert ask(expert.port, request(method="GET", path="/fake/config")).body == before


@pytest.mark.parametrize("header", [{"x_fake_tokens": "many"}, {"x_fake_fault": "tired"}])
def test_bad_override_is_the_clients_mistake(expert: FakeExpert, header: dict[str, object]) -> None:
    assert ask(expert.port, request(chat(), **header)).status == 400


def test_refusing_expert_can_be_told_to_stop_refusing() -> None:
    with fake_expert(fault="refuse", token_ms=0) as expert:
        expert.configure(fault="")
        assert until(lambda: ask(expert.port, request(chat())).status) == 200


def test_reset_does_not_swallow_what_was_sent() -> None:
    with fake_expert(fault="reset-mid-stream", tokens=4, token_ms=0, first_token_ms=0) as expert:
        with RawClient(expert.port) as client:
            client.send(request(chat()))
            time.sleep(0.005)
            seen = client.read()
        assert seen.end == "reset"
