"""A reply on its way to a client's socket. Everything here is a callback; nothing waits."""

import asyncio

from expert_router.errors import ReplyError
from expert_router.seams import Flow, Headers
from expert_router.server.message import Request, error_json, local_headers, reply_head


class Reply:
    """Writes one reply: `begin`, then `data`, then `end` or `fail`."""

    __slots__ = (
        "_body_allowed",
        "_chunked",
        "_chunks",
        "_event_stream",
        "_flow",
        "_left",
        "_transport",
        "_writable",
        "begun",
        "keep_alive",
        "request_id",
    )

    def __init__(self, transport: asyncio.Transport, request: Request, *, writable: bool) -> None:
        self._transport = transport
        self._writable = writable
        self._flow: Flow | None = None
        self._chunks = request.chunks
        self._chunked = False
        self._left: int | None = None  # bytes of the body still owed to the client
        self._body_allowed = request.method != "HEAD"
        self._event_stream = False
        self.begun = False
        self.keep_alive = request.keep_alive
        self.request_id = b""

    def begin(self, status: int, headers: Headers, length: int | None, flow: Flow) -> None:
        """Send the head; from now on ``flow`` is turned by how fast the client reads."""
        self._flow = flow
        self._event_stream = any(
            name == b"content-type" and value.startswith(b"text/event-stream")
            for name, value in headers
        )
        self._send_head(status, headers, length)
        if not self._writable:
            flow.pause_reading()

    def data(self, chunk: bytes) -> None:
        """Send a piece of the body."""
        if self._left is not None:
            self._left -= len(chunk)
        if not self._body_allowed:
            return
        if self._chunked:
            self._transport.write(b"%x\r\n%b\r\n" % (len(chunk), chunk))
        else:
            self._transport.write(chunk)

    def end(self) -> None:
        """Finish the reply that was begun."""
        if self._left and self._body_allowed:  # a body shorter than promised must not look whole
            self._transport.abort()
        elif self._chunked and self._body_allowed:
            self._transport.write(b"0\r\n\r\n")

    def whole(self, status: int, headers: Headers, body: bytes) -> None:
        """Send a reply that we wrote ourselves."""
        self._send_head(status, headers, len(body))
        self.data(body)

    def fail(self, error: ReplyError) -> None:
        """Tell the client: as a reply of its own or, in mid-stream, as one last event.

        A body that was cut ends without its terminator and with the connection, so that no
        client and no proxy can take it for whole.
        """
        body = error_json(error)
        if not self.begun:
            self.whole(error.status, self._error_headers(error), body)
            return
        if self._event_stream:
            self.data(b"\n\ndata: %b\n\n" % body)
        self.keep_alive = False
        if not self._event_stream:
            self._transport.abort()

    def writable(self, yes: bool) -> None:
        """Turn the expert's tap as the client's socket fills and empties."""
        self._writable = yes
        if self._flow is not None:
            if yes:
                self._flow.resume_reading()
            else:
                self._flow.pause_reading()

    def _send_head(self, status: int, headers: Headers, length: int | None) -> None:
        self.begun = True
        self._left = length
        self._chunked = length is None and self._chunks
        if length is None and not self._chunks:
            self.keep_alive = False  # HTTP/1.0: the body ends where the connection does
        framing = b"transfer-encoding: chunked\r\n" if self._chunked else b""
        if length is not None and status not in {204, 304}:
            framing = b"content-length: %d\r\n" % length
        if self.request_id:
            framing += b"x-request-id: %b\r\n" % self.request_id
        if not self.keep_alive:
            framing += b"connection: close\r\n"
        elif not self._chunks:
            framing += b"connection: keep-alive\r\n"
        headers = [header for header in headers if header[0] != b"x-request-id"]
        self._transport.write(reply_head(status, headers, framing))

    def _error_headers(self, error: ReplyError) -> Headers:
        headers = local_headers(b"application/json") + error.headers
        if error.retry_after is not None:
            headers.append((b"retry-after", b"%d" % error.retry_after))
        return headers
