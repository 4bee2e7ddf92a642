"""The bytes of HTTP/1.1 and server-sent events, as a fake expert writes them."""

from collections.abc import Sequence
from http import HTTPStatus

import msgspec

from expert_router.errors import ReplyError
from expert_router.fake_expert.script import Script

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"

Header = tuple[bytes, bytes]


def head(status: int, headers: Sequence[Header]) -> bytes:
    """Return a status line, the headers and the blank line."""
    lines = [b"HTTP/1.1 %d %b\r\n" % (status, HTTPStatus(status).phrase.encode())]
    lines += [b"%b: %b\r\n" % header for header in headers]
    return b"".join((*lines, b"\r\n"))


def stream_head(*, chunked: bool, keep_alive: bool) -> bytes:
    """Return the head of an event stream."""
    headers = [(b"content-type", b"text/event-stream; charset=utf-8")]
    headers.append((b"cache-control", b"no-cache"))
    if chunked:
        headers.append((b"transfer-encoding", b"chunked"))
    return head(200, headers + connection(keep_alive))


def connection(keep_alive: bool) -> list[Header]:
    """Return the Connection header where it is needed."""
    return [] if keep_alive else [(b"connection", b"close")]


def sse(data: bytes) -> bytes:
    """Return one server-sent event."""
    return b"data: %b\n\n" % data


def frame(data: bytes, chunked: bool, *, last: bool = False) -> bytes:
    """Return the data as a chunk (with the terminator after the last one), or as it is."""
    if not chunked:
        return data
    chunk = b"%x\r\n%b\r\n" % (len(data), data)
    return chunk + b"0\r\n\r\n" if last else chunk


def error_json(
    message: str, kind: str, code: str | int | None = None, param: str | None = None
) -> bytes:
    """Return OpenAI's error object."""
    error = {"message": message, "type": kind, "param": param, "code": code}
    return msgspec.json.encode({"error": error})


def json_script(
    body: bytes,
    *,
    status: int = 200,
    keep_alive: bool = True,
    headers: Sequence[Header] = (),
    first: float = 0.0,
) -> Script:
    """Return a script that answers with one JSON body."""
    length = str(len(body)).encode()
    fields = [(b"content-type", b"application/json"), (b"content-length", length), *headers]
    return Script(head(status, fields + connection(keep_alive)), iter((body,)), first=first)


def error_script(status: int, message: str, kind: str, *, headers: Sequence[Header] = ()) -> Script:
    """Return a script that answers with an error the expert was told to give."""
    return json_script(error_json(message, kind, status), status=status, headers=headers)


def refusal_script(error: ReplyError, *, keep_alive: bool) -> Script:
    """Return a script that tells the client what is wrong with its request."""
    body = error_json(str(error), error.type, error.code, error.param)
    return json_script(body, status=error.status, keep_alive=keep_alive)
