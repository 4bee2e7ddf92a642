"""The demo's questions: right answers, and a wall that nothing crosses."""

from __future__ import annotations

import calendar
import datetime
import re
import sqlite3
from collections.abc import Callable

import pytest

from expert_router.demo.tasks import (
    TASKS,
    Question,
    Task,
    held_out_questions,
    task_named,
    training_questions,
)
from expert_router.demo.tasks.elements import ELEMENTS
from expert_router.demo.tasks.words import LANGUAGES, translations

every_task = pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)


@every_task
def test_no_held_out_question_is_ever_trained_on(task: Task) -> None:
    trained = {q.prompt for seed in (1, 2) for q in training_questions(task, 5_000, seed)}
    asked = {q.prompt for seed in (1, 2, 3) for q in held_out_questions(task, 60, seed)}
    assert not trained & asked


@every_task
def test_sixty_different_held_out_questions_of_each_task(task: Task) -> None:
    assert len({question.prompt for question in held_out_questions(task, 60, 5)}) == 60


@every_task
def test_the_same_seed_asks_the_same_questions_and_another_seed_others(task: Task) -> None:
    for questions in (training_questions, held_out_questions):
        assert questions(task, 40, 1) == questions(task, 40, 1)
        assert questions(task, 40, 1) != questions(task, 40, 2)


@every_task
def test_a_prompt_has_only_one_answer(task: Task) -> None:
    answers: dict[str, str] = {}
    for question in training_questions(task, 10_000, 3) + held_out_questions(task, 60, 3):
        assert answers.setdefault(question.prompt, question.answer) == question.answer


@pytest.mark.parametrize("task", [t for t in TASKS if t.memorised], ids=lambda task: task.name)
def test_every_memorised_fact_that_is_asked_was_told_in_training(task: Task) -> None:
    told = {q.answer for q in training_questions(task, 20_000, 4)}
    assert {q.answer for q in held_out_questions(task, 80, 4)} <= told


def test_a_held_out_number_is_in_no_roman_phrasing() -> None:
    roman = task_named("roman")
    trained = {_number_of(question) for question in training_questions(roman, 20_000, 6)}
    assert not trained & {_number_of(question) for question in held_out_questions(roman, 200, 6)}


def test_turning_a_sum_round_does_not_cross_the_wall() -> None:
    arithmetic = task_named("arithmetic")
    trained = {_sum_of(q) for q in training_questions(arithmetic, 20_000, 7)}
    asked = {_sum_of(q) for q in held_out_questions(arithmetic, 300, 7)} - {None}
    assert asked and not trained & asked


def test_more_held_out_questions_than_there_are_is_an_error_and_not_an_endless_loop() -> None:
    with pytest.raises(ValueError, match="only"):
        held_out_questions(task_named("elements"), 10_000, 1)


def test_an_unknown_task_is_named_with_those_that_exist() -> None:
    with pytest.raises(ValueError, match="arithmetic, calendar"):
        task_named("poetry")


def test_elements_are_complete_and_in_order() -> None:
    assert len(ELEMENTS) == 92 == len({symbol for _, symbol in ELEMENTS})
    at = {symbol: number for number, (_, symbol) in enumerate(ELEMENTS, 1)}
    assert (at["H"], at["Fe"], at["Ag"], at["Au"], at["U"]) == (1, 26, 47, 79, 92)


def test_every_word_has_one_translation_a_language() -> None:
    assert {len(others) for others in translations().values()} == {len(LANGUAGES)}


def check_arithmetic(question: Question) -> bool:
    operations: dict[str, Callable[[int, int], int]] = {
        r"plus|\+|sum": int.__add__,
        r"minus|-|difference": int.__sub__,
    }
    a, b = map(int, re.findall(r"\d+", question.prompt))
    sign = next(sign for sign in operations if re.search(sign, question.prompt))
    *steps, result = question.answer.split(", ")
    assert result == f"so {operations[sign](a, b)}"
    return all(_holds(step) for step in steps)


