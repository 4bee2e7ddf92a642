"""A listening socket that lets in everyone who waits, at once.

uvloop's own server accepts one connection in each turn of the loop. Under load a turn is long and
new clients are few among many streams: measured on a busy machine at 1,000 streams, the last of
them waited seconds to be accepted, while the others kept their pace. That wait would be taken for
the expert's first token, so we accept by ourselves.
"""

import asyncio
import contextlib
import socket
from collections.abc import Callable

from expert_router.errors import InputError

BACKLOG = 4096
MOST_A_TURN = 256
NO_FILES_LEFT_SECONDS = 0.1  # to wait when accept fails, say for want of file descriptors


class Door:
    """Accepts connections on one address; `close` ends that (open connections stay)."""

    def __init__(self, host: str, port: int, protocol: Callable[[], asyncio.Protocol]) -> None:
        self._loop = asyncio.get_running_loop()
        self._protocol = protocol
        self._arriving: set[asyncio.Task[None]] = set()
        self._socket = _listening(host, port)
        self._listen()

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._socket.getsockname()[1])

    async def close(self) -> None:
        """Let nobody else in.

        Who is on the way in gets in first: uvloop forgets to say that a connection is lost when
        it is cut and its arrival cancelled in the same turn.
        """
        self._loop.remove_reader(self._socket)
        self._socket.close()
        await asyncio.gather(*self._arriving, return_exceptions=True)

    def _listen(self) -> None:
        if self._socket.fileno() >= 0:
            self._loop.add_reader(self._socket, self._accept)

    def _accept(self) -> None:
        for _ in range(MOST_A_TURN):
            try:
                client, _ = self._socket.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                self._rest(error)
                return
            task = self._loop.create_task(self._let_in(client))
            self._arriving.add(task)
            task.add_done_callback(self._arriving.discard)

    def _rest(self, error: OSError) -> None:
        self._loop.call_exception_handler({"message": "cannot accept", "exception": error})
        self._loop.remove_reader(self._socket)
        self._loop.call_later(NO_FILES_LEFT_SECONDS, self._listen)

    async def _let_in(self, client: socket.socket) -> None:
        client.setblocking(False)
        with contextlib.suppress(OSError):  # the client may be gone already
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await self._loop.connect_accepted_socket(self._protocol, client)
            return
        client.close()


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host, port), family=family, backlog=BACKLOG)
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"fake-expert: cannot listen on {host}:{port}: {reason}") from error
    listening.setblocking(False)
    return listening
