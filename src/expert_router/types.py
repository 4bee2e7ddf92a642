"""The words of the house as values: assignment, record. No behaviour beyond arithmetic."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

# The user's side of a conversation, oldest turn first. A plain prompt is one turn.
Turns: TypeAlias = Sequence[str]


@dataclass(frozen=True, slots=True)
class Assignment:
    """Which expert owns a prompt, and why.

    ``distance`` and ``runner_up_distance`` are Euclidean, from the prompt's unit vector to the
    centroid (0 = at its middle, at most 2). They and ``cluster`` are None when the router did not
    look at the prompt (a baseline, a named expert) or could not place it.
    """

    expert: str
    cluster: int | None = None
    distance: float | None = None
    runner_up: str | None = None
    runner_up_cluster: int | None = None
    runner_up_distance: float | None = None


@dataclass(slots=True)
class Record:
    """What one request left behind. Times are seconds of one monotonic clock; None = not reached.

    It is filled while the request runs and handed to the observers once, at the end.
    """

    request_id: str
    received: float
    expert: str = ""
    cluster: int | None = None
    replica: str = ""
    stream: bool = False
    status: int = 0
    outcome: str = "error"
    decision_seconds: float | None = None
    queued_seconds: float = 0.0
    sent: float | None = None
    first_byte: float | None = None
    finished: float | None = None
    retries: int = 0
    output_tokens: int = 0


@dataclass(frozen=True, slots=True)
class ReplicaState:
    """One address of an expert, now."""

    url: str
    in_flight: int
    up: bool


@dataclass(frozen=True, slots=True)
class ExpertState:
    """One expert's pool, now."""

    name: str
    queue_depth: int
    replicas: tuple[ReplicaState, ...]
