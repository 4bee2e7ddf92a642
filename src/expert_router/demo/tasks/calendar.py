"""Leap years and the lengths of months.

Whether a year is a leap year is computed: a held-out year is in no training question. How many
days a month has is memorised, and held out by phrasing. Counting days round the week is not asked:
pilots of this size did not learn it.
"""

from __future__ import annotations

import random

from expert_router.demo.tasks.base import Draft, Task, computed, listed, memorised

MONTHS = listed(
    "January February March April May June July August September October November December"
)
_LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)

_MONTH_LENGTH = (
    "How long is the month of {x}?",
    "How long is {x}, in days?",
    "Days in the month of {x}?",
    "How many days long is {x}?",
    "How long is the month {x}?",
)
_LEAP = (
    "Is {n} a leap year?",
    "Is the year {n} a leap year?",
    "Was {n} a leap year?",
)


def is_leap(year: int) -> bool:
    """The Gregorian rule."""
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def draw(rng: random.Random) -> Draft:
    """A year, mostly: there are only twelve months."""
    return _leap(rng) if rng.random() < 0.75 else _month_length(rng)


def _leap(rng: random.Random) -> Draft:
    year = rng.randint(1600, 2399)
    if rng.random() < 0.4:
        year -= year % 4  # as many yes as no, nearly
    if rng.random() < 0.2:
        year -= year % 100  # the exception needs practice
    return computed(rng, f"leap {year}", _LEAP, "yes" if is_leap(year) else "no", n=year)


def _month_length(rng: random.Random) -> Draft:
    month = rng.randrange(len(MONTHS))
    answer = str(_LENGTHS[month])
    return memorised(rng, f"length {MONTHS[month]}", _MONTH_LENGTH, answer, x=MONTHS[month])


TASK = Task("calendar", "knows leap years and the lengths of months", draw)
