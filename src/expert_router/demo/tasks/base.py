"""What a task is, and the wall between training questions and held-out questions.

A task draws questions from a seeded generator. Every draw says by itself on which side of the
wall it falls, from a stable hash and never from the generator, so the two sides cannot meet
whatever the seed and however much is drawn. There are two kinds of wall:

- computed facts (a sum, a Roman numeral, a reversed word): the hash of the *fact* decides, so a
  held-out question asks for something that no training question computed, in any phrasing;
- memorised facts (a capital, an element, a word's translation): nobody can compute them, so the
  fact is seen in training, and the hash picks one *phrasing* of this very fact that is not.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

HELD_OUT_ONE_IN = 10
_GIVE_UP_AFTER = 100_000


@dataclass(frozen=True, slots=True)
class Question:
    """One prompt and its only right answer."""

    task: str
    prompt: str
    answer: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A drawn question that already knows its side of the wall."""

    prompt: str
    answer: str
    held_out: bool


@dataclass(frozen=True, slots=True)
class Task:
    """A topic that one expert answers: `draw` makes one question of either side."""

    name: str
    description: str
    draw: Callable[[random.Random], Draft]
    memorised: bool = False


def listed(text: str) -> tuple[str, ...]:
    """The words of a plain table, as we like to read it."""
    return tuple(text.split())


def stable_hash(text: str) -> int:
    """The same number for the same text in every process and on every machine."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


def computed_fact_is_held_out(fact: str) -> bool:
    """One computed fact in ten is never shown in training, in no phrasing."""
    return stable_hash(fact) % HELD_OUT_ONE_IN == 0


def phrasing_is_held_out(fact: str, phrasing: int, phrasings: int) -> bool:
    """One phrasing of each memorised fact is held out; the others carry it in training."""
    return stable_hash(fact) % phrasings == phrasing


def computed(
    rng: random.Random, fact: str, phrasings: Sequence[str], answer: str, **slots: object
) -> Draft:
    """A question whose answer can be computed, in one of its phrasings."""
    prompt = rng.choice(phrasings).format(**slots)
    return Draft(prompt, answer, computed_fact_is_held_out(fact))


def memorised(
    rng: random.Random, fact: str, phrasings: Sequence[str], answer: str, **slots: object
) -> Draft:
    """A question whose answer must be known, in one of its phrasings."""
    index = rng.randrange(len(phrasings))
    held_out = phrasing_is_held_out(fact, index, len(phrasings))
    return Draft(phrasings[index].format(**slots), answer, held_out)


def training_questions(task: Task, count: int, seed: int) -> list[Question]:
    """`count` training questions; they may repeat, as small tasks have few distinct ones."""
    drafts = (draft for draft in _drafts(task, seed, "train") if not draft.held_out)
    return [_question(task, next(drafts)) for _ in range(count)]


def held_out_questions(task: Task, count: int, seed: int) -> list[Question]:
    """`count` different questions that no training set of any seed contains."""
    found: dict[str, Question] = {}
    for tries, draft in enumerate(_drafts(task, seed, "held-out")):
        if draft.held_out:
            found.setdefault(draft.prompt, _question(task, draft))
        if len(found) >= count:
            break
        if tries > _GIVE_UP_AFTER:
            raise ValueError(f"{task.name}: only {len(found)} held-out questions, not {count}")
    return list(found.values())


def _drafts(task: Task, seed: int, purpose: str) -> Iterator[Draft]:
    rng = random.Random(stable_hash(f"{task.name}|{purpose}|{seed}"))  # noqa: S311 questions, not secrets
    while True:
        yield task.draw(rng)


def _question(task: Task, draft: Draft) -> Question:
    return Question(task.name, draft.prompt, draft.answer)
