"""A prompt goes to the expert of its topic, and the reply says which and why."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from expert_router.routing import save_artifact
from expert_router.training import PromptReader, TrainOptions, train
from expert_router.training.cluster import ClusterOptions
from gateway_process import GatewayProcess, gateway
from raw_client import ask, chat, request
from support import FakeExpert, fake_expert

TOPICS = {
    "math": "add the numbers {0} and {1} then divide the sum by {2}",
    "law": "does the contract clause {0} let the tenant sue the landlord under statute {1}",
    "food": "which recipe bakes bread with flour butter sugar and {0} eggs at {1} degrees",
}


@pytest.fixture(scope="module")
def artifact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("router")
    lines = [
        json.dumps({"prompt": text.format(n, n + 1, n + 2), "expert": topic})
        for topic, text in TOPICS.items()
        for n in range(20)
    ]
    (folder / "prompts.jsonl").write_text("\n".join(lines))
    options = TrainOptions(clusters=ClusterOptions(k=3), dimensions=8)
    trained = train(PromptReader(folder / "prompts.jsonl"), options)
    save_artifact(trained.artifact, folder / "router")
    return folder / "router"


@pytest.fixture(scope="module")
def experts() -> Iterator[dict[str, FakeExpert]]:
    quick = {"tokens": 2, "token_ms": 1, "first_token_ms": 1}
    with (
        fake_expert(model="math", **quick) as math,
        fake_expert(model="law", **quick) as law,
        fake_expert(model="food", **quick) as food,
        fake_expert(model="general", **quick) as general,
    ):
        yield {"math": math, "law": law, "food": food, "general": general}


@pytest.fixture(scope="module")
def door(artifact: Path, experts: dict[str, FakeExpert]) -> Iterator[GatewayProcess]:
    with gateway(config(artifact, experts)) as running:
        yield running


def config(artifact: Path, experts: dict[str, FakeExpert], **router: Any) -> dict[str, Any]:
    return {
        "router": {"artifact": str(artifact), **router},
        "experts": [{"name": name, "replicas": [one.url]} for name, one in experts.items()],
        "default_expert": "general",
    }


def headers_for(door: GatewayProcess, body: dict[str, Any]) -> dict[str, str]:
    seen = ask(door.port, request({"model": "auto", "stream": False, **body}))
    assert seen.status == 200, seen.data
    lines = seen.data.partition(b"\r\n\r\n")[0].decode().split("\r\n")[1:]
    return dict(line.split(": ", 1) for line in lines)


@pytest.mark.parametrize("topic", TOPICS)
def test_each_topic_reaches_its_expert(
    door: GatewayProcess, experts: dict[str, FakeExpert], topic: str
) -> None:
    before = experts[topic].stats()["finished"]
    headers = headers_for(door, chat(stream=False, prompt=TOPICS[topic].format(70, 80, 90)))
    assert headers["x-expert"] == topic
    assert headers["x-expert-cluster"] in "012"
    assert 0 <= float(headers["x-expert-distance"]) < 0.5
    assert int(headers["x-expert-decision-us"]) >= 0
    assert experts[topic].stats()["finished"] == before + 1


@pytest.mark.parametrize("prompt", ["", "   ", "😀😀", "привет мир"])
def test_a_prompt_of_unknown_words_goes_to_the_default_expert(
    door: GatewayProcess, prompt: str
) -> None:
    headers = headers_for(door, chat(stream=False, prompt=prompt))
    assert headers["x-expert"] == "general"
    assert "x-expert-cluster" not in headers


def test_a_prompt_far_from_every_topic_can_go_to_the_default_expert(
    artifact: Path, experts: dict[str, FakeExpert]
) -> None:
    prompt = "does the sum of flour let the landlord divide bread"
    with gateway(config(artifact, experts, max_distance=0.05)) as door:
        assert headers_for(door, chat(stream=False, prompt=prompt))["x-expert"] == "general"


def test_a_chat_goes_where_its_last_turn_points(door: GatewayProcess) -> None:
    def turn(role: str, topic: str) -> dict[str, Any]:
        return {"role": role, "content": [{"type": "text", "text": TOPICS[topic]}]}

    messages = [turn("system", "law"), turn("user", "food"), turn("assistant", "food")]
    headers = headers_for(door, {"messages": [*messages, turn("user", "math")]})
    assert headers["x-expert"] == "math"


def test_a_plain_completion_is_routed_too(door: GatewayProcess) -> None:
    body = {"model": "auto", "prompt": [TOPICS["law"], TOPICS["law"]], "stream": False}
    seen = ask(door.port, request(body, path="/v1/completions"))
    assert b"\r\nx-expert: law\r\n" in seen.data


def test_an_expert_asked_by_name_skips_the_router(door: GatewayProcess) -> None:
    headers = headers_for(door, {**chat(stream=False, prompt=TOPICS["law"]), "model": "food"})
    assert headers["x-expert"] == "food"
    assert "x-expert-cluster" not in headers


def test_the_control_door_routes_without_asking_an_expert(
    door: GatewayProcess, experts: dict[str, FakeExpert]
) -> None:
    before = experts["law"].stats()["started"]
    status, body = door.post("/admin/route", {"prompt": TOPICS["law"]}, control=True)
    found = json.loads(body)
    assert (status, found["expert"]) == (200, "law")
    assert found["runner_up"] in {"math", "food"}
    assert found["runner_up_distance"] > found["distance"]
    assert experts["law"].stats()["started"] == before


def test_the_control_door_is_not_on_the_data_door(door: GatewayProcess) -> None:
    assert door.get("/admin/experts")[0] == 404
    assert door.get("/admin/experts", control=True)[0] == 200


def test_the_control_door_refuses_what_it_cannot_read(door: GatewayProcess) -> None:
    assert door.post("/admin/route", [1], control=True)[0] == 400
    assert door.post("/admin/route", {"prompt": "x" * 2_000_000}, control=True)[0] == 413


def test_clusters_in_the_config_win_over_the_artifacts(
    artifact: Path, experts: dict[str, FakeExpert]
) -> None:
    settings = config(artifact, experts)
    settings["experts"][3]["clusters"] = [0, 1, 2]
    with gateway(settings) as door:
        headers = headers_for(door, chat(stream=False, prompt=TOPICS["law"]))
    assert headers["x-expert"] == "general"
    assert "x-expert-cluster" in headers


def test_a_router_that_names_a_stranger_is_an_error_of_ours_and_makes_no_label(
    experts: dict[str, FakeExpert],
) -> None:
    settings = {
        "router": {"use": "stranger_router:Stranger"},
        "experts": [{"name": "math", "replicas": [experts["math"].url]}],
    }
    with gateway(settings) as door:
        seen = ask(door.port, request({"model": "auto", **chat()}))
        assert seen.status == 500
        assert b"nobody" in seen.body
        assert b'expert="nobody"' not in door.get("/metrics")[1]
        assert door.metric("requests_total", expert="none", outcome="error") == 1


def test_metrics_count_what_happened(door: GatewayProcess) -> None:
    names = ("requests_total", "output_tokens_total", "decision_seconds_count")
    before = {name: door.metric(name, expert="law") for name in names}
    ask(door.port, request({"model": "auto", **chat(prompt=TOPICS["law"])}))
    grown = {name: door.metric(name, expert="law") - before[name] for name in names}
    assert grown == {"requests_total": 1, "output_tokens_total": 2, "decision_seconds_count": 1}
    assert door.metric("in_flight", expert="law") == 0
    assert door.metric("time_to_first_token_seconds_count", expert="law") >= 1


def test_ready_and_health(door: GatewayProcess) -> None:
    assert door.get("/ready") == (200, b'{"status":"ready"}')
    assert door.get("/health") == (200, b'{"status":"ok"}')


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="needs Linux's /proc")
def test_the_serving_process_never_imports_the_training_libraries(door: GatewayProcess) -> None:
    maps = Path(f"/proc/{door.process.pid}/maps").read_text()
    assert "/httptools/" in maps
    assert not [name for name in ("sklearn", "scipy", "torch", "matplotlib") if f"/{name}/" in maps]
