"""One HTTP/1.1 connection to a replica, carrying one exchange at a time.

A piece of a reply goes from the socket through the parser straight into the sink: two Python
calls, no task. The coroutine that asked waits for one future, the reply's end.
"""

import asyncio
from typing import Protocol, cast

import httptools

from expert_router.errors import UpstreamBroke, UpstreamError, UpstreamTimeout, UpstreamUnreachable
from expert_router.seams import Headers, ReplySink

# RFC 9110, section 7.6.1: these speak of one connection, not of the message.
HOP_BY_HOP = frozenset(
    b"connection keep-alive proxy-connection proxy-authenticate proxy-authorization "
    b"te trailer transfer-encoding upgrade".split()
)
_MAX_HEAD_BYTES = 65_536


class StaleConnectionError(Exception):
    """A kept connection was closed by the replica before it answered: ask again on a new one."""


class _OnLost(Protocol):
    def __call__(self, connection: "ExpertConnection") -> None: ...


class ExpertConnection(asyncio.Protocol):
    """Sends a request, feeds the reply to a sink, and says whether it can be used again."""

    __slots__ = (
        "_deadline",
        "_exchange",
        "_idle_seconds",
        "_loop",
        "_on_lost",
        "_paused",
        "_reads",
        "_reads_seen",
        "_timer",
        "_transport",
        "used",
    )

    def __init__(self, loop: asyncio.AbstractEventLoop, on_lost: _OnLost) -> None:
        self._loop = loop
        self._on_lost = on_lost
        self._transport: asyncio.Transport | None = None
        self._exchange: _Exchange | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._idle_seconds = 0.0
        self._deadline = 0.0  # loop time by which the body must have begun
        self._reads = self._reads_seen = 0  # of this exchange, and at the last look at them
        self._paused = False
        self.used = False  # has carried an exchange before this one

    async def exchange(
        self, payload: bytes, sink: ReplySink, *, first_byte_seconds: float, idle_seconds: float
    ) -> None:
        """Send one request and return when its reply has ended.

        Raises StaleConnectionError, UpstreamUnreachable, UpstreamTimeout or UpstreamBroke. After
        any of them, or a cancellation, the connection is closed.
        """
        transport = self._transport
        if transport is None or transport.is_closing():
            raise StaleConnectionError
        exchange = _Exchange(sink, self, self._loop.create_future())
        self._exchange = exchange
        self._reads = self._reads_seen = 0
        self._idle_seconds = idle_seconds
        self._deadline = self._loop.time() + first_byte_seconds
        self._timer = self._loop.call_later(min(first_byte_seconds, idle_seconds), self._look)
        transport.write(payload)
        try:
            await exchange.done
        except BaseException:
            self.close()
            raise
        finally:
            self._timer.cancel()
            self._exchange = None
            exchange.release()
        self.used = True
        if not exchange.keep_alive:
            self.close()

    @property
    def reusable(self) -> bool:
        """Whether another exchange may be started on it."""
        transport = self._transport
        return transport is not None and not transport.is_closing() and self._exchange is None

    def close(self) -> None:
        """Drop the connection; the replica sees it at once and stops its work."""
        if self._transport is not None:
            self._transport.abort()

    # --- Flow: turned by the client's side ------------------------------------------------------

    def pause_reading(self) -> None:
        """Stop taking bytes from the replica."""
        if self._transport is not None and not self._paused:
            self._paused = True
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Take bytes again."""
        if self._transport is not None and self._paused:
            self._paused = False
            self._reads += 1  # the silence was the client's
            self._transport.resume_reading()

    # --- asyncio.Protocol -----------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is no subclass

    def data_received(self, data: bytes) -> None:
        """Feed the parser, which calls the sink."""
        self._reads += 1
        exchange = self._exchange
        if exchange is None or exchange.done.done():
            self.close()  # bytes nobody asked for: whatever comes next cannot be trusted
            return
        try:
            exchange.feed(data)
        except httptools.HttpParserError as error:
            exchange.fail(f"sent what is not HTTP/1.1: {error}")

    def eof_received(self) -> None:
        """Let the transport close; `connection_lost` tells how the exchange ended."""

    def connection_lost(self, exc: Exception | None) -> None:
        """End the exchange, if there is one, and tell the owner."""
        exchange = self._exchange
        if exchange is not None and not exchange.done.done():
            self._end_at_close(exchange)
        self._transport = None
        self._on_lost(self)

    def _end_at_close(self, exchange: "_Exchange") -> None:
        if exchange.begun and exchange.until_close:
            exchange.on_message_complete()
        elif not self._reads and self.used:
            exchange.done.set_exception(StaleConnectionError())
        else:
            exchange.fail("closed the connection before its reply ended")

    def reads(self) -> int:
        """How often this exchange has been read from."""
        return self._reads

    def _look(self) -> None:
        """Look now and then whether anything came: cheaper than a timer that each piece sets anew.

        A server may send its head at once and think for long, so until a read after the head the
        limit is that of the first byte.
        """
        exchange = self._exchange
        if exchange is None or exchange.done.done():
            return
        flowing = exchange.begun and self._reads > exchange.reads_of_head
        left = self._deadline - self._loop.time()
        if flowing and self._reads == self._reads_seen and not self._paused:
            exchange.done.set_exception(UpstreamTimeout("the expert went silent"))
        elif not flowing and left <= 0:
            exchange.done.set_exception(UpstreamTimeout("the expert did not answer in time"))
        else:
            self._reads_seen = self._reads
            wait = self._idle_seconds if flowing else min(left, self._idle_seconds)
            self._timer = self._loop.call_later(wait, self._look)


class _Exchange:
    """One reply being parsed. Its ``on_…`` names are the ones that httptools calls."""

    __slots__ = (
        "_flow",
        "_head_bytes",
        "_headers",
        "_length",
        "_parser",
        "_sink",
        "begun",
        "done",
        "feed",
        "keep_alive",
        "on_body",
        "reads_of_head",
        "until_close",
    )

    def __init__(
        self, sink: ReplySink, flow: ExpertConnection, done: "asyncio.Future[None]"
    ) -> None:
        self._sink = sink
        self._flow = flow
        self.done = done
        self._headers: Headers = []
        self._length: int | None = None
        self._head_bytes = 0
        self.begun = False
        self.reads_of_head = 0
        self.keep_alive = False
        self.until_close = False
        self.on_body = sink.data  # the parser calls the sink itself
        self._parser = httptools.HttpResponseParser(self)
        self.feed = self._parser.feed_data

    def on_header(self, name: bytes, value: bytes) -> None:
        self._head_bytes += len(name) + len(value)
        if self._head_bytes > _MAX_HEAD_BYTES:
            raise ValueError(f"a head of more than {_MAX_HEAD_BYTES} bytes")
        self._headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        if self.done.done():
            raise ValueError("a second reply to one request")
        status = self._parser.get_status_code()
        if status < 200:  # 100 Continue, 103 Early Hints: not the reply
            self._headers = []
            return
        headers = self._end_to_end(status)
        self.begun = True
        self.reads_of_head = self._flow.reads()
        self._sink.begin(status, headers, self._length, self._flow)

    def on_message_complete(self) -> None:
        if self.begun and not self.done.done():
            self.keep_alive = self._parser.should_keep_alive() and not self.until_close
            self.done.set_result(None)

    def release(self) -> None:
        """Break the cycle with the parser, so that no garbage collection is needed."""
        del self._parser, self.feed, self.on_body

    def fail(self, reason: str) -> None:
        if not self.done.done():
            kind: type[UpstreamError] = UpstreamBroke if self.begun else UpstreamUnreachable
            self.done.set_exception(kind(f"the expert {reason}"))

    def _end_to_end(self, status: int) -> Headers:
        """Drop what concerns the replica's connection alone; learn how long the body is."""
        named: set[bytes] = set()
        chunked = False
        for name, value in self._headers:
            if name == b"connection":
                named.update(token.strip().lower() for token in value.split(b","))
            elif name == b"content-length":
                self._length = int(value)
            elif name == b"transfer-encoding":
                chunked = True
        if status in {204, 304}:
            self._length = 0
        self.until_close = not chunked and self._length is None
        dropped = HOP_BY_HOP | named | {b"content-length"}
        return [header for header in self._headers if header[0] not in dropped]
