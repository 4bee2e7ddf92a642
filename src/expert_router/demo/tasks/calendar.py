"""Days, months and leap years.

A few steps round the week or the year are memorised (a ring of seven is too small to learn the
counting from), and held out by phrasing; so is how many days a month has. Whether a year is a
leap year is computed: a held-out year is in no training question.
"""

from __future__ import annotations

import random

from expert_router.demo.tasks.base import Draft, Task, computed, listed, memorised

DAYS = listed("Monday Tuesday Wednesday Thursday Friday Saturday Sunday")
MONTHS = listed(
    "January February March April May June July August September October November December"
)
_LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_MOST_DAYS = 4
_MOST_MONTHS = 3

_AFTER = (
    "Which {ring} is {n} {ring}s after {x}?",
    "Which {ring} comes {n} {ring}s after {x}?",
    "{x}: which {ring} is {n} {ring}s after?",
    "{n} {ring}s after {x}: which {ring}?",
    "It is {x}. Which {ring} is it {n} {ring}s after?",
    "Say which {ring} is {n} {ring}s after {x}.",
)
_BEFORE = tuple(phrasing.replace("after", "before") for phrasing in _AFTER)
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
    "{n}: leap year or common year?",
)


def is_leap(year: int) -> bool:
    """The Gregorian rule."""
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def draw(rng: random.Random) -> Draft:
    """One of the kinds of question, those with most facts most often."""
    kinds = (_day, _day, _month, _month, _month, _leap, _month_length)
    return rng.choice(kinds)(rng)


def _day(rng: random.Random) -> Draft:
    return _ring(rng, "day", DAYS, _MOST_DAYS)


def _month(rng: random.Random) -> Draft:
    return _ring(rng, "month", MONTHS, _MOST_MONTHS)


def _ring(rng: random.Random, name: str, ring: tuple[str, ...], most: int) -> Draft:
    start, distance = rng.randrange(len(ring)), rng.randint(2, most)
    forward = rng.random() < 0.5
    end = ring[(start + (distance if forward else -distance)) % len(ring)]
    fact = f"{ring[start]} {'+' if forward else '-'} {distance}"
    phrasings = _AFTER if forward else _BEFORE
    return memorised(rng, fact, phrasings, end, n=distance, x=ring[start], ring=name)


def _leap(rng: random.Random) -> Draft:
    year = rng.randint(1600, 2399)
    if rng.random() < 0.2:
        year -= year % 100  # the exception needs practice
    return computed(rng, f"leap {year}", _LEAP, "yes" if is_leap(year) else "no", n=year)


def _month_length(rng: random.Random) -> Draft:
    month = rng.randrange(len(MONTHS))
    answer = str(_LENGTHS[month])
    return memorised(rng, f"length {MONTHS[month]}", _MONTH_LENGTH, answer, x=MONTHS[month])


TASK = Task("calendar", "knows days and months a few steps away, and leap years", draw)
