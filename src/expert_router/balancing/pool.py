"""The replicas of one expert, and the right to use one of them.

A lease is a context manager: however its block ends (a reply, an error, a client who left) the
replica is given back there, once, and the call that has waited longest gets its turn.
"""

import asyncio
import math
from collections import deque
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from expert_router.errors import Overloaded
from expert_router.seams import Policy, Upstream


@dataclass(slots=True, eq=False)
class Replica:
    """One address that serves an expert."""

    url: str
    upstream: Upstream
    in_flight: int = 0
    up: bool = True  # whether it answered when it was last asked


class Pool:
    """Leases the replicas of one expert under a limit each, with a bounded queue before them."""

    def __init__(
        self,
        name: str,
        replicas: Sequence[Replica],
        policy: Policy,
        *,
        max_in_flight: int,
        max_queue: int,
        queue_seconds: float,
    ) -> None:
        self.name = name
        self.replicas = tuple(replicas)
        self._policy = policy
        self._max_in_flight = max_in_flight
        self._max_queue = max_queue
        self._queue_seconds = queue_seconds
        self._waiting: deque[_Ticket] = deque()

    @property
    def in_flight(self) -> int:
        """Calls that hold a replica now."""
        return sum(replica.in_flight for replica in self.replicas)

    @property
    def queue_depth(self) -> int:
        """Calls that wait for one."""
        return len(self._waiting)

    @asynccontextmanager
    async def lease(self, avoid: Collection[Replica] = ()) -> AsyncIterator[Replica]:
        """Hold one replica for the block, waiting for it if need be.

        ``avoid`` is not chosen: replicas that this call has tried. Raises Overloaded when the
        queue is full or the wait too long.
        """
        replica = None if self._waiting else self._take(avoid)
        if replica is None:
            replica = await self._wait(avoid)
        try:
            yield replica
        finally:
            self._give_back(replica)

    async def close(self) -> None:
        """Close what the replicas keep open."""
        for replica in self.replicas:
            await replica.upstream.close()

    def _take(self, avoid: Collection[Replica]) -> Replica | None:
        free = [
            replica
            for replica in self.replicas
            if replica.in_flight < self._max_in_flight and replica not in avoid
        ]
        if not free:
            return None
        chosen = free[self._policy.choose([replica.in_flight for replica in free])]
        chosen.in_flight += 1
        return chosen

    async def _wait(self, avoid: Collection[Replica]) -> Replica:
        if len(self._waiting) >= self._max_queue:
            raise self._overloaded(f"has {len(self._waiting)} calls waiting")
        ticket = _Ticket(asyncio.get_running_loop().create_future(), avoid)
        self._waiting.append(ticket)
        try:
            async with asyncio.timeout(self._queue_seconds):
                return await ticket.turn
        except TimeoutError:
            self._leave(ticket)
            raise self._overloaded("kept this call waiting too long") from None
        except asyncio.CancelledError:
            self._leave(ticket)
            raise

    def _leave(self, ticket: "_Ticket") -> None:
        """Give up a place in the queue, or the replica that was handed over meanwhile."""
        if ticket.turn.done() and not ticket.turn.cancelled():
            self._give_back(ticket.turn.result())
        elif ticket in self._waiting:
            self._waiting.remove(ticket)

    def _give_back(self, replica: Replica) -> None:
        replica.in_flight -= 1
        while self._waiting:
            ticket = self._waiting[0]
            if not ticket.turn.done():
                turn = self._take(ticket.avoid)
                if turn is None:
                    return
                ticket.turn.set_result(turn)
            self._waiting.popleft()

    def _overloaded(self, why: str) -> Overloaded:
        wait = max(1, math.ceil(min(self._queue_seconds, 10)))
        return Overloaded(f"the expert '{self.name}' {why}; try again", retry_after=wait)


@dataclass(slots=True, eq=False)
class _Ticket:
    """A place in the queue."""

    turn: "asyncio.Future[Replica]"
    avoid: Collection[Replica]
