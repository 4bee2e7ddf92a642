"""Roman numerals. Computed: a held-out number appears in no training question."""

from __future__ import annotations

import random

from expert_router.demo.tasks.base import Draft, Task, computed

_PHRASINGS = (
    "Write {n} as a Roman numeral.",
    "Write {n} in Roman numerals.",
    "{n} in Roman numerals?",
    "Roman numeral for {n}",
    "Roman numeral for {n}?",
    "Show {n} as a Roman numeral.",
    "{n} as a Roman numeral",
)
_SYMBOLS = (
    (1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"),
    (50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"),
)  # fmt: skip
_LARGEST = 2100


def to_roman(number: int) -> str:
    """The usual subtractive form: 1987 -> MCMLXXXVII."""
    text = ""
    for value, symbol in _SYMBOLS:
        count, number = divmod(number, value)
        text += symbol * count
    return text


def draw(rng: random.Random) -> Draft:
    """A number to write, small ones more often."""
    number = rng.randint(1, rng.choice((100, 999, _LARGEST)))
    return computed(rng, f"roman {number}", _PHRASINGS, to_roman(number), n=number)


TASK = Task("roman", "writes numbers up to 2100 as Roman numerals", draw)
