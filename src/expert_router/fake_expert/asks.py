"""What a request's body asks for, read from both of OpenAI's dialects into one value.

Only the fields that change the answer are decoded; everything else is accepted unread.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec

from expert_router.errors import BadRequest

MOST_CHOICES = 128
MOST_TOP_LOGPROBS = 20


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool that the answer may call: its name and the JSON schema of its arguments."""

    name: str
    parameters: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Ask:
    """What is asked, whichever dialect it came in."""

    model: str | None
    prompt_tokens: int
    stream: bool
    include_usage: bool
    choices: int
    limit: int | None  # the request's own maximum of tokens
    to_the_limit: bool  # vLLM's ignore_eos: exactly that many
    logprobs: int | None  # alternatives to list with each token; None: no logprobs
    tool: Tool | None = None


class StreamOptions(msgspec.Struct):
    """``stream_options``."""

    include_usage: bool | None = None


class Part(msgspec.Struct):
    """One part of a message: text, or something to look at or listen to."""

    type: str
    text: str | None = None


class Message(msgspec.Struct):
    """One message of a conversation."""

    role: str
    content: str | list[Part] | None = None


class Function(msgspec.Struct):
    """A function that may be called."""

    name: str
    parameters: dict[str, Any] | None = None


class ToolSpec(msgspec.Struct):
    """One entry of ``tools``; those that are not functions are never called."""

    type: str
    function: Function | None = None


class Body(msgspec.Struct):
    """What both dialects share."""

    model: str | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    n: int | None = None
    max_tokens: int | None = None
    ignore_eos: bool | None = None


class ChatBody(Body, kw_only=True):
    """The body of ``/v1/chat/completions``."""

    messages: list[Message]
    max_completion_tokens: int | None = None
    logprobs: bool | None = None
    top_logprobs: int | None = None
    tools: list[ToolSpec] | None = None
    tool_choice: str | ToolSpec | None = None


class TextBody(Body, kw_only=True):
    """The body of ``/v1/completions``."""

    prompt: str | list[str | int | list[int]]
    logprobs: int | None = None


def chat_ask(data: bytes) -> Ask:
    """Read a chat completion's body; raise BadRequest when it is not one."""
    body = _decode(data, ChatBody)
    if not body.messages:
        raise BadRequest("messages: expected at least one message", param="messages")
    top = _within(body.top_logprobs or 0, 0, MOST_TOP_LOGPROBS, "top_logprobs")
    limit = body.max_tokens if body.max_completion_tokens is None else body.max_completion_tokens
    return _ask(
        body,
        prompt_tokens=sum(len(_text(message).split()) for message in body.messages),
        limit=limit,
        logprobs=top if body.logprobs else None,
        tool=_tool_to_call(body),
    )


def text_ask(data: bytes) -> Ask:
    """Read a plain completion's body; raise BadRequest when it is not one."""
    body = _decode(data, TextBody)
    prompts = _prompts(body.prompt)
    if body.logprobs is not None:
        _within(body.logprobs, 0, MOST_TOP_LOGPROBS, "logprobs")
    return _ask(
        body,
        prompt_tokens=sum(prompts),
        prompts=len(prompts),
        limit=body.max_tokens,
        logprobs=body.logprobs,
    )


AnyBody = TypeVar("AnyBody", bound=Body)


def _decode(data: bytes, shape: type[AnyBody]) -> AnyBody:
    try:
        return msgspec.json.decode(data, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadRequest(f"body: {error}") from error


def _ask(
    body: Body,
    *,
    prompt_tokens: int,
    limit: int | None,
    logprobs: int | None,
    prompts: int = 1,
    tool: Tool | None = None,
) -> Ask:
    if limit is not None:
        _within(limit, 1, 2**31, "max_tokens")
    n = _within(1 if body.n is None else body.n, 1, MOST_CHOICES, "n")
    options = body.stream_options
    return Ask(
        model=body.model,
        prompt_tokens=prompt_tokens,
        stream=bool(body.stream),
        include_usage=bool(options and options.include_usage),
        choices=n * prompts,
        limit=limit,
        to_the_limit=bool(body.ignore_eos),
        logprobs=logprobs,
        tool=tool,
    )


def _within(value: int, low: int, high: int, param: str) -> int:
    if not low <= value <= high:
        message = f"{param}: {value}: expected a whole number from {low} to {high}"
        raise BadRequest(message, param=param)
    return value


def _text(message: Message) -> str:
    if isinstance(message.content, list):
        return " ".join(part.text for part in message.content if part.text)
    return message.content or ""


def _prompts(prompt: str | Sequence[str | int | list[int]]) -> list[int]:
    """Return the number of tokens of each prompt: words, or the ids that are given."""
    if isinstance(prompt, str):
        return [len(prompt.split())]
    if not prompt:
        raise BadRequest("prompt: expected at least one", param="prompt")
    if all(isinstance(part, int) for part in prompt):
        return [len(prompt)]
    return [len(part.split() if isinstance(part, str) else _ids(part)) for part in prompt]


def _ids(part: int | list[int]) -> list[int]:
    if isinstance(part, int):
        raise BadRequest("prompt: texts and token ids are mixed", param="prompt")
    return part


def _tool_to_call(body: ChatBody) -> Tool | None:
    """Return the tool that the answer calls, if it calls one.

    A forced choice is obeyed. Otherwise a tool is called when the last user message says its name.
    """
    tools = [spec.function for spec in body.tools or () if spec.function]
    choice = body.tool_choice
    if isinstance(choice, ToolSpec):
        name = choice.function.name if choice.function else ""
        return _as_tool(_named(name, tools))
    if choice == "none" or not tools:
        return None
    if choice == "required":
        return _as_tool(tools[0])
    asked = next((_text(m) for m in reversed(body.messages) if m.role == "user"), "")
    wanted = [tool for tool in tools if tool.name in asked]
    return _as_tool(wanted[0]) if wanted else None


def _named(name: str, tools: Iterable[Function]) -> Function:
    for tool in tools:
        if tool.name == name:
            return tool
    raise BadRequest(f"tool_choice: {name!r}: expected the name of a tool", param="tool_choice")


def _as_tool(function: Function) -> Tool:
    return Tool(function.name, function.parameters or {})
