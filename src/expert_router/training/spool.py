"""Prompts put by on disk, compressed, to be read again: stdin can be read only once."""

import tempfile
import zlib
from collections.abc import Iterator
from types import TracebackType

import msgspec

BLOCK = 2000  # prompts; the unit of work of the second pass too


class Spool:
    """Append texts, then read them back in blocks. The file has no name: nothing can be left over.

    500 bytes of English take about 250 on disk at zlib's quickest level.
    """

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile(prefix="expert-router-")  # noqa: SIM115 - see __exit__
        self._block: list[str] = []
        self._sizes: list[int] = []

    def __enter__(self) -> "Spool":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def append(self, text: str) -> None:
        """Put one text by."""
        self._block.append(text)
        if len(self._block) == BLOCK:
            self._flush()

    def blocks(self) -> Iterator[list[str]]:
        """Yield all texts in order, in lists of at most `BLOCK`."""
        self._flush()
        self._file.seek(0)
        for size in self._sizes:
            yield msgspec.msgpack.decode(zlib.decompress(self._file.read(size)), type=list[str])

    def _flush(self) -> None:
        if self._block:
            packed = zlib.compress(msgspec.msgpack.encode(self._block), 1)
            self._file.write(packed)
            self._sizes.append(len(packed))
            self._block = []
