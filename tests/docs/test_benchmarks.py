"""The long commands that the docs name run, here in their short form."""

import gzip
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from expert_router.demo.tasks import TASKS, held_out_questions, training_questions
from support import environment

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
MODELS = "src/expert_router/demo/models"

# Command: its short form, and the exit codes that mean it ran (1: slower than promised, on a
# machine that does other things meanwhile).
SHORT: dict[str, tuple[list[str], set[int]]] = {
    "benchmarks/decision.py": (["--prompts", "nowhere", "--rounds", "1"], {0, 1}),
    "benchmarks/training_memory.py": (["--prompts", "3000"], {0}),
    "benchmarks/clusterings.py": (["--prompts", "{rows}"], {0}),
    "benchmarks/chat_turns.py": (["--prompts", "{rows}"], {0}),
    "benchmarks/fake_expert_cost.py": (["--users", "10", "--seconds", "3"], {0}),
    "-m tools.config_reference": ([], {0}),
    "-m tools.experts.evaluate": (["{models}", "--questions", "3", "--only", "roman"], {0}),
}
ELSEWHERE = {
    "-m tools.experts.train": "it needs torch, which the tests do not install",
    "-m expert_router.fake_expert": "every test of the gateway starts it so",
}


@pytest.fixture
def places(tmp_path: Path) -> dict[str, str]:
    """Small stand-ins for the long inputs: labelled rows, and a copy of a model."""
    rows = [
        {"prompt": question.prompt, "domain": task.name, "split": split, "wrapped": False}
        for task in TASKS
        for split, questions in (
            ("train", training_questions(task, 200, 1)),
            ("test", held_out_questions(task, 20, 1)),
        )
        for question in questions
    ]
    with gzip.open(tmp_path / "rows.jsonl.gz", "wt", encoding="utf-8") as lines:
        lines.writelines(json.dumps(row) + "\n" for row in rows)
    models = tmp_path / "models"
    models.mkdir()
    for name in ("roman.gguf", "models.json"):
        (models / name).write_bytes((ROOT / MODELS / name).read_bytes())
    return {"rows": str(tmp_path / "rows.jsonl.gz"), "models": str(models)}


@pytest.mark.parametrize("command", SHORT)
def test_a_long_command_of_the_docs_runs(command: str, places: dict[str, str]) -> None:
    arguments, codes = SHORT[command]
    done = subprocess.run(
        [sys.executable, *command.split(), *(part.format(**places) for part in arguments)],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert done.returncode in codes, done.stderr
    assert "Traceback" not in done.stderr


def test_no_long_command_of_the_docs_is_forgotten() -> None:
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    named = set(re.findall(r"python (benchmarks/\w+\.py|-m (?:tools|expert_router)\.[\w.]+)", text))
    assert named <= SHORT.keys() | ELSEWHERE.keys()
