"""Listening sockets that let in everyone who waits, at once.

uvloop's own server accepts one connection in each turn of the loop. Under load a turn is long and
new clients are few among many streams: measured on a busy machine at 1,000 streams, the last of
them waited seconds to be accepted, while the others kept their pace. That wait would be taken for
slow first tokens, so we accept by ourselves.
"""

import asyncio
import contextlib
import os
import resource
import socket
from collections.abc import Callable

from expert_router.errors import InputError

BACKLOG = 4096
MOST_A_TURN = 256
NO_FILES_LEFT_SECONDS = 0.1  # to wait when accept fails, say for want of file descriptors


class Door:
    """Accepts connections on one socket; `close` ends that (open connections stay)."""

    def __init__(self, listener: socket.socket, protocol: Callable[[], asyncio.Protocol]) -> None:
        self._loop = asyncio.get_running_loop()
        self._protocol = protocol
        self._arriving: set[asyncio.Task[None]] = set()
        self._socket = listener
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


def bind(host: str, port: int) -> socket.socket:
    """Return a socket that listens; port 0 is any free one. Raises InputError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=BACKLOG)
    except (OSError, UnicodeError) as error:
        number = getattr(error, "errno", None)
        reason = os.strerror(number) if number else error
        raise InputError(
            f"cannot listen on {host}:{port}: {reason}; expected a free address of this machine"
        ) from error
    listener.setblocking(False)
    return listener


def lift_file_limit() -> None:
    """Allow as many open files as the system does: the usual 1,024 are soon used up."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
