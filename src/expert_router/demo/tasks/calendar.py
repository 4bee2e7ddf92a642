"""Days, months and leap years: counting round a ring of seven or twelve.

Computed: a held-out pair of day and distance (or month and distance, or year) is in no training
question. How many days a month has is memorised, and held out by phrasing.
"""

from __future__ import annotations

import random

from expert_router.demo.tasks.base import Draft, Task, computed, listed, memorised

DAYS = listed("Monday Tuesday Wednesday Thursday Friday Saturday Sunday")
MONTHS = listed(
    "January February March April May June July August September October November December"
)
_LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_MOST_DAYS = 30
_MOST_MONTHS = 12

_DAYS_AFTER = (
    "Which day is {n} days after {x}?",
    "Which day comes {n} days after {x}?",
    "If today is {x}, which day is it {n} days after?",
    "Today is {x}. Which day is it after {n} days?",
)
_DAYS_BEFORE = (
    "Which day is {n} days before {x}?",
    "Which day comes {n} days before {x}?",
    "If today is {x}, which day was it {n} days before?",
)
_MONTHS_AFTER = (
    "Which month is {n} months after {x}?",
    "Which month comes {n} months after {x}?",
    "If it is {x}, which month is it after {n} months?",
)
_MONTHS_BEFORE = (
    "Which month is {n} months before {x}?",
    "Which month comes {n} months before {x}?",
    "If it is {x}, which month was it {n} months before?",
)
_MONTH_LENGTH = (
    "How long is the month of {x}?",
    "How long is the month {x}, in days?",
    "Which day is the last day of the month of {x}?",
    "How long is the month of {x} in a common year?",
    "How many days are in the month of {x}?",
    "How many days long is the month of {x}?",
)
_LEAP = (
    "Is {n} a leap year?",
    "Is the year {n} a leap year?",
    "Was the year {n} a leap year?",
    "Is {n} a leap year or a common year?",
)


def is_leap(year: int) -> bool:
    """The Gregorian rule."""
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def draw(rng: random.Random) -> Draft:
    """One of the kinds of question, the commonest first."""
    kinds = (_day, _day, _day, _month, _month, _leap, _month_length)
    return rng.choice(kinds)(rng)


def _day(rng: random.Random) -> Draft:
    return _ring(rng, DAYS, _MOST_DAYS, _DAYS_AFTER, _DAYS_BEFORE)


def _month(rng: random.Random) -> Draft:
    return _ring(rng, MONTHS, _MOST_MONTHS, _MONTHS_AFTER, _MONTHS_BEFORE)


def _ring(
    rng: random.Random,
    ring: tuple[str, ...],
    most: int,
    after: tuple[str, ...],
    before: tuple[str, ...],
) -> Draft:
    start, distance = rng.randrange(len(ring)), rng.randint(2, most)
    forward = rng.random() < 0.5
    end = ring[(start + (distance if forward else -distance)) % len(ring)]
    phrasings = after if forward else before
    fact = f"{ring[start]} {'+' if forward else '-'} {distance}"
    return computed(rng, fact, phrasings, end, n=distance, x=ring[start])


def _leap(rng: random.Random) -> Draft:
    year = rng.randint(1600, 2399)
    if rng.random() < 0.2:
        year -= year % 100  # the exception needs practice
    return computed(rng, f"leap {year}", _LEAP, "yes" if is_leap(year) else "no", n=year)


def _month_length(rng: random.Random) -> Draft:
    month = rng.randrange(len(MONTHS))
    answer = str(_LENGTHS[month])
    return memorised(rng, f"length {MONTHS[month]}", _MONTH_LENGTH, answer, x=MONTHS[month])


TASK = Task("calendar", "counts days and months around the calendar and knows leap years", draw)
