"""The demo's tasks: questions that we write, each with its only right answer.

`training_questions` and `held_out_questions` never share a question, by construction (see
`base`). Nothing here needs more than the standard library.
"""

from __future__ import annotations

from expert_router.demo.tasks import (
    arithmetic,
    calendar,
    capitals,
    elements,
    morse,
    reverse,
    roman,
    sql,
    units,
    words,
)
from expert_router.demo.tasks.base import Question, Task, held_out_questions, training_questions

GENERALIST = "general"
TASKS: tuple[Task, ...] = (
    arithmetic.TASK,
    calendar.TASK,
    capitals.TASK,
    elements.TASK,
    morse.TASK,
    reverse.TASK,
    roman.TASK,
    sql.TASK,
    units.TASK,
    words.TASK,
)


def task_named(name: str) -> Task:
    """The task of this name; a ValueError that lists the names if there is none."""
    for task in TASKS:
        if task.name == name:
            return task
    raise ValueError(f"no task {name!r}; there are {', '.join(task.name for task in TASKS)}")


__all__ = [
    "GENERALIST",
    "TASKS",
    "Question",
    "Task",
    "held_out_questions",
    "task_named",
    "training_questions",
]
