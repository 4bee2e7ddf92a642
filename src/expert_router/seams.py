"""The places where users put their own parts: protocols of at most three methods.

Each is named in the config by a short name or an import string (``my_pkg.mod:Thing``). A contract
test for each is in :mod:`expert_router.testing`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from expert_router.types import Assignment, Record, Turns

Headers: TypeAlias = list[tuple[bytes, bytes]]  # names in lower case, in the order received


class Embedder(Protocol):
    """Texts to unit vectors."""

    @property
    def fingerprint(self) -> str:
        """Changes whenever the same text would get another vector; kept in the artifact."""
        ...

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return float32 (n, d) rows of unit length; a text without any known part is all zeros."""
        ...


class Router(Protocol):
    """Prompt to expert. Pure: no I/O, no waiting, safe to call on the event loop."""

    def route(self, turns: Turns) -> Assignment:
        """Say which expert owns the user's turns (oldest first; may be empty). Never raises."""
        ...


class Policy(Protocol):
    """Loads to replica. Pure but for its own memory (a round robin counts)."""

    def choose(self, loads: Sequence[int]) -> int:
        """Return the index of the replica to use; ``loads`` is requests in flight, never empty."""
        ...


@dataclass(frozen=True, slots=True)
class ExpertRequest:
    """What is sent to a replica: OpenAI's path below the base URL, end-to-end headers, body."""

    path: str  # "/chat/completions"
    headers: Headers
    body: bytes
    request_id: str


class Flow(Protocol):
    """The tap on an expert's reply, turned by whoever reads it."""

    def pause_reading(self) -> None:
        """Stop taking bytes from the expert until `resume_reading`."""
        ...

    def resume_reading(self) -> None:
        """Take bytes from the expert again."""
        ...


class ReplySink(Protocol):
    """Where an upstream puts a reply. Plain callbacks: no task wakes for a token."""

    def begin(self, status: int, headers: Headers, length: int | None, flow: Flow) -> None:
        """Take the head, once. ``length`` is the body's size in bytes where it is known."""
        ...

    def data(self, chunk: bytes) -> None:
        """Take a piece of the body, any number of times, after `begin`."""
        ...


class Upstream(Protocol):
    """How one replica is spoken to."""

    async def relay(self, request: ExpertRequest, sink: ReplySink) -> None:
        """Send the request, feed the reply to the sink, return at its end.

        Cancelling it ends the expert's work. Raises UpstreamUnreachable when nothing of a reply
        came, UpstreamTimeout when it came too late, UpstreamBroke when it broke after `begin`.
        """
        ...

    async def probe(self) -> bool:
        """Ask the replica, briefly, whether it can answer. Never raises."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


class Observer(Protocol):
    """Told of each finished request, once."""

    def finished(self, record: Record) -> None:
        """Take one finished record; must be quick and must not raise."""
        ...
