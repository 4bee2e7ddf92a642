"""What a client asked, read as little as possible.

Only ``model``, ``stream`` and the prompt are decoded. The body goes on with every other field as
it came, byte for byte; ``model`` alone is rewritten.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import msgspec

from expert_router.errors import BadRequest
from expert_router.routing.chat import Message, user_turns
from expert_router.seams import Headers, ReplySink
from expert_router.types import Turns

Fields: TypeAlias = dict[str, msgspec.Raw]

# Built once: a decoder holds no state between calls.
_FIELDS = msgspec.json.Decoder(Fields)
_MESSAGES = msgspec.json.Decoder(list[Message])
_PROMPT = msgspec.json.Decoder(str | list[Any] | None)
_TEXT = msgspec.json.Decoder(str)
_ENCODER = msgspec.json.Encoder()
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)

CHAT = "/chat/completions"
COMPLETIONS = "/completions"


@dataclass(frozen=True, slots=True)
class Call:
    """A client's request for a completion, as it came over the wire."""

    path: str  # below the base URL: "/chat/completions"
    headers: Headers  # end-to-end ones, to be passed on
    body: bytes
    request_id: str
    received: float  # seconds of the gateway's clock


class ClientReply(ReplySink, Protocol):
    """Where a reply goes: the client's connection."""

    @property
    def begun(self) -> bool:
        """Whether the client has been sent anything."""
        ...


@dataclass(frozen=True, slots=True)
class Question:
    """The fields of a call that the gateway reads."""

    model: str
    stream: bool
    turns: Turns
    fields: Fields

    def body_for(self, model: str) -> bytes:
        """Return the JSON body with another ``model``; every other value keeps its bytes."""
        return _ENCODER.encode({**self.fields, "model": msgspec.Raw(_ENCODER.encode(model))})


def read_question(call: Call) -> Question:
    """Decode what routing needs. Raises BadRequest naming the field and what was expected."""
    fields = _read_fields(call.body)
    turns = _read_messages(fields) if call.path == CHAT else _read_prompt(fields)
    return Question(
        model=_read_model(fields),
        stream=_flag(fields.get("stream")),
        turns=turns,
        fields=fields,
    )


def _read_fields(body: bytes) -> Fields:
    try:
        return _FIELDS.decode(body)
    except _UNREADABLE as error:
        raise BadRequest(f"the body is not a JSON object: {error}") from error


def _read_model(fields: Fields) -> str:
    if "model" not in fields:
        raise BadRequest("`model` is missing; expected `auto` or an expert's name", param="model")
    model: str = _decode(_TEXT, fields["model"], "model")
    return model


def _read_messages(fields: Fields) -> Turns:
    if "messages" not in fields:
        raise BadRequest("`messages` is missing; expected a list of messages", param="messages")
    messages: list[Message] = _decode(_MESSAGES, fields["messages"], "messages")
    if not messages:
        raise BadRequest("`messages` is empty; expected at least one message", param="messages")
    return user_turns(messages)


def _read_prompt(fields: Fields) -> Turns:
    prompt = _decode(_PROMPT, fields["prompt"], "prompt") if "prompt" in fields else None
    if prompt is None or prompt == []:
        raise BadRequest("`prompt` is missing; expected text or a list of texts", param="prompt")
    return _texts(prompt)


def _texts(prompt: str | Sequence[Any]) -> Turns:
    """A batch is routed by all of its texts; token ids say nothing to a router of words."""
    if isinstance(prompt, str):
        return (prompt,)
    return tuple(text for text in prompt if isinstance(text, str))


def _flag(raw: msgspec.Raw | None) -> bool:
    return raw is not None and bytes(raw) == b"true"


def _decode(decoder: "msgspec.json.Decoder[Any]", raw: msgspec.Raw, name: str) -> Any:
    try:
        return decoder.decode(raw)
    except _UNREADABLE as error:
        raise BadRequest(f"`{name}`: {error}", param=name) from error
