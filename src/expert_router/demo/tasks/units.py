"""Metric units: moving the decimal point. Computed: a held-out number is in no training."""

from __future__ import annotations

import random
from decimal import Decimal

from expert_router.demo.tasks.base import Draft, Task, computed

_PHRASINGS = (
    "Convert {n} {a} to {b}.",
    "Convert {n} {a} into {b}.",
    "How many {b} are {n} {a}?",
    "{n} {a} in {b}?",
    "Change {n} {a} into {b}.",
    "{n} {a} to {b}",
)
# the larger unit, the smaller unit, how many zeros lie between them
_PAIRS = (
    ("kilometres", "metres", 3),
    ("metres", "centimetres", 2),
    ("centimetres", "millimetres", 1),
    ("kilograms", "grams", 3),
    ("tonnes", "kilograms", 3),
    ("litres", "millilitres", 3),
    ("hectolitres", "litres", 2),
)


def shift(number: Decimal, zeros: int) -> str:
    """The number times ten to the `zeros`, written plainly: 3.5, 3 -> 3500"""
    moved = format(number.scaleb(zeros), "f")
    return moved.rstrip("0").rstrip(".") if "." in moved else moved


def draw(rng: random.Random) -> Draft:
    """Down to a smaller unit or, as often, up to a larger one."""
    larger, smaller, zeros = rng.choice(_PAIRS)
    digits = str(rng.randint(1, rng.choice((99, 999))))
    number = shift(Decimal(digits), -rng.choice((0, 0, 1)))
    fact = f"units {digits.rstrip('0')}"  # 35, 350 and 3.5 are the same digits to move
    if rng.random() < 0.5:
        return _question(rng, fact, number, (larger, smaller, zeros))
    number = shift(Decimal(digits), rng.choice((0, 1, 2)))
    return _question(rng, fact, number, (smaller, larger, -zeros))


def _question(rng: random.Random, fact: str, number: str, way: tuple[str, str, int]) -> Draft:
    source, target, zeros = way
    answer = f"{shift(Decimal(number), zeros)} {target}"
    return computed(rng, fact, _PHRASINGS, answer, n=number, a=source, b=target)


TASK = Task("units", "converts metric lengths, weights and volumes", draw)
