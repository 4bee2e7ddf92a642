"""Between an expert and a client: pass the bytes on, note what the record needs.

`Relay.data` runs once for every piece of a reply. It counts events and remembers three references;
whatever costs more waits for the reply's end.
"""

import re
from collections.abc import Callable

import msgspec

from expert_router.gateway.call import ClientReply
from expert_router.seams import Flow, Headers
from expert_router.types import Record

_USAGE = re.compile(rb'"completion_tokens"\s*:\s*(\d+)')


class Relay:
    """A sink that stands before the client's and keeps the record."""

    __slots__ = (
        "_client",
        "_clock",
        "_events",
        "_first",
        "_headers",
        "_last",
        "_previous",
        "record",
    )

    def __init__(
        self, client: ClientReply, record: Record, headers: Headers, clock: Callable[[], float]
    ) -> None:
        self._client = client
        self._headers = headers
        self._clock = clock
        self.record = record
        self._events = 0
        self._first = self._previous = self._last = b""

    @property
    def begun(self) -> bool:
        """Whether the client has been sent anything: past this, no other replica may be asked."""
        return self._client.begun

    def begin(self, status: int, headers: Headers, length: int | None, flow: Flow) -> None:
        """Send the head on, with what the router decided."""
        self.record.status = status
        self._client.begin(status, headers + self._headers, length, flow)

    def data(self, chunk: bytes) -> None:
        """Send a piece on. Nothing here may cost more than a count."""
        if self.record.first_byte is None:
            self.record.first_byte = self._clock()
            self._first = chunk
        # In JSON a line break is escaped, so these bytes can only be the start of an SSE event.
        self._events += chunk.count(b"\ndata:") + chunk.startswith(b"data:")
        self._previous = self._last
        self._last = chunk
        self._client.data(chunk)

    def output_tokens(self) -> int:
        """How many tokens the reply held: the expert's own ``usage``, else events with content."""
        tail = self._previous + self._last
        usage = _USAGE.findall(tail)
        if usage:
            return int(usage[-1])
        if not self.record.stream:
            return 0
        edges = tail if self._first in (self._previous, self._last) else self._first + tail
        return max(0, self._events - sum(map(_is_empty, _events(edges))))


class _Delta(msgspec.Struct):
    content: str | None = None
    reasoning_content: str | None = None
    tool_calls: msgspec.Raw = msgspec.Raw(b"null")


class _Choice(msgspec.Struct):
    delta: _Delta | None = None
    text: str | None = None


class _Chunk(msgspec.Struct):
    choices: list[_Choice] = []


_CHUNK = msgspec.json.Decoder(_Chunk)


def _events(data: bytes) -> list[bytes]:
    return [line for line in data.splitlines() if line.startswith(b"data:")]


def _is_empty(event: bytes) -> bool:
    """Whether an SSE event holds no content: the role, the finish reason, ``[DONE]``."""
    try:
        choices = _CHUNK.decode(event.removeprefix(b"data:").strip()).choices
    except (msgspec.DecodeError, UnicodeDecodeError):
        return True
    return not any(_has_content(choice) for choice in choices)


def _has_content(choice: _Choice) -> bool:
    delta = choice.delta
    if delta is None:
        return bool(choice.text)
    return bool(delta.content or delta.reasoning_content) or bytes(delta.tool_calls) != b"null"
