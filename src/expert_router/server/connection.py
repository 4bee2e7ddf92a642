"""A client's connection: HTTP/1.1 in, requests one after another, replies in the same order.

Parsing is httptools (llhttp); limits, deadlines, pipelining, and the client's leaving are ours.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Protocol, cast

import httptools

from expert_router.config import Limits, Timeouts
from expert_router.errors import (
    BadRequest,
    BodyTooLarge,
    ExpectationFailed,
    HeadersTooLarge,
    Overloaded,
    ReplyError,
    SlowRequest,
)
from expert_router.seams import Headers
from expert_router.server.message import Request
from expert_router.server.reply import Reply

log = logging.getLogger(__name__)

# A client may send this many requests ahead of their replies; then we stop reading.
_MAX_PIPELINED = 16
# How long a client that is being turned away may go on sending before we hang up.
_LINGER_SECONDS = 2.0


class Handler(Protocol):
    """Answers one request by filling the reply. Raises ReplyError to have the client told."""

    def __call__(self, request: Request, reply: Reply) -> Awaitable[None]:
        """Fill the reply; return when it has ended."""
        ...


class Connections(Protocol):
    """Who keeps the set of open connections."""

    def opened(self, connection: "ClientConnection") -> bool:
        """Take it in; False when there are too many."""
        ...

    def closed(self, connection: "ClientConnection") -> None:
        """Forget it."""
        ...


class ClientConnection(asyncio.Protocol):
    """One client. At most one of its requests is being answered at a time."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        handler: Handler,
        owner: Connections,
        limits: Limits,
        timeouts: Timeouts,
    ) -> None:
        self._loop = loop
        self._handler = handler
        self._owner = owner
        self._limits = limits
        self._timeouts = timeouts
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpRequestParser(self)
        self._pending: deque[Request | ReplyError] = deque()
        self._task: asyncio.Task[None] | None = None
        self._reply: Reply | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._stall: asyncio.TimerHandle | None = None
        self._deaf = False  # no more requests are read from this client
        self._writable = True
        self._paused = False
        self._replaying = False
        self._in_message = False
        self._begin_message()

    # --- asyncio.Protocol -----------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start waiting for a request."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is no subclass
        self._wait(self._timeouts.request_head_seconds, self._idle_too_long)
        if not self._owner.opened(self):
            self._refuse(Overloaded("too many connections; try again", retry_after=1))

    def data_received(self, data: bytes) -> None:
        """Feed the parser; it calls the ``on_…`` methods below."""
        if self._deaf:
            return
        if self._in_head:
            self._head_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._ignore_upgrade(data[upgrade.args[0] :])
        except httptools.HttpParserError as error:
            self._refuse(BadRequest(f"not a valid HTTP/1.1 request: {error}"))
        if self._in_head and self._head_bytes > self._limits.header_bytes:
            self._refuse(self._head_too_large())

    def eof_received(self) -> None:
        """A client that closes its half has left: the transport closes, the work is cancelled."""

    def connection_lost(self, exc: Exception | None) -> None:
        """The client left: cancel what is being done for it."""
        self._transport = None
        self._deaf = True
        self._pending.clear()
        for timer in (self._timer, self._stall):
            if timer is not None:
                timer.cancel()
        if self._task is not None:
            self._task.cancel()
        self._owner.closed(self)

    def pause_writing(self) -> None:
        """The client reads slower than its expert writes: slow the expert down."""
        self._writable = False
        self._stall = self._loop.call_later(self._timeouts.client_stall_seconds, self.abort)
        if self._reply is not None:
            self._reply.writable(False)

    def resume_writing(self) -> None:
        """The client has read on."""
        self._writable = True
        if self._stall is not None:
            self._stall.cancel()
        if self._reply is not None:
            self._reply.writable(True)

    # --- httptools ------------------------------------------------------------------------------

    def on_message_begin(self) -> None:
        """Start the clock for the request's head."""
        if not self._deaf and not self._replaying:
            self._in_message = True
            self._wait(self._timeouts.request_head_seconds, self._too_slow)

    def on_url(self, url: bytes) -> None:
        """Collect the target, which may come in pieces."""
        if not self._replaying:
            self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Collect a header."""
        if not self._replaying:
            self._headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """Look at the head before the body comes: refuse early, or ask for the body."""
        if self._deaf or self._replaying:
            self._replaying = False
            return
        self._in_head = False
        self._upgrading = self._parser.should_upgrade()
        error = self._head_mistake()
        if error is not None:
            self._refuse(error)
            return
        self._continue_due = any(name == b"expect" for name, _ in self._headers)
        self._ask_for_body()
        self._wait(self._timeouts.request_body_seconds, self._too_slow)

    def on_body(self, body: bytes) -> None:
        """Collect the body up to its limit."""
        if self._deaf:
            return
        self._body.append(body)
        self._body_bytes += len(body)
        if self._body_bytes > self._limits.body_bytes:
            self._refuse(self._body_too_large())

    def on_message_complete(self) -> None:
        """Hand the request over, or let it wait behind those before it."""
        if self._deaf or self._upgrading:
            return
        self._stop_timer()
        self._pending.append(self._request())
        self._begin_message()
        self._in_message = False
        if self._task is None:
            self._next()
        elif len(self._pending) >= _MAX_PIPELINED:
            self._pause_reading()

    # --- parts of a request ---------------------------------------------------------------------

    def _begin_message(self) -> None:
        self._url = b""
        self._headers: Headers = []
        self._body: list[bytes] = []
        self._head_bytes = self._body_bytes = 0
        self._in_head = True
        self._upgrading = self._replaying = self._continue_due = False

    def _request(self) -> Request:
        version = self._parser.get_http_version()
        return Request(
            method=self._parser.get_method().decode("ascii"),
            path=self._url.partition(b"?")[0].decode("latin-1"),
            headers=self._headers,
            body=b"".join(self._body),
            received=time.monotonic(),
            keep_alive=self._parser.should_keep_alive(),
            chunks=version == "1.1",
        )

    def _head_mistake(self) -> ReplyError | None:
        if sum(len(name) + len(value) for name, value in self._headers) > self._limits.header_bytes:
            return self._head_too_large()
        hosts = [value for name, value in self._headers if name == b"host"]
        if len(hosts) > 1 or (not hosts and self._parser.get_http_version() == "1.1"):
            return BadRequest(f"{len(hosts)} Host headers; expected one")  # RFC 9112, section 3.2
        for name, value in self._headers:
            if name == b"content-length" and int(value) > self._limits.body_bytes:
                return self._body_too_large()
            if name == b"expect" and value.lower() != b"100-continue":
                return ExpectationFailed("an Expect that is not known; expected 100-continue")
        return None

    def _ask_for_body(self) -> None:
        """Say 100 Continue to a client that waits for it, once the replies before it are out."""
        if self._continue_due and self._task is None and self._transport is not None:
            self._continue_due = False
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _ignore_upgrade(self, rest: bytes) -> None:
        """Go on in HTTP/1.1, as RFC 9110 section 7.8 allows, where the parser stops at the head.

        Java's HttpClient asks for ``h2c`` with every first POST. A new parser gets the framing
        headers again, without the upgrade, and then the body.
        """
        if self._deaf:
            return
        self._upgrading = False
        self._replaying = True
        method = self._parser.get_method()
        framing = b"".join(
            b"%b: %b\r\n" % header
            for header in self._headers
            if header[0] in {b"content-length", b"transfer-encoding"}
        )
        if method == b"CONNECT":
            self._refuse(BadRequest("CONNECT: this is no tunnel; expected an OpenAI path"))
            return
        self._parser = httptools.HttpRequestParser(self)
        self.data_received(b"%b / HTTP/1.1\r\n%b\r\n%b" % (method, framing, rest))

    def _head_too_large(self) -> ReplyError:
        return HeadersTooLarge(f"a head of more than {self._limits.header_bytes} bytes")

    def _body_too_large(self) -> ReplyError:
        return BodyTooLarge(f"a body of more than {self._limits.body_bytes} bytes")

    # --- one request after another --------------------------------------------------------------

    def _next(self) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        if not self._pending:
            if self._deaf:
                self._transport.close()
            elif self._in_message:
                self._ask_for_body()
            else:
                self._wait(self._timeouts.keep_alive_seconds, self._idle_too_long)
            return
        item = self._pending.popleft()
        if isinstance(item, ReplyError):
            self._turn_away(item)
            return
        if self._paused and len(self._pending) < _MAX_PIPELINED // 2:
            self._paused = False
            self._transport.resume_reading()
        self._reply = Reply(self._transport, item, writable=self._writable)
        self._task = self._loop.create_task(self._answer(item, self._reply))

    async def _answer(self, request: Request, reply: Reply) -> None:
        try:
            await self._handler(request, reply)
            reply.end()
        except ReplyError as error:
            reply.fail(error)
        except asyncio.CancelledError:
            self.abort()
            return
        except Exception:
            log.exception("a fault of the gateway's own")
            reply.fail(ReplyError("a fault of the gateway's own; its log says more"))
        self._task = self._reply = None
        if not reply.keep_alive:
            self._deaf = True
            self._pending.clear()
        self._next()

    def _pause_reading(self) -> None:
        if not self._paused and self._transport is not None:
            self._paused = True
            self._transport.pause_reading()

    def _refuse(self, error: ReplyError) -> None:
        """Read no more of this client; tell it why after the replies it still waits for."""
        if self._deaf:
            return
        self._deaf = True
        self._stop_timer()
        self._pending.append(error)
        if self._task is None:
            self._next()

    def _turn_away(self, error: ReplyError) -> None:
        """Send the error, then wait a little for the client to stop sending.

        Closing at once would reset the connection, and the client might never see the error
        (RFC 9112, section 9.6).
        """
        transport = self._transport
        if transport is None:
            return
        request = Request("GET", "", [], b"", 0, keep_alive=False, chunks=True)
        Reply(transport, request, writable=True).fail(error)
        if transport.can_write_eof():
            transport.write_eof()
        self._wait(_LINGER_SECONDS, self.abort)

    # --- ends -----------------------------------------------------------------------------------

    def drain(self) -> None:
        """Finish the request at hand, take no other, then close."""
        self._deaf = True
        self._pending.clear()
        if self._task is None:
            self._next()
        elif self._reply is not None:
            self._reply.keep_alive = False

    def abort(self) -> None:
        """Close at once."""
        if self._transport is not None:
            self._transport.abort()

    def _wait(self, seconds: float, then: Callable[[], None]) -> None:
        self._stop_timer()
        self._timer = self._loop.call_later(seconds, then)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _idle_too_long(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def _too_slow(self) -> None:
        part = "head" if self._in_head else "body"
        self._refuse(SlowRequest(f"the request's {part} did not arrive in time"))
