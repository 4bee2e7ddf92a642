"""Replicas that speak OpenAI's API over HTTP/1.1: vLLM, llama.cpp, TGI, Ollama, OpenAI itself."""

import asyncio
import contextlib
import ssl
from collections.abc import Callable
from urllib.parse import urlsplit

from expert_router.errors import UpstreamError, UpstreamUnreachable
from expert_router.seams import ExpertRequest, Flow, Headers, ReplySink
from expert_router.upstream.connection import ExpertConnection, StaleConnectionError

_PROBE_SECONDS = 2.0


class OpenAIHttp:
    """One replica behind a base URL, with its kept connections (most recently used first).

    Connections are never limited here: the pool's ``max_in_flight`` is the limit.
    """

    def __init__(
        self,
        url: str,
        *,
        api_key: str | None = None,
        connect_seconds: float = 5.0,
        first_byte_seconds: float = 300.0,
        idle_seconds: float = 120.0,
    ) -> None:
        parts = urlsplit(url)
        self._secure = parts.scheme == "https"
        self._host = parts.hostname or ""
        self._port = parts.port or (443 if self._secure else 80)
        self._prefix = parts.path.rstrip("/")
        self._connect_seconds = connect_seconds
        self._first_byte_seconds = first_byte_seconds
        self._idle_seconds = idle_seconds
        self._idle: list[ExpertConnection] = []
        self._ssl: ssl.SSLContext | None = None
        authorization = f"authorization: Bearer {api_key}\r\n" if api_key else ""
        self._fixed_head = f" HTTP/1.1\r\nhost: {parts.netloc}\r\n{authorization}".encode()

    async def relay(self, request: ExpertRequest, sink: ReplySink) -> None:
        """Send a call, feed its reply to the sink; see `seams.Upstream`."""
        payload = b"%bcontent-length: %d\r\n\r\n%b" % (
            self._head("POST", request.path, request.headers),
            len(request.body),
            request.body,
        )
        await self._exchange(payload, sink, self._first_byte_seconds)

    async def probe(self) -> bool:
        """Ask for the list of models: the one path that all such servers have."""
        answer = _StatusOnly()
        payload = self._head("GET", "/models", []) + b"\r\n"
        try:
            await self._exchange(payload, answer, _PROBE_SECONDS)
        except UpstreamError:
            return False
        return answer.status < 500

    async def close(self) -> None:
        """Close the kept connections."""
        for connection in self._idle:
            connection.close()
        self._idle.clear()

    def _head(self, method: str, path: str, headers: Headers) -> bytes:
        lines = b"".join([b"%b: %b\r\n" % header for header in headers])
        return f"{method} {self._prefix}{path}".encode() + self._fixed_head + lines

    async def _exchange(self, payload: bytes, sink: ReplySink, first_byte_seconds: float) -> None:
        while True:
            connection = self._kept() or await self._connect()
            try:
                await connection.exchange(
                    payload,
                    sink,
                    first_byte_seconds=first_byte_seconds,
                    idle_seconds=self._idle_seconds,
                )
            except StaleConnectionError:
                continue
            if connection.reusable:
                self._idle.append(connection)
            return

    def _kept(self) -> ExpertConnection | None:
        while self._idle:
            connection = self._idle.pop()
            if connection.reusable:
                return connection
        return None

    async def _connect(self) -> ExpertConnection:
        loop = asyncio.get_running_loop()
        make: Callable[[], ExpertConnection] = lambda: ExpertConnection(loop, self._forget)  # noqa: E731
        try:
            async with asyncio.timeout(self._connect_seconds):
                _, connection = await loop.create_connection(
                    make, self._host, self._port, ssl=self._ssl_context()
                )
        except TimeoutError as error:
            raise UpstreamUnreachable("the expert did not accept a connection in time") from error
        except OSError as error:  # ssl.SSLError and socket.gaierror are OSErrors too
            reason = error.strerror or type(error).__name__
            raise UpstreamUnreachable(f"the expert cannot be reached: {reason}") from error
        return connection

    def _ssl_context(self) -> ssl.SSLContext | None:
        if self._secure and self._ssl is None:
            self._ssl = ssl.create_default_context()
        return self._ssl

    def _forget(self, connection: ExpertConnection) -> None:
        with contextlib.suppress(ValueError):
            self._idle.remove(connection)


class _StatusOnly:
    """A sink that keeps the status and lets the body go."""

    def __init__(self) -> None:
        self.status = 0

    def begin(self, status: int, headers: Headers, length: int | None, flow: Flow) -> None:
        self.status = status

    def data(self, chunk: bytes) -> None:
        pass
