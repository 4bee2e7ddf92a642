"""A reply under way: plays a script to a connection, piece by piece, without a task."""

import time
from collections.abc import Callable
from random import Random

from expert_router.fake_expert.metronome import Metronome
from expert_router.fake_expert.script import End, Script

# With no pace, this many pieces are written before the other connections get their turn.
BURST = 64
# A fault strikes no sooner than this after the last piece, so that the piece has left: a reset
# throws away what is still in the socket.
STRIKE_SECONDS = 0.01


class Reply:
    """One script on its way to one client.

    ``paused`` follows the connection's write buffer: while it is set nothing is generated, and the
    schedule moves on from the moment it is cleared (no burst to catch up).
    """

    __slots__ = (
        "_ahead", "_due", "_ended", "_metronome", "_over", "_pieces", "_rng", "_stalled", "_write",
        "paused", "pieces_written", "script",
    )  # fmt: skip

    def __init__(
        self,
        script: Script,
        metronome: Metronome,
        rng: Random,
        write: Callable[[bytes], None],
        ended: Callable[["Reply"], None],
    ) -> None:
        self.script = script
        self.paused = False
        self.pieces_written = 0
        self._metronome = metronome
        self._rng = rng
        self._write = write
        self._ended = ended
        self._pieces = script.pieces
        self._ahead: bytes | None = None
        self._due = 0.0
        self._stalled = False
        self._over = False

    def start(self) -> None:
        """Begin; the delay before the first piece counts from here."""
        self._ahead = next(self._pieces, None)
        if self.script.streamed and self.script.head:
            self._write(self.script.head)
        elif self._ahead is not None:
            self._ahead = self.script.head + self._ahead
        self._due = time.monotonic()
        if self.script.first:
            self._wait(self.script.first)
        else:
            self._step()

    def stop(self) -> None:
        """Generate nothing more: the client has left."""
        self._over = True
        self._pieces = iter(())

    def pause(self) -> None:
        """Stop generating until `resume`: the connection takes no more."""
        self.paused = True

    def resume(self) -> None:
        """Go on generating."""
        self.paused = False
        if self._stalled:
            self._stalled = False
            self._due = time.monotonic()
            self._metronome.soon(self._step)

    def _wait(self, seconds: float) -> None:
        if self.script.jitter:
            seconds *= 1 + self.script.jitter * (2 * self._rng.random() - 1)
        self._due += seconds
        self._metronome.at(self._due, self._step)

    def _step(self) -> None:
        if not self._emit():
            return
        if self.script.gap:
            self._wait(self.script.gap)
        elif all(self._emit() for _ in range(BURST)):
            self._metronome.soon(self._step)

    def _emit(self) -> bool:
        """Write the next piece; False when there is nothing to go on with for now."""
        if self._over:
            return False
        if self.paused:
            self._stalled = True
            return False
        if self._ahead is None:
            self._finish()
            return False
        piece, self._ahead = self._ahead, next(self._pieces, None)
        self.pieces_written += 1
        self._write(piece)
        if self._ahead is None:
            self._finish()
        return self._ahead is not None

    def _finish(self) -> None:
        if self.script.end is End.KEEP:
            self._end()
        elif self.script.end is not End.HANG:
            strike = time.monotonic() + max(self.script.gap, STRIKE_SECONDS)
            self._metronome.at(strike, self._end)

    def _end(self) -> None:
        if not self._over:
            self._over = True
            self._ended(self)
