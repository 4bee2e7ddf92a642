"""Ask every expert held-out questions through the gateway, and the generalist the same ones."""

import queue
import statistics
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from expert_router.demo.client import Client
from expert_router.demo.tasks import GENERALIST, TASKS, Question, held_out_questions
from expert_router.errors import InputError

# What the demo promises; `--check` exits with 1 when a figure falls below.
MIN_ROUTED = 0.98
MIN_EXACT = 0.95
MIN_EXACT_EACH = 0.90

_SEED = 2024


@dataclass(frozen=True, slots=True)
class Asked:
    """One held-out question with both answers. Exact means the same string."""

    question: Question
    routed_to: str
    exact: bool
    generalist_exact: bool
    first_token_seconds: float


@dataclass(frozen=True, slots=True)
class Row:
    """The figures of one expert (or of all). Shares are 0 to 1."""

    expert: str
    questions: int
    routed: float
    exact: float
    generalist_exact: float
    ttft_p50_ms: float
    ttft_p99_ms: float


@dataclass(frozen=True, slots=True)
class Report:
    """What the check found."""

    experts: tuple[Row, ...]
    overall: Row

    def failures(self) -> list[str]:
        """Return a line for each promise that was not kept."""
        all_of, found = self.overall, []
        if all_of.routed < MIN_ROUTED:
            found.append(f"{all_of.routed:.1%} reached their expert; expected {MIN_ROUTED:.0%}")
        if all_of.exact < MIN_EXACT:
            found.append(f"{all_of.exact:.1%} exact answers; expected {MIN_EXACT:.0%}")
        found += [
            f"{row.expert}: {row.exact:.1%} exact answers; expected {MIN_EXACT_EACH:.0%}"
            for row in self.experts
            if row.exact < MIN_EXACT_EACH
        ]
        if all_of.generalist_exact >= all_of.exact:
            found.append("the generalist is as good as the experts; expected it below")
        return found


def questions_for_check(each: int) -> list[Question]:
    """Return ``each`` held-out questions of every task. Raises InputError if there are fewer."""
    try:
        return [q for task in TASKS for q in held_out_questions(task, each, _SEED)]
    except ValueError as error:
        raise InputError(f"--each: {each}: {error}; expected fewer") from error


def check(
    host: str,
    port: int,
    questions: Sequence[Question],
    on_answer: Callable[[int, int], None],
    users: int = 4,
) -> Report:
    """Ask every question twice: of ``auto``, and of the generalist.

    ``on_answer`` hears how many of how many questions are done. Raises AskFailed.
    """
    asked = _ask_all(host, port, questions, on_answer, users)
    rows = tuple(
        _row(task.name, [one for one in asked if one.question.task == task.name]) for task in TASKS
    )
    return Report(rows, _row("all", asked))


def _ask_all(
    host: str,
    port: int,
    questions: Sequence[Question],
    on_answer: Callable[[int, int], None],
    users: int,
) -> list[Asked]:
    waiting: queue.SimpleQueue[Question] = queue.SimpleQueue()
    for question in questions:
        waiting.put(question)
    answered: queue.SimpleQueue[Asked | Exception] = queue.SimpleQueue()
    for _ in range(users):
        threading.Thread(target=_user, args=(host, port, waiting, answered), daemon=True).start()
    asked: list[Asked] = []
    for done in range(1, len(questions) + 1):
        one = answered.get()
        if isinstance(one, Exception):
            raise one
        asked.append(one)
        on_answer(done, len(questions))
    return asked


def _user(
    host: str,
    port: int,
    waiting: "queue.SimpleQueue[Question]",
    answered: "queue.SimpleQueue[Asked | Exception]",
) -> None:
    client = Client(host, port)
    try:
        while True:
            answered.put(_ask(client, waiting.get_nowait()))
    except queue.Empty:
        client.close()
    except Exception as error:  # told to the thread that waits
        answered.put(error)


def _ask(client: Client, question: Question) -> Asked:
    routed = client.ask(question.prompt)
    general = client.ask(question.prompt, GENERALIST)
    return Asked(
        question,
        routed.expert,
        routed.text.strip() == question.answer,
        general.text.strip() == question.answer,
        routed.first_token_seconds,
    )


def _row(name: str, asked: Sequence[Asked]) -> Row:
    times = sorted(one.first_token_seconds * 1e3 for one in asked)
    return Row(
        expert=name,
        questions=len(asked),
        routed=statistics.fmean(one.routed_to == one.question.task for one in asked),
        exact=statistics.fmean(one.exact for one in asked),
        generalist_exact=statistics.fmean(one.generalist_exact for one in asked),
        ttft_p50_ms=statistics.median(times),
        ttft_p99_ms=statistics.quantiles(times, n=100, method="inclusive")[98],
    )
