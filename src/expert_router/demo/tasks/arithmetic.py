"""Sums and differences with the steps shown, ones first.

A model of this size writes one character at a time and cannot carry in its head, so it does what
a child does on paper: the columns from the right, then the result. The whole line must be right.
Computed: a held-out pair of numbers appears in no training question of the same operation.
"""

from __future__ import annotations

import random
from itertools import zip_longest

from expert_router.demo.tasks.base import Draft, Task, computed

_ADD = (
    "What is {a} plus {b}?",
    "Add {a} plus {b}.",
    "Calculate {a} + {b}.",
    "Calculate {a} plus {b}.",
    "Calculate the sum of {a} and {b}.",
    "How much is {a} plus {b}?",
)
_SUBTRACT = (
    "What is {a} minus {b}?",
    "Subtract: {a} minus {b}.",
    "Calculate {a} - {b}.",
    "Calculate {a} minus {b}.",
    "Calculate the difference of {a} and {b}.",
    "How much is {a} minus {b}?",
)


def add(a: int, b: int) -> str:
    """37 + 48 -> 7+8=15, 3+4+1=8, so 85"""
    steps, carry = [], 0
    for x, y in _columns(a, b):
        total = x + y + carry
        steps.append(f"{x}+{y}{'+1' if carry else ''}={total}")
        carry = total // 10
    return _line(steps, a + b)


def subtract(a: int, b: int) -> str:
    """45 - 17 -> 15-7=8, 3-1=2, so 28"""
    steps, borrow = [], 0
    for x, y in _columns(a, b):
        left = x - borrow
        borrow = int(left < y)
        left += 10 * borrow
        steps.append(f"{left}-{y}={left - y}")
    return _line(steps, a - b)


def draw(rng: random.Random) -> Draft:
    """A sum or a difference, of numbers of one or two digits."""
    return rng.choice((_sum, _difference))(rng)


def _sum(rng: random.Random) -> Draft:
    a, b = _number(rng), _number(rng)
    fact = f"{min(a, b)} + {max(a, b)}"  # 3 + 4 tells 4 + 3
    return computed(rng, fact, _ADD, add(a, b), a=a, b=b)


def _difference(rng: random.Random) -> Draft:
    b, a = sorted((_number(rng), _number(rng)))
    return computed(rng, f"{a} - {b}", _SUBTRACT, subtract(a, b), a=a, b=b)


def _number(rng: random.Random) -> int:
    return rng.randint(2, 99)


def _columns(a: int, b: int) -> zip_longest[tuple[int, int]]:
    return zip_longest(_digits(a), _digits(b), fillvalue=0)


def _digits(number: int) -> list[int]:
    return [int(digit) for digit in reversed(str(number))]


def _line(steps: list[str], result: int) -> str:
    return ", ".join((*steps, f"so {result}"))


TASK = Task("arithmetic", "adds and subtracts numbers below 100, showing its steps", draw)
