"""What is trained on what, for how long. Change a line here, then `make experts`."""

from __future__ import annotations

from dataclasses import dataclass

from expert_router.demo.tasks import GENERALIST, TASKS, Task

SEED = 20261120
LINES_A_BATCH = 32
MATRIX_RATE = 0.02  # Muon's learning rate at its highest
OTHER_RATE = 0.003  # AdamW's, for embedding and norms

# Training tokens of each expert: what pilots needed for a margin on held-out questions.
_TOKENS = {
    "arithmetic": 900_000,
    "calendar": 900_000,
    "capitals": 600_000,
    "elements": 800_000,
    "morse": 1_000_000,
    "reverse": 1_100_000,
    "roman": 1_200_000,
    "sql": 1_100_000,
    "units": 1_100_000,
    "words": 800_000,
}


@dataclass(frozen=True, slots=True)
class Recipe:
    """One model to train."""

    name: str
    description: str
    tasks: tuple[Task, ...]
    tokens: int
    seed: int = SEED


def recipes() -> tuple[Recipe, ...]:
    """The generalist first, as it takes as long as all experts together."""
    experts = tuple(
        Recipe(task.name, f"An expert that {task.description}", (task,), _TOKENS[task.name])
        for task in TASKS
    )
    return (_generalist(experts), *experts)


def _generalist(experts: tuple[Recipe, ...]) -> Recipe:
    description = "A generalist of an expert's size, trained on what all experts were trained on"
    return Recipe(GENERALIST, description, TASKS, sum(expert.tokens for expert in experts))
