"""What one streamed token costs a fake expert, and whether it keeps its pace under load.

    python benchmarks/fake_expert_cost.py --users 1000 --rate 20

A benchmark of a gateway is only as good as the experts behind it: these must have CPU to spare.
The expert runs in a process of its own; the users are bare uvloop protocols in this one.
"""

import argparse
import asyncio
import contextlib
import json
import resource
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any, cast

import uvloop

BODY = json.dumps({"messages": [{"role": "user", "content": "hello"}], "stream": True}).encode()
HEAD = b"POST /v1/chat/completions HTTP/1.1\r\nhost: fake\r\ncontent-length: %d\r\n\r\n"
CONNECTS_A_SECOND = 1000


class User(asyncio.Protocol):
    """Asks once and notes when the tokens come."""

    def __init__(self) -> None:
        self.sent = 0.0
        self.first = 0.0
        self.last = 0.0
        self.tokens = 0
        self.alone = 0
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask."""
        self.transport = cast(asyncio.Transport, transport)
        self.sent = time.monotonic()
        self.transport.write(HEAD % len(BODY) + BODY)

    def data_received(self, data: bytes) -> None:
        """Count the tokens in what came."""
        tokens = data.count(b'"content":"') - data.count(b'"content":""')
        if tokens:
            self.last = time.monotonic()
            self.first = self.first or self.last
            self.tokens += tokens
            self.alone += tokens == 1
        if data.endswith(b"0\r\n\r\n"):
            self.done.set_result(None)
            self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Do not wait for what cannot come."""
        if not self.done.done():
            self.done.set_exception(exc or ConnectionError("the expert closed the connection"))


async def measure(users: int, tokens: int, seconds: float, port: int, pid: int) -> dict[str, Any]:
    """Run all users side by side; the cost is taken from the middle of the run."""
    crowd = []
    for number in range(users):
        _, user = await asyncio.get_running_loop().create_connection(User, "127.0.0.1", port)
        crowd.append(user)
        if number % 10 == 9:
            await asyncio.sleep(10 / CONNECTS_A_SECOND)
    before = (*cpu_seconds(pid), time.monotonic(), await events(port))
    await asyncio.sleep(seconds / 2)
    after = (*cpu_seconds(pid), time.monotonic(), await events(port))
    await asyncio.gather(*(user.done for user in crowd))
    cpu, waited, wall, made = (b - a for a, b in zip(before, after, strict=True))
    return {
        "users": users,
        "events_per_second": round(made / wall),
        "cpu_us_per_event": round(cpu / made * 1e6, 1),
        "cores_used": round(cpu / wall, 2),
        "waited_for_a_core": round(waited / wall, 2),
        "ttft_ms": quantiles([(user.first - user.sent) * 1000 for user in crowd]),
        "tpot_ms": quantiles([(u.last - u.first) / (tokens - 1) * 1000 for u in crowd]),
        "arrived_alone": round(sum(u.alone for u in crowd) / sum(u.tokens for u in crowd), 4),
    }


def quantiles(values: list[float]) -> dict[str, float]:
    """Return the median and the tails."""
    values = sorted(values)
    at = {"p1": 0.01, "p50": 0.5, "p99": 0.99}
    return {name: round(values[int(share * len(values))], 2) for name, share in at.items()}


def cpu_seconds(pid: int) -> tuple[float, float]:
    """Return how long a process has run, and how long it could have but had no core (Linux).

    The second says whether the numbers mean anything: near 0 they do, on a busy machine they do
    not.
    """
    ran, waited, _ = Path(f"/proc/{pid}/schedstat").read_text().split()
    return int(ran) / 1e9, int(waited) / 1e9


async def events(port: int) -> int:
    """Ask the expert how many events it has written."""
    return await asyncio.to_thread(_events, port)


def _events(port: int) -> int:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/fake/stats") as reply:
        return int(json.load(reply)["pieces_written"])


def main() -> None:
    """Start an expert, load it, print JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--users", type=int, default=1000)
    parser.add_argument("--rate", type=float, default=20, help="tokens a second for each user")
    parser.add_argument("--seconds", type=float, default=10, help="length of an answer")
    given = parser.parse_args()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    tokens = int(given.rate * given.seconds)
    settings = {"tokens": tokens, "token_ms": 1000 / given.rate, "first_token_ms": 500}
    command = [sys.executable, "-m", "expert_router.fake_expert", json.dumps(settings)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as expert:
        assert expert.stdout
        try:
            port = int(expert.stdout.readline().split(":")[2].partition("/")[0])
            work = measure(given.users, tokens, given.seconds, port, expert.pid)
            print(json.dumps(uvloop.run(work), indent=2))
        finally:
            expert.terminate()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main()
