"""What a reply will do, decided before it does any of it: pieces, pace, and how it ends."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum


class End(Enum):
    """What happens to the connection after the last piece."""

    KEEP = "keep"  # a whole reply: the connection serves the next request
    CLOSE = "close"  # FIN
    RESET = "reset"  # RST
    HANG = "hang"  # nothing, until the client leaves


@dataclass(frozen=True, slots=True)
class Script:
    """One reply: its pieces are written one by one, each at its own due time.

    ``pieces`` is read lazily, one ahead, and only once, so that an endless answer costs no memory.
    ``middle`` is the number of pieces after which a fault in mid-reply strikes.
    """

    head: bytes
    pieces: Iterator[bytes]
    middle: int = 1
    streamed: bool = False  # the head leaves at once, not with the first piece
    first: float = 0.0  # seconds to the first piece
    gap: float = 0.0  # seconds from piece to piece; 0: as fast as the connection takes them
    jitter: float = 0.0
    end: End = End.KEEP
    fault: str = ""
