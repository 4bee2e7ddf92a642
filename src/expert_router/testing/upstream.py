"""What every `Upstream` for OpenAI replicas promises, checked against a real (fake) expert."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from expert_router.errors import UpstreamBroke, UpstreamUnreachable
from expert_router.fake_expert import FakeExpert, FakeExpertConfig, serve
from expert_router.seams import ExpertRequest, Flow, Headers, Upstream
from expert_router.testing.routing import expect

_BODY = b'{"model": "m", "stream": true, "messages": [{"role": "user", "content": "hi"}]}'
_PATIENCE_SECONDS = 10.0


async def check_upstream(make: Callable[[str], Upstream]) -> None:
    """Assert what the `Upstream` seam promises; ``make`` gets a replica's base URL."""
    expert = await serve(FakeExpertConfig(tokens=5, token_ms=2, first_token_ms=2))
    upstream = make(expert.url)
    async with asyncio.timeout(_PATIENCE_SECONDS * 3):
        await _check_whole_reply(upstream)
        await _check_broken_reply(upstream)
        await _check_cancelled(upstream, expert)
        expect(await upstream.probe(), "probe: False although the replica answers")
        await expert.close()
        await _check_nobody_there(upstream)
        await upstream.close()


class _Sink:
    """Keeps what it is given."""

    def __init__(self) -> None:
        self.status = 0
        self.body = b""
        self.begun = asyncio.Event()

    def begin(self, status: int, headers: Headers, length: int | None, flow: Flow) -> None:
        expect(not self.begun.is_set(), "begin: called twice")
        expect(all(name == name.lower() for name, _ in headers), "begin: a name in upper case")
        self.status = status
        self.begun.set()

    def data(self, chunk: bytes) -> None:
        expect(self.begun.is_set(), "data: called before begin")
        self.body += chunk


def _request(fault: str = "none", tokens: int = 5) -> ExpertRequest:
    headers = [
        (b"content-type", b"application/json"),
        (b"x-fake-fault", fault.encode()),
        (b"x-fake-tokens", b"%d" % tokens),
    ]
    return ExpertRequest("/chat/completions", headers, _BODY, "contract")


async def _check_whole_reply(upstream: Upstream) -> None:
    sink = _Sink()
    await upstream.relay(_request(), sink)
    expect(sink.status == 200, f"relay: status {sink.status}, expected 200")
    expect(sink.body.endswith(b"data: [DONE]\n\n"), "relay: returned before the reply's end")


async def _check_broken_reply(upstream: Upstream) -> None:
    sink = _Sink()
    try:
        await upstream.relay(_request("close-mid-stream"), sink)
    except UpstreamBroke:
        expect(sink.body, "relay: nothing was passed on of a reply that broke in the middle")
        return
    expect(False, "relay: a reply that broke in the middle raised no UpstreamBroke")


async def _check_cancelled(upstream: Upstream, expert: FakeExpert) -> None:
    sink = _Sink()
    before = expert.stats["cancelled"]
    task = asyncio.create_task(upstream.relay(_request(tokens=100_000), sink))
    await sink.begun.wait()
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    async with asyncio.timeout(_PATIENCE_SECONDS):
        while expert.stats["cancelled"] == before:  # noqa: ASYNC110 - it has no event
            await asyncio.sleep(0.01)


async def _check_nobody_there(upstream: Upstream) -> None:
    expect(not await upstream.probe(), "probe: True although nobody listens")
    sink = _Sink()
    try:
        await upstream.relay(_request(), sink)
    except UpstreamUnreachable:
        expect(not sink.begun.is_set(), "relay: begin was called though nobody answered")
        return
    expect(False, "relay: an address where nobody listens raised no UpstreamUnreachable")
