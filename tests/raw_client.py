"""A client of bare sockets: it sees when bytes come, how they are cut, and how a line ends."""

import json
import socket
import time
from dataclasses import dataclass, field
from typing import Any


def request(
    body: Any = None,
    *,
    path: str = "/v1/chat/completions",
    method: str = "POST",
    version: str = "1.1",
    **headers: object,
) -> bytes:
    """The bytes of a request; header `x_fake_fault=…` is sent as `x-fake-fault`."""
    data = b"" if body is None else json.dumps(body).encode()
    lines = [f"{method} {path} HTTP/{version}", "host: fake", f"content-length: {len(data)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + data


def chat(*, stream: bool = True, prompt: str = "hello", **rest: Any) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": prompt}], "stream": stream, **rest}


@dataclass
class Seen:
    """What came over the line: pieces with their times, and how it ended."""

    sent: float
    pieces: list[tuple[float, bytes]] = field(default_factory=list)
    end: str = ""  # "whole", "fin", "reset" or "silence"

    @property
    def data(self) -> bytes:
        return b"".join(piece for _, piece in self.pieces)

    @property
    def status(self) -> int:
        return int(self.data.split(b" ", 2)[1])

    @property
    def body(self) -> bytes:
        return self.data.partition(b"\r\n\r\n")[2]

    def token_times(self) -> list[float]:
        """When each token came; a piece with two tokens counts twice."""
        return [at for at, piece in self.pieces for _ in range(piece.count(b'"content":"') or 0)]

    def tokens(self) -> int:
        return self.data.count(b'"content":"') - self.data.count(b'"content":""')


class RawClient:
    """One connection."""

    def __init__(self, port: int, *, receive_buffer: int | None = None) -> None:
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.connect(("127.0.0.1", port))
        self.sent = time.monotonic()

    def __enter__(self) -> "RawClient":
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        self.sent = time.monotonic()
        self.socket.sendall(data)

    def read(self, seconds: float = 5.0) -> Seen:
        """Read to the end of one reply, of the connection, or of the patience."""
        seen = Seen(self.sent)
        deadline = time.monotonic() + seconds
        while not seen.end:
            self.socket.settimeout(max(0.001, deadline - time.monotonic()))
            try:
                piece = self.socket.recv(65536)
            except TimeoutError:
                seen.end = "silence"
            except ConnectionResetError:
                seen.end = "reset"
            else:
                seen.pieces.append((time.monotonic(), piece))
                seen.end = "whole" if _is_whole(seen.data) else "" if piece else "fin"
        return seen

    def ask(self, data: bytes, seconds: float = 5.0) -> Seen:
        self.send(data)
        return self.read(seconds)


def ask(port: int, data: bytes, seconds: float = 5.0) -> Seen:
    """One request on a connection of its own."""
    with RawClient(port) as client:
        return client.ask(data, seconds)


def _is_whole(data: bytes) -> bool:
    head, blank, body = data.partition(b"\r\n\r\n")
    if not blank or head.startswith(b"HTTP/1.1 100"):
        return False
    head = head.lower()
    if b"transfer-encoding: chunked" in head:
        return body.endswith(b"0\r\n\r\n")
    if b"content-length: " in head:
        length = head.split(b"content-length: ")[1].split(b"\r\n")[0]
        return len(body) >= int(length)
    return False
