"""Questions as batches of tokens: short lines next to short lines, so that little is padded."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from expert_router.demo.tasks import Question, Task, training_questions
from tools.experts.tokens import END, encode

_SORTED_TOGETHER = 16


@dataclass(frozen=True, slots=True)
class Batch:
    """`tokens` of several lines, and which of them (`asked`) the model must predict."""

    tokens: Tensor
    asked: Tensor

    @property
    def size(self) -> int:
        """Tokens that were not padding."""
        return int((self.tokens[:, 1:] != END).sum()) + 2 * len(self.tokens)


Line = tuple[list[int], int]


def lines_of(tasks: tuple[Task, ...], tokens: int, seed: int) -> list[Line]:
    """Training lines of all tasks in equal parts of tokens, in random order."""
    lines: list[Line] = []
    for task in tasks:
        lines += _lines_of_task(task, tokens // len(tasks), seed)
    random.Random(seed).shuffle(lines)
    return lines


def _lines_of_task(task: Task, tokens: int, seed: int) -> list[Line]:
    sample = _encoded(training_questions(task, 1000, seed))
    mean = sum(len(line) for line, _ in sample) / len(sample)
    return _encoded(training_questions(task, max(1, round(tokens / mean)), seed))


def _encoded(questions: list[Question]) -> list[Line]:
    return [encode(question.prompt, question.answer) for question in questions]


def batches_of(lines: list[Line], size: int, seed: int) -> Iterator[Batch]:
    """Every line once."""
    rng = random.Random(seed)
    for start in range(0, len(lines), size * _SORTED_TOGETHER):
        together = sorted(lines[start : start + size * _SORTED_TOGETHER], key=lambda x: len(x[0]))
        firsts = list(range(0, len(together), size))
        rng.shuffle(firsts)
        for first in firsts:
            yield _batch(together[first : first + size])


def _batch(lines: list[Line]) -> Batch:
    longest = max(len(line) for line, _ in lines)
    tokens = torch.full((len(lines), longest), END)
    asked = torch.zeros((len(lines), longest), dtype=torch.bool)
    for row, (line, mark) in enumerate(lines):
        tokens[row, : len(line)] = torch.tensor(line)
        asked[row, mark : len(line)] = True
    return Batch(tokens, asked)
