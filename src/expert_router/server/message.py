"""A client's request as it came, and the bytes of a reply's head."""

from dataclasses import dataclass
from email.utils import formatdate
from http import HTTPStatus

import msgspec

from expert_router.errors import ReplyError
from expert_router.seams import Headers

_REASONS = {status.value: status.phrase.encode() for status in HTTPStatus}


@dataclass(frozen=True, slots=True)
class Request:
    """One whole HTTP request."""

    method: str
    path: str  # without the query
    headers: Headers  # names in lower case
    body: bytes
    received: float  # time.monotonic() at its last byte
    keep_alive: bool
    chunks: bool  # the client understands chunked bodies (HTTP/1.1)

    def header(self, name: bytes) -> bytes | None:
        """Return the first value of a header, or None."""
        return next((value for key, value in self.headers if key == name), None)


def reply_head(status: int, headers: Headers, framing: bytes) -> bytes:
    """Return a reply's head up to and including the empty line. ``framing`` is header lines."""
    lines = b"".join([b"%b: %b\r\n" % header for header in headers])
    return b"HTTP/1.1 %d %b\r\n%b%b\r\n" % (status, _REASONS.get(status, b""), lines, framing)


def local_headers(content_type: bytes) -> Headers:
    """Return the headers of a reply that we wrote ourselves."""
    return [(b"content-type", content_type), (b"date", formatdate(usegmt=True).encode())]


def error_json(error: ReplyError) -> bytes:
    """Return OpenAI's error object (https://platform.openai.com/docs/guides/error-codes)."""
    fields = {
        "message": str(error),
        "type": error.type,
        "param": error.param,
        "code": error.code,
    }
    return msgspec.json.encode({"error": fields})
