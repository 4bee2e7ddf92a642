"""OpenAI's two answer shapes, as JSON: chat completions and plain completions, streamed and whole.

Each shape precomputes the bytes around a token, so that a token costs one small join.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Protocol

import msgspec

from expert_router.fake_expert import wire
from expert_router.fake_expert.asks import Ask, Tool

encode = msgspec.json.encode
LOGPROB = -0.5
HOLE = "\x00token\x00"  # where the token's own JSON goes; no JSON text contains it unescaped
ENCODED_HOLE = encode(HOLE)

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Envelope:
    """The fields around every chunk of one reply."""

    id: str
    created: int
    model: str


class Shape(Protocol):
    """How an answer is put into JSON."""

    def opening(self) -> bytes:
        """Return the events before the first token."""
        ...

    def token(self, text: str, position: int) -> bytes:
        """Return the events of one token, one for each choice."""
        ...

    def closing(self, finish: str, usage: Json) -> bytes:
        """Return the events after the last token."""
        ...

    def whole(self, pieces: Sequence[str], finish: str, usage: Json) -> bytes:
        """Return the answer in one JSON body."""
        ...


class _Common:
    """What the two dialects share: envelopes, and the bytes around a token."""

    id_prefix = ""
    chunk_object = ""
    whole_object = ""

    def __init__(self, ask: Ask, envelope: Envelope) -> None:
        self._ask = ask
        self._envelope = envelope
        self._around = [
            self._event([self._choice(index, HOLE)]).split(ENCODED_HOLE)
            for index in range(ask.choices)
        ]

    def token(self, text: str, position: int) -> bytes:
        """Return the events of one token, one for each choice."""
        if self._ask.logprobs is not None:
            return self._tokens_with_logprobs(text, position)
        token = encode(text)
        return b"".join([token.join(around) for around in self._around])

    def closing(self, finish: str, usage: Json) -> bytes:
        """Return the events after the last token: finish reasons, usage where asked, [DONE]."""
        ends = [self._event([self._choice(i, None, finish)]) for i in range(self._ask.choices)]
        if self._ask.include_usage:
            ends.append(wire.sse(encode(self._outer(self.chunk_object, []) | {"usage": usage})))
        return b"".join((*ends, wire.sse(b"[DONE]")))

    def _tokens_with_logprobs(self, text: str, position: int) -> bytes:
        logprobs = self._logprobs([text], position)
        choices = [self._choice(index, text) for index in range(self._ask.choices)]
        return b"".join(self._event([choice | {"logprobs": logprobs}]) for choice in choices)

    def _event(self, choices: list[Json]) -> bytes:
        chunk = self._outer(self.chunk_object, choices)
        if self._ask.include_usage:
            chunk["usage"] = None
        return wire.sse(encode(chunk))

    def _outer(self, kind: str, choices: list[Json]) -> Json:
        return {
            "id": self.id_prefix + self._envelope.id,
            "object": kind,
            "created": self._envelope.created,
            "model": self._envelope.model,
            "choices": choices,
        }

    def _choice(self, index: int, text: str | None, finish: str | None = None) -> Json:
        raise NotImplementedError

    def _logprobs(self, pieces: Sequence[str], position: int) -> Json:
        raise NotImplementedError


class ChatShape(_Common):
    """``/v1/chat/completions``."""

    id_prefix = "chatcmpl-"
    chunk_object = "chat.completion.chunk"
    whole_object = "chat.completion"

    def __init__(self, ask: Ask, envelope: Envelope, tool: Tool | None = None) -> None:
        self._tool = tool
        super().__init__(ask, envelope)

    def opening(self) -> bytes:
        """Return one event for each choice that says who speaks, and which tool is called."""
        delta: Json = {"role": "assistant", "content": "" if self._tool is None else None}
        if self._tool:
            delta["tool_calls"] = [self._call_head(self._tool, "")]
        return b"".join(
            self._event([_chat_choice(index, delta)]) for index in range(self._ask.choices)
        )

    def whole(self, pieces: Sequence[str], finish: str, usage: Json) -> bytes:
        """Return the answer in one JSON body."""
        text = "".join(pieces)
        message: Json = {"role": "assistant", "content": text, "refusal": None}
        if self._tool:
            call = self._call_head(self._tool, text)
            del call["index"]
            message |= {"content": None, "tool_calls": [call]}
        logprobs = None if self._ask.logprobs is None else self._logprobs(pieces, 0)
        rest = {"logprobs": logprobs, "finish_reason": finish}
        choices = [{"index": i, "message": message} | rest for i in range(self._ask.choices)]
        return encode(self._outer(self.whole_object, choices) | {"usage": usage})

    def _choice(self, index: int, text: str | None, finish: str | None = None) -> Json:
        if text is None:
            return _chat_choice(index, {}, finish)
        if self._tool:
            call = {"index": 0, "function": {"arguments": text}}
            return _chat_choice(index, {"tool_calls": [call]}, finish)
        return _chat_choice(index, {"content": text}, finish)

    def _call_head(self, tool: Tool, arguments: str) -> Json:
        function = {"name": tool.name, "arguments": arguments}
        identity = "call_" + self._envelope.id
        return {"index": 0, "id": identity, "type": "function", "function": function}

    def _logprobs(self, pieces: Sequence[str], position: int) -> Json:
        content = [_chat_logprob(text) | self._alternatives(text) for text in pieces]
        return {"content": content, "refusal": None}

    def _alternatives(self, text: str) -> Json:
        top = [_chat_logprob(name, value) for name, value in _ranked(text, self._ask.logprobs)]
        return {"top_logprobs": top}


class TextShape(_Common):
    """``/v1/completions``."""

    id_prefix = "cmpl-"
    chunk_object = "text_completion"
    whole_object = "text_completion"

    def opening(self) -> bytes:
        """Return nothing: a plain completion begins with its first token."""
        return b""

    def whole(self, pieces: Sequence[str], finish: str, usage: Json) -> bytes:
        """Return the answer in one JSON body."""
        text = "".join(pieces)
        logprobs = None if self._ask.logprobs is None else self._logprobs(pieces, 0)
        choices = [
            self._choice(index, text, finish) | {"logprobs": logprobs}
            for index in range(self._ask.choices)
        ]
        return encode(self._outer(self.whole_object, choices) | {"usage": usage})

    def _choice(self, index: int, text: str | None, finish: str | None = None) -> Json:
        return {"index": index, "text": text or "", "logprobs": None, "finish_reason": finish}

    def _logprobs(self, pieces: Sequence[str], position: int) -> Json:
        offsets = list(accumulate(map(len, pieces), initial=position))[:-1]
        return {
            "tokens": list(pieces),
            "token_logprobs": [LOGPROB] * len(pieces),
            "top_logprobs": [dict(_ranked(text, self._ask.logprobs)) for text in pieces],
            "text_offset": offsets,
        }


def _chat_choice(index: int, delta: Json, finish: str | None = None) -> Json:
    return {"index": index, "delta": delta, "logprobs": None, "finish_reason": finish}


def _chat_logprob(text: str, value: float = LOGPROB) -> Json:
    return {"token": text, "logprob": value, "bytes": list(text.encode())}


def _ranked(text: str, alternatives: int | None) -> list[tuple[str, float]]:
    """Return the token and made-up runners-up, best first."""
    names = [text] + [f"alt{rank}" for rank in range(1, alternatives or 0)]
    return [(name, LOGPROB - rank) for rank, name in enumerate(names[: alternatives or 0])]
