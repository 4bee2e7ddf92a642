"""Questions about a stated table, answered in SQL. Computed: a held-out query is in no training.

The table is written in the prompt; columns, conditions and values are copied from the question.
"""

# ruff: noqa: S608 these queries are answers to be read; nothing runs them
from __future__ import annotations

import random
from collections.abc import Callable

from expert_router.demo.tasks.base import Draft, Task, computed

# table, its text columns, its number columns
_TABLES = (
    ("employees", ("name", "city", "team"), ("salary", "age")),
    ("books", ("title", "author", "genre"), ("price", "pages")),
    ("orders", ("customer", "product", "status"), ("amount", "quantity")),
    ("students", ("name", "school", "course"), ("grade", "age")),
    ("flights", ("origin", "airline", "pilot"), ("seats", "distance")),
    ("cars", ("brand", "model", "color"), ("price", "year")),
    ("films", ("title", "director", "genre"), ("rating", "year")),
    ("players", ("name", "club", "country"), ("goals", "age")),
)
_STATED = (
    "SQL table {table}({columns}): {ask}",
    "SQL for {table}({columns}): {ask}",
    "Write SQL. Table {table}({columns}): {ask}",
)
_COMPARE = (("above", ">"), ("over", ">"), ("greater than", ">"), ("below", "<"), ("under", "<"))
_AGGREGATES = (
    ("average", "AVG"), ("highest", "MAX"), ("lowest", "MIN"), ("total", "SUM"), ("mean", "AVG"),
)  # fmt: skip
_ORDERS = (("", "ASC"), (" downwards", "DESC"), (" upwards", "ASC"))
# A model of this size copies names well and arbitrary digits badly.
_ROUND = (10, 20, 30, 40, 50, 80, 100, 150, 200, 250, 300, 400, 500, 600, 750, 800, 900, 1000)
_FIRST = (2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 50, 100)

Asked = tuple[str, str]


def draw(rng: random.Random) -> Draft:
    """A table, a question about it, and the one query we accept."""
    table, texts, numbers = rng.choice(_TABLES)
    two_texts = rng.random() < 0.5
    columns = [*rng.sample(texts, 1 + two_texts), *rng.sample(numbers, 2 - two_texts)]
    rng.shuffle(columns)
    chosen_texts = [column for column in columns if column in texts]
    chosen_numbers = [column for column in columns if column in numbers]
    kind: Callable[..., Asked] = rng.choice((_filter, _filter, _count, _aggregate, _sort))
    ask, query = kind(rng, table, rng.choice(chosen_texts), rng.choice(chosen_numbers))
    stated = ", ".join(columns)
    return computed(rng, query, _STATED, query, table=table, columns=stated, ask=ask)


def _filter(rng: random.Random, table: str, text: str, number: str) -> Asked:
    value, (word, sign) = _value(rng), rng.choice(_COMPARE)
    verb = rng.choice(("show", "list"))
    ask = f"{verb} {text} with {number} {word} {value}."
    return ask, f"SELECT {text} FROM {table} WHERE {number} {sign} {value};"


def _count(rng: random.Random, table: str, text: str, number: str) -> Asked:
    value, (word, sign) = _value(rng), rng.choice(_COMPARE)
    ask = f"how many with {number} {word} {value}?"
    return ask, f"SELECT COUNT(*) FROM {table} WHERE {number} {sign} {value};"


def _aggregate(rng: random.Random, table: str, text: str, number: str) -> Asked:
    word, function = rng.choice(_AGGREGATES)
    if rng.random() < 0.5:
        ask = f"{word} {number} for each {text}?"
        return ask, f"SELECT {text}, {function}({number}) FROM {table} GROUP BY {text};"
    ask = f"{word} {number} of all {table}?"
    return ask, f"SELECT {function}({number}) FROM {table};"


def _sort(rng: random.Random, table: str, text: str, number: str) -> Asked:
    phrase, direction = rng.choice(_ORDERS)
    limit = rng.choice(_FIRST)
    ask = f"first {limit} by {number}{phrase}, show {text}."
    query = f"SELECT {text} FROM {table} ORDER BY {number} {direction} LIMIT {limit};"
    return ask, query


def _value(rng: random.Random) -> int:
    return rng.choice(_ROUND)


TASK = Task("sql", "writes SQL for a question about a table stated in the prompt", draw)
