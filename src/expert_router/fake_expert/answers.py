"""What is answered: deterministic words, a fixed text, an echo of the request, or a tool call."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import msgspec

from expert_router.fake_expert.asks import Ask, Tool
from expert_router.fake_expert.config import FakeExpertConfig
from expert_router.fake_expert.requests import Request

ARGUMENT_PIECE = 8  # characters of a tool call's arguments for each token


@dataclass(frozen=True, slots=True)
class Answer:
    """The tokens of an answer, to be read once; ``count`` says how many there are."""

    pieces: Iterator[str]
    count: int
    finish: str
    tool: Tool | None = None


def compose(ask: Ask, config: FakeExpertConfig, request: Request) -> Answer:
    """Return the answer; the request's limit wins where it is smaller."""
    if ask.tool:
        return _tool_call(ask.tool)
    count, finish = _length(ask, config.tokens)
    if config.answer == "echo":
        return _cut_evenly(echo_text(request), count)
    if config.answer == "words":
        return Answer(_words(count), count, finish)
    return _fixed(config.answer, ask)


def echo_text(request: Request) -> str:
    """Return the request as it was received, as JSON: method, target, headers, body."""
    headers = [[name.decode("latin-1"), value.decode("latin-1")] for name, value in request.headers]
    received = {
        "method": request.method,
        "target": request.target,
        "headers": headers,
        "body": request.body.decode(),
    }
    return msgspec.json.encode(received).decode()


def _length(ask: Ask, tokens: int) -> tuple[int, str]:
    if ask.limit is None or (ask.limit > tokens and not ask.to_the_limit):
        return tokens, "stop"
    return ask.limit, "length" if ask.limit != tokens else "stop"


def _words(count: int) -> Iterator[str]:
    yield "tok0"
    for number in range(1, count):
        yield f" tok{number}"


def _fixed(text: str, ask: Ask) -> Answer:
    pieces = re.findall(r"\s*\S+(?:\s+$)?", text)
    count, finish = _length(ask, len(pieces))
    count = min(count, len(pieces))
    return Answer(islice(iter(pieces), count), count, finish)


def _cut_evenly(text: str, count: int) -> Answer:
    """Cut the text into (at most) this many pieces; an echo is never cut short."""
    size = -(-len(text) // count)
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    return Answer(iter(pieces), len(pieces), "stop")


def _tool_call(tool: Tool) -> Answer:
    arguments = msgspec.json.encode(sample(tool.parameters)).decode()
    starts = range(0, len(arguments), ARGUMENT_PIECE)
    pieces = [arguments[at : at + ARGUMENT_PIECE] for at in starts]
    return Answer(iter(pieces), len(pieces), "tool_calls", tool)


def sample(schema: dict[str, Any]) -> Any:
    """Return a plain value that a JSON schema allows, the same each time."""
    if schema.get("enum"):
        return schema["enum"][0]
    kind = schema.get("type", "object")
    if kind == "object":
        properties = schema.get("properties") or {}
        return {name: sample(inner) for name, inner in properties.items()}
    plain = {"string": "tok0", "integer": 0, "number": 0.0, "boolean": False, "array": []}
    return plain.get(kind) if isinstance(kind, str) else None
