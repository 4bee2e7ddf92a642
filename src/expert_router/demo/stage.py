"""What the demo needs on disk: generated prompts, a router learnt from them, a gateway config."""

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

import msgspec
import yaml

from expert_router.demo.tasks import GENERALIST, TASKS, training_questions
from expert_router.routing import save_artifact
from expert_router.training import PromptReader, Trained, TrainOptions, train
from expert_router.training.cluster import ClusterOptions

PROMPTS_PER_TASK = 400
CLUSTERS_PER_TASK = 5  # three are enough for most seeds, five for all that were tried
SEED = 7


def model_files() -> dict[str, Path]:
    """Return the GGUF file of each expert and of the generalist."""
    folder = Path(str(files("expert_router.demo"))) / "models"
    return {name: folder / f"{name}.gguf" for name in [*_names(), GENERALIST]}


def write_prompts(path: Path) -> None:
    """Write training prompts of all tasks as JSONL with ``prompt`` and ``expert``.

    The label names clusters after they are learnt; k-means never sees it.
    """
    with path.open("wb") as lines:
        for task in TASKS:
            for question in training_questions(task, PROMPTS_PER_TASK, SEED):
                row = {"prompt": question.prompt, "expert": task.name}
                lines.write(msgspec.json.encode(row) + b"\n")


def learn_router(prompts: Path, folder: Path) -> Trained:
    """Learn the clusters and save the artifact."""
    clusters = ClusterOptions(k=CLUSTERS_PER_TASK * len(TASKS), seed=SEED)
    trained = train(PromptReader(prompts), TrainOptions(clusters=clusters))
    save_artifact(trained.artifact, folder)
    return trained


def write_config(
    path: Path, artifact: Path, experts: Mapping[str, int], *, listen: int, control: int, slots: int
) -> None:
    """Write the gateway's config: each expert on its port of 127.0.0.1."""
    config = {
        "listen": f"127.0.0.1:{listen}",
        "control": f"127.0.0.1:{control}",
        "router": {"use": "kmeans", "artifact": str(artifact)},
        "experts": [
            {
                "name": name,
                "replicas": [f"http://127.0.0.1:{port}/v1"],
                "max_in_flight": slots,
            }
            for name, port in experts.items()
        ],
        "default_expert": GENERALIST,
        "timeouts": {"drain_seconds": 2.0},
    }
    path.write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")


def _names() -> list[str]:
    return [task.name for task in TASKS]
