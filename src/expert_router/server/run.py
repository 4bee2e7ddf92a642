"""Open the doors, run until told to stop, close them in order."""

import asyncio
import logging
import signal
import socket
import sys
from collections.abc import Callable

import uvicorn
import uvloop

from expert_router.config import Address, GatewayConfig, parse_address
from expert_router.errors import InputError
from expert_router.gateway import Gateway
from expert_router.listening import Door, bind, lift_file_limit
from expert_router.server.connection import ClientConnection, Handler
from expert_router.server.control import control_app
from expert_router.server.door import DataDoor
from expert_router.wiring import build

log = logging.getLogger(__name__)

OnOpen = Callable[[Address, Address | None], None]


def serve(config: GatewayConfig, on_open: OnOpen = lambda data, control: None) -> None:
    """Serve until SIGINT or SIGTERM; a second one ends at once.

    ``on_open`` is told the doors' addresses once both accept connections. Raises InputError when
    an address cannot be bound or the router's artifact cannot be loaded.
    """
    lift_file_limit()
    gateway, render_metrics = build(config)
    data = _bind(parse_address(config.listen), "listen")
    control = _bind(parse_address(config.control), "control") if config.control else None
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_run(config, gateway, render_metrics, data, control, on_open))


async def _run(
    config: GatewayConfig,
    gateway: Gateway,
    render_metrics: Callable[[], bytes],
    data: socket.socket,
    control: socket.socket | None,
    on_open: OnOpen,
) -> None:
    stop = _stop_on_signals()
    doors = _DataServer(config, data, DataDoor(gateway, render_metrics))
    controller = _control_server(gateway)
    control_task = asyncio.create_task(_serve_control(controller, control))
    on_open(_address(data), _address(control) if control else None)
    await stop.wait()
    await doors.close(config.timeouts.drain_seconds)
    controller.should_exit = True
    await control_task
    await gateway.close()


class _DataServer:
    """Accepts clients and knows which are there."""

    def __init__(self, config: GatewayConfig, listener: socket.socket, answer: Handler) -> None:
        self._config = config
        self._connections: set[ClientConnection] = set()
        self._all_gone = asyncio.Event()
        loop = asyncio.get_running_loop()
        limits, timeouts = config.limits, config.timeouts
        self._entrance = Door(
            listener, lambda: ClientConnection(loop, answer, self, limits, timeouts)
        )

    async def close(self, drain_seconds: float) -> None:
        """Accept nobody else, let replies end, then cut what is left."""
        await self._entrance.close()
        for connection in tuple(self._connections):
            connection.drain()
        try:
            async with asyncio.timeout(drain_seconds):
                await self._gone()
        except TimeoutError:
            log.warning("%d replies cut after %g s", len(self._connections), drain_seconds)
            for connection in tuple(self._connections):
                connection.abort()
            await self._gone()

    def opened(self, connection: ClientConnection) -> bool:
        self._connections.add(connection)
        return len(self._connections) <= self._config.limits.connections

    def closed(self, connection: ClientConnection) -> None:
        self._connections.discard(connection)
        if not self._connections:
            self._all_gone.set()

    async def _gone(self) -> None:
        if self._connections:
            self._all_gone.clear()
            await self._all_gone.wait()


def _control_server(gateway: Gateway) -> uvicorn.Server:
    return uvicorn.Server(
        uvicorn.Config(control_app(gateway), log_level="warning", access_log=False, lifespan="off")
    )


async def _serve_control(server: uvicorn.Server, listener: socket.socket | None) -> None:
    if listener is not None:
        # `_serve` is `serve` without its signal handlers: the signals are ours.
        await server._serve([listener])


def _stop_on_signals() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def on_signal(number: int) -> None:
        if stop.is_set():
            sys.stderr.flush()
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, on_signal, number)
    return stop


def _bind(address: Address, key: str) -> socket.socket:
    try:
        return bind(*address)
    except InputError as error:
        raise InputError(f"{key}: {error}") from error


def _address(listener: socket.socket) -> Address:
    host, port = listener.getsockname()[:2]
    return Address(host, port)
