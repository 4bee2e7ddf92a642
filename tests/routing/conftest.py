"""Fixtures of the routing tests."""

import gzip
import json

import pytest

from expert_router.routing import Artifact
from expert_router.training import ClusterOptions, PromptReader, TrainOptions, train
from prompts import SHARED, made_up, write_jsonl


@pytest.fixture(scope="session")
def shared_prompts() -> dict[str, list[str]]:
    if not SHARED.exists():
        pytest.skip("../shared/data/prompts.jsonl.gz is not here")
    split: dict[str, list[str]] = {"train": [], "test": []}
    with gzip.open(SHARED, "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            split[row["split"]].append(row["prompt"])
    return split


@pytest.fixture(scope="session")
def artifact(tmp_path_factory: pytest.TempPathFactory) -> Artifact:
    corpus = write_jsonl(tmp_path_factory.mktemp("corpus") / "prompts.jsonl", made_up(400))
    options = TrainOptions(dimensions=20, clusters=ClusterOptions(8))
    return train(PromptReader(corpus), options).artifact
