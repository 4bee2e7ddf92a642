"""Who is served, who waits for a slot, and what has become of everyone so far."""

import time
from collections import deque
from dataclasses import dataclass, field

from expert_router.fake_expert.reply import Reply

MOST_TIMES = 1_000  # of departures to remember


@dataclass(slots=True)
class Stats:
    """Counts since the start. ``started`` = in flight + finished + faulted + cancelled."""

    connections_total: int = 0
    refused: int = 0
    rejected: int = 0
    started: int = 0
    finished: int = 0
    faulted: int = 0
    cancelled: int = 0
    cancelled_in_queue: int = 0
    max_in_flight: int = 0
    pieces_written: int = 0
    cancelled_at: deque[float] = field(default_factory=lambda: deque(maxlen=MOST_TIMES))


class Desk:
    """Gives out the slots, first come first served, and keeps the books."""

    def __init__(self, slots: int) -> None:
        self.slots = slots
        self.stats = Stats()
        self.serving: set[Reply] = set()
        self.queue: deque[Reply] = deque()
        self._admitting = False

    def enter(self, reply: Reply) -> None:
        """Start the reply as soon as there is a slot."""
        self.queue.append(reply)
        self.admit()

    def admit(self) -> None:
        """Start those who wait while there are slots."""
        if self._admitting:  # a reply without delays ends within its start: no recursion
            return
        self._admitting = True
        try:
            self._admit()
        finally:
            self._admitting = False

    def done(self, reply: Reply) -> None:
        """Note that the reply came to its end."""
        if reply.script.fault:
            self.stats.faulted += 1
        else:
            self.stats.finished += 1
        self._free(reply)

    def left(self, reply: Reply) -> None:
        """Note that the client left before the end; its slot is free at once."""
        reply.stop()
        self.stats.cancelled_at.append(time.monotonic())
        if reply in self.serving:
            self.stats.cancelled += 1
            self._free(reply)
        else:
            self.queue.remove(reply)
            self.stats.cancelled_in_queue += 1

    def _free(self, reply: Reply) -> None:
        self.stats.pieces_written += reply.pieces_written
        self.serving.remove(reply)
        self.admit()

    def _admit(self) -> None:
        while self.queue and (not self.slots or len(self.serving) < self.slots):
            reply = self.queue.popleft()
            self.serving.add(reply)
            self.stats.started += 1
            self.stats.max_in_flight = max(self.stats.max_in_flight, len(self.serving))
            reply.start()
