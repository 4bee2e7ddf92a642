"""One client's connection: parses its requests and carries out the scripts, in order."""

import asyncio
import contextlib
import socket
import struct
from collections import deque
from typing import cast

import httptools

from expert_router.errors import BadRequest, BodyTooLarge, HeadersTooLarge, ReplyError
from expert_router.fake_expert import wire
from expert_router.fake_expert.expert import Expert
from expert_router.fake_expert.metronome import Metronome
from expert_router.fake_expert.reply import Reply
from expert_router.fake_expert.requests import Request
from expert_router.fake_expert.script import End, Script

MOST_HEAD_BYTES = 256 * 1024
MOST_BODY_BYTES = 64 * 1024 * 1024
MOST_PIPELINED = 64
HIGH_WATER_BYTES = 64 * 1024
LINGER_ZERO = struct.pack("ii", 1, 0)  # struct linger {on, 0 seconds}: close() sends RST


class Connection(asyncio.Protocol):
    """An HTTP/1.1 connection. No task: everything happens in the transport's callbacks."""

    def __init__(self, expert: Expert, metronome: Metronome, *, control: bool = False) -> None:
        self.counted = not control
        self.paused = False
        self._expert = expert
        self._metronome = metronome
        self._parser = httptools.HttpRequestParser(self)
        self._requests: deque[Request] = deque()
        self._reply: Reply | None = None
        self._deaf = False  # nothing that still comes is read
        self._transport: asyncio.Transport
        self._clear()

    @property
    def unsent(self) -> int:
        """Bytes that wait in the transport's buffer."""
        return self._transport.get_write_buffer_size()

    def abort(self) -> None:
        """Close now."""
        self._transport.abort()

    # asyncio's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport; under the `refuse` fault, close it."""
        # uvloop's transports are asyncio.Transports in all but ancestry.
        transport = cast(asyncio.Transport, transport)
        self._transport = transport
        transport.set_write_buffer_limits(high=HIGH_WATER_BYTES)
        self._expert.lines.add(self)
        if not self.counted:
            return
        self._expert.desk.stats.connections_total += 1
        if self._expert.refuses():
            self._expert.desk.stats.refused += 1
            self._deaf = True
            transport.close()

    def data_received(self, data: bytes) -> None:
        """Parse what came."""
        if self._deaf:
            return
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self._refuse(BadRequest(f"not HTTP/1.1 as this server speaks it: {error}"))

    def eof_received(self) -> None:
        """Treat a half-closed connection as left, as servers do; the transport then closes."""
        self._leave()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop generating for whoever was here."""
        self._expert.lines.discard(self)
        self._deaf = True
        self._leave()

    def pause_writing(self) -> None:
        """Stop generating: the client reads more slowly than we write."""
        self.paused = True
        if self._reply:
            self._reply.pause()

    def resume_writing(self) -> None:
        """Go on generating."""
        self.paused = False
        if self._reply:
            self._reply.resume()

    # httptools' side

    def on_message_begin(self) -> None:
        """Begin a request."""
        self._clear()

    def on_url(self, url: bytes) -> None:
        """Take a part of the target."""
        self._target += url
        self._measure(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header."""
        self._headers.append((name, value))
        self._measure(len(name) + len(value))

    def on_headers_complete(self) -> None:
        """Invite the body where the client waits to be asked for it."""
        if any(n.lower() == b"expect" and v.lower() == b"100-continue" for n, v in self._headers):
            self._transport.write(wire.CONTINUE)

    def on_body(self, body: bytes) -> None:
        """Take a part of the body."""
        self._body.append(body)
        self._body_bytes += len(body)
        if self._body_bytes > MOST_BODY_BYTES:
            self._refuse(BodyTooLarge(f"the body is past {MOST_BODY_BYTES} bytes"))

    def on_message_complete(self) -> None:
        """Queue the request behind those that came before it on this connection."""
        if self._deaf:
            return
        if len(self._requests) >= MOST_PIPELINED:
            self._refuse(BadRequest(f"more than {MOST_PIPELINED} pipelined requests"))
            return
        self._requests.append(self._request())
        if self._reply is None:
            self._serve_next()

    # ours

    def _clear(self) -> None:
        self._target = b""
        self._headers: list[tuple[bytes, bytes]] = []
        self._body: list[bytes] = []
        self._head_bytes = 0
        self._body_bytes = 0

    def _request(self) -> Request:
        return Request(
            method=self._parser.get_method().decode("latin-1"),
            target=self._target.decode("latin-1"),
            headers=self._headers,
            body=b"".join(self._body),
            http11=self._parser.get_http_version() == "1.1",
            keep_alive=self._parser.should_keep_alive(),
        )

    def _measure(self, size: int) -> None:
        self._head_bytes += size
        if self._head_bytes > MOST_HEAD_BYTES:
            self._refuse(HeadersTooLarge(f"the head is past {MOST_HEAD_BYTES} bytes"))

    def _refuse(self, error: ReplyError) -> None:
        """Answer what cannot be read on from, once, and close; a reply under way ends first."""
        if self._deaf:
            return
        self._deaf = True
        if self._reply:
            return
        script = wire.refusal_script(error, keep_alive=False)
        self._transport.write(script.head + b"".join(script.pieces))
        self._transport.close()

    def _serve_next(self) -> None:
        request = self._requests[0]
        try:
            script = self._expert.script(request)
        except ReplyError as error:
            self._expert.desk.stats.rejected += self._expert.generates(request)
            script = wire.refusal_script(error, keep_alive=request.keep_alive)
            self._carry_out(script, counted=False)
        else:
            self._carry_out(script, counted=self._expert.generates(request))

    def _carry_out(self, script: Script, *, counted: bool) -> None:
        ended = self._counted_end if counted else self._end
        reply = Reply(script, self._metronome, self._expert.rng, self._transport.write, ended)
        self._reply = reply
        if self.paused:
            reply.pause()
        if counted:
            self._expert.desk.enter(reply)
        else:
            reply.start()

    def _counted_end(self, reply: Reply) -> None:
        self._reply = None
        self._expert.desk.done(reply)
        self._end(reply)

    def _end(self, reply: Reply) -> None:
        self._reply = None
        request = self._requests.popleft()
        if reply.script.end is End.RESET:
            self._reset()
        elif reply.script.end is End.CLOSE or self._deaf or not request.keep_alive:
            self._deaf = True
            self._transport.close()
        elif self._requests:
            self._metronome.soon(self._serve_if_idle)

    def _serve_if_idle(self) -> None:
        if self._requests and self._reply is None and not self._deaf:
            self._serve_next()

    def _reset(self) -> None:
        self._deaf = True
        sock = self._transport.get_extra_info("socket")
        with contextlib.suppress(OSError):  # the client may be gone already
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_ZERO)
        self._transport.abort()

    def _leave(self) -> None:
        self._requests.clear()
        reply, self._reply = self._reply, None
        if reply is None:
            return
        if reply in self._expert.desk.serving or reply in self._expert.desk.queue:
            self._expert.desk.left(reply)
        else:
            reply.stop()
