"""The examples work as their first lines say."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from expert_router.routing import KMeansRouter, load_artifact
from support import environment

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "own-servers"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy = tmp_path_factory.mktemp("example") / "own-servers"
    shutil.copytree(EXAMPLE, copy)
    run("train", "prompts.jsonl", "-o", "router", "-k", "6", folder=copy)
    return copy


def run(*arguments: str, folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "expert_router", *arguments],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_the_config_is_fine(folder: Path) -> None:
    assert "fine" in run("validate", "-c", "gateway.yaml", folder=folder)


@pytest.mark.parametrize(
    ("prompt", "expert"),
    [
        ("Solve the equation 7x = 21 for x.", "math"),
        ("Is the landlord liable when the contract is broken?", "law"),
        ("Write a poem about a fox.", "general"),
    ],
)
def test_new_prompts_reach_their_expert(folder: Path, prompt: str, expert: str) -> None:
    router = KMeansRouter(load_artifact(folder / "router"), None, "general")
    assert router.route((prompt,)).expert == expert
