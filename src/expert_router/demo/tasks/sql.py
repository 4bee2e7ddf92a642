"""Questions about a stated table, answered in SQL. Computed: a held-out query is in no training.

The table is written in the prompt; which column is summed up, and by which, is copied from the
question. Conditions are not asked for: pilots copied names well and arbitrary numbers badly.
"""

# ruff: noqa: S608 these queries are answers to be read; nothing runs them
from __future__ import annotations

import random

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
_AGGREGATES = (
    ("average", "AVG"), ("highest", "MAX"), ("lowest", "MIN"), ("total", "SUM"), ("mean", "AVG"),
)  # fmt: skip

Asked = tuple[str, str]


def draw(rng: random.Random) -> Draft:
    """A table, a question about it, and the one query we accept."""
    table, texts, numbers = rng.choice(_TABLES)
    two_texts = rng.random() < 0.5
    columns = [*rng.sample(texts, 1 + two_texts), *rng.sample(numbers, 2 - two_texts)]
    rng.shuffle(columns)
    chosen_texts = [column for column in columns if column in texts]
    chosen_numbers = [column for column in columns if column in numbers]
    ask, query = _aggregate(rng, table, rng.choice(chosen_texts), rng.choice(chosen_numbers))
    stated = ", ".join(columns)
    return computed(rng, query, _STATED, query, table=table, columns=stated, ask=ask)


def _aggregate(rng: random.Random, table: str, text: str, number: str) -> Asked:
    word, function = rng.choice(_AGGREGATES)
    if rng.random() < 0.5:
        ask = f"{word} {number} for each {text}?"
        return ask, f"SELECT {text}, {function}({number}) FROM {table} GROUP BY {text};"
    ask = f"{word} {number} of all {table}?"
    return ask, f"SELECT {function}({number}) FROM {table};"


TASK = Task("sql", "writes SQL that sums up a table stated in the prompt", draw)
