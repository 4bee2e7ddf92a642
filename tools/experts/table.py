"""The measured table of docs/experts.md: `python -m tools.experts.table src/…/demo/models`."""

from __future__ import annotations

import sys
from pathlib import Path

from expert_router.demo.tasks import GENERALIST, TASKS
from tools.experts import certificate


def table(folder: Path) -> str:
    """Markdown: each task, its expert against the generalist, and both overall."""
    models = certificate.read(folder)
    general = models[GENERALIST]["held_out"]
    lines = [
        "| task | training tokens | questions | expert | generalist |",
        "|---|--:|--:|--:|--:|",
    ]
    asked = exact = exact_general = 0
    for task in TASKS:
        model, other = models[task.name], general[task.name]
        own = model["held_out"][task.name]
        asked, exact = asked + own["asked"], exact + own["exact"]
        exact_general += other["exact"]
        lines.append(
            f"| {task.name} | {model['training_tokens']:,} | {own['asked']} "
            f"| {own['percent']}% | {other['percent']}% |"
        )
    tokens = sum(models[task.name]["training_tokens"] for task in TASKS)
    shares = f"{exact / asked:.1%} | {exact_general / asked:.1%}"
    lines.append(f"| **all** | {tokens:,} | {asked} | {shares} |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(table(Path(sys.argv[1])))