def _holds(step: str) -> bool:
    left, right = step.split("=")
    return int(eval(left)) == int(right)  # only digits and signs: written by us, a line above


def check_roman(question: Question) -> bool:
    values = dict(zip("IVXLCDM", (1, 5, 10, 50, 100, 500, 1000), strict=True))
    numeral = re.findall(r"\b[IVXLCDM]+\b", f"{question.prompt} {question.answer}")[-1]
    digits = [values[letter] for letter in numeral]
    pairs = zip(digits, [*digits[1:], 0], strict=True)
    total = sum(-x if x < y else x for x, y in pairs)
    return total == _number_of(question)


def check_reverse(question: Question) -> bool:
    return question.answer[::-1] in re.findall(r"\w+", question.prompt)


def check_morse(question: Question) -> bool:
    signs = question.answer.split(" ")
    words = [w for w in re.findall(r"\b[a-z]+\b", question.prompt) if len(w) == len(signs)]
    return bool(words) and set("".join(signs)) <= {".", "-"}


def check_units(question: Question) -> bool:
    metres_litres_grams = {
        "kilometres": 1000, "metres": 1, "centimetres": 0.01, "millimetres": 0.001,
        "tonnes": 1e6, "kilograms": 1000, "grams": 1, "milligrams": 0.001,
        "hectolitres": 100, "litres": 1, "centilitres": 0.01, "millilitres": 0.001,
    }  # fmt: skip
    number, unit = question.answer.split(" ")
    asked = float(re.findall(r"\d+(?:\.\d+)?", question.prompt)[0])
    units = [u for u in re.findall(r"[a-z]+", question.prompt) if u in metres_litres_grams]
    source = next(u for u in units if u != unit)
    there = float(number) * metres_litres_grams[unit]
    return there == pytest.approx(asked * metres_litres_grams[source])


def check_calendar(question: Question) -> bool:
    if "leap" in question.prompt:
        return question.answer == _leap(_number_of(question))
    months = [datetime.date(2023, month, 1) for month in range(1, 13)]
    start = next(month for month in months if f"{month:%B}" in question.prompt)
    return question.answer == str(calendar.monthrange(start.year, start.month)[1])


def _leap(year: int) -> str:
    try:
        datetime.date(year, 2, 29)
    except ValueError:
        return "no"
    return "yes"


_SQL_WORDS = {"average": "AVG", "mean": "AVG", "highest": "MAX", "lowest": "MIN", "total": "SUM"}


def check_sql(question: Question) -> bool:
    stated = re.search(r"(\w+)\(([^)]*)\)", question.prompt)
    assert stated
    database = sqlite3.connect(":memory:")
    database.execute(f"CREATE TABLE {stated[1]}({stated[2]})")
    database.execute(question.answer)  # refuses a query with a wrong table, column or word
    word = next(word for word in _SQL_WORDS if word in question.prompt)
    return f"{_SQL_WORDS[word]}(" in question.answer


@pytest.mark.parametrize(
    "check",
    [check_arithmetic, check_roman, check_reverse, check_morse, check_units, check_calendar,
     check_sql],
    ids=lambda check: check.__name__,
)  # fmt: skip
def test_answers_agree_with_another_way_to_get_them(check: Callable[[Question], bool]) -> None:
    task = task_named(check.__name__.removeprefix("check_"))
    for question in training_questions(task, 3_000, 8) + held_out_questions(task, 60, 8):
        assert check(question), question


def _number_of(question: Question) -> int:
    return int(re.findall(r"\d+", f"{question.prompt} {question.answer}")[0])


def _sum_of(question: Question) -> tuple[int, ...] | None:
    if not re.search(r"plus|\+|sum", question.prompt):
        return None
    return tuple(sorted(map(int, re.findall(r"\d+", question.prompt))))
