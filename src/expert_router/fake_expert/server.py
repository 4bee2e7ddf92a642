"""Opens the doors of a fake expert and closes them again."""

import asyncio
import signal
from typing import Any

import uvloop

from expert_router.errors import InputError
from expert_router.fake_expert.config import FakeExpertConfig
from expert_router.fake_expert.connection import Connection
from expert_router.fake_expert.expert import Expert
from expert_router.fake_expert.metronome import Metronome
from expert_router.listening import Door, bind, lift_file_limit

MOST_TURNS_TO_CLOSE = 100


class FakeExpert:
    """A running fake expert; `close` ends it."""

    def __init__(self, expert: Expert, door: Door, control: Door | None) -> None:
        self._expert = expert
        self._doors = [door] + ([control] if control else [])
        self.port = door.port
        self.control_port = control.port if control else None

    @property
    def url(self) -> str:
        """The base URL that an OpenAI client takes."""
        return f"http://{_bracketed(self._expert.config.host)}:{self.port}/v1"

    @property
    def config(self) -> FakeExpertConfig:
        """The settings as they are now."""
        return self._expert.config

    @property
    def stats(self) -> dict[str, Any]:
        """The same as ``GET /fake/stats``."""
        return self._expert.stats()

    def configure(self, **changes: Any) -> None:
        """Change settings for the requests to come; raises InputError."""
        self._expert.configure(changes)

    async def close(self) -> None:
        """Stop listening and cut every connection."""
        for door in self._doors:
            await door.close()
        for line in list(self._expert.lines):
            line.abort()
        for _ in range(MOST_TURNS_TO_CLOSE):  # each is struck off as its connection is lost
            if not self._expert.lines:
                break
            await asyncio.sleep(0)


async def serve(config: FakeExpertConfig) -> FakeExpert:
    """Listen, on the running loop (uvloop's or asyncio's); raises InputError if it cannot."""
    expert = Expert(config)
    metronome = Metronome(asyncio.get_running_loop())
    listener = bind(config.host, config.port)
    control: Door | None = None
    if config.control_port is not None:
        try:
            side = bind(config.host, config.control_port)
        except InputError:
            listener.close()
            raise
        control = Door(side, lambda: Connection(expert, metronome, control=True))
    door = Door(listener, lambda: Connection(expert, metronome))
    return FakeExpert(expert, door, control)


def run(config: FakeExpertConfig) -> None:
    """Serve until SIGINT or SIGTERM; prints one line when ready."""
    lift_file_limit()
    uvloop.run(_until_told(config))


async def _until_told(config: FakeExpertConfig) -> None:
    loop, told = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, told.set)
    expert = await serve(config)
    control = _bracketed(config.host) + f":{expert.control_port}/fake"
    rest = "" if expert.control_port is None else f", control on http://{control}"
    print(f'fake expert "{config.model}" listening on {expert.url}{rest}', flush=True)
    await told.wait()
    await expert.close()


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
