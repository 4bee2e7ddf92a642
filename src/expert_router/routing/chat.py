"""The user's turns out of OpenAI messages: what of a chat is classified."""

from collections.abc import Sequence

import msgspec


class Part(msgspec.Struct):
    """A part of a message's content. Only text parts are read; others pass unseen."""

    type: str = ""
    text: str | None = None


class Message(msgspec.Struct):
    """The two fields of an OpenAI chat message that routing reads; the others are ignored."""

    role: str = ""
    content: str | list[Part] | None = None


def text_of(message: Message) -> str:
    """Return a message's text: the string, or its text parts joined by a line break."""
    content = message.content
    if isinstance(content, str):
        return content
    return "\n".join(part.text for part in content or () if part.type == "text" and part.text)


def user_turns(messages: Sequence[Message]) -> tuple[str, ...]:
    """Return the user's turns with text, oldest first.

    Without any, the last message that has text is the only turn (a lone system prompt still says
    what the call is about); without that, no turn.
    """
    turns = tuple(text for text in map(text_of, _by_user(messages)) if text.strip())
    if turns:
        return turns
    for message in reversed(messages):
        text = text_of(message)
        if text.strip():
            return (text,)
    return ()


def _by_user(messages: Sequence[Message]) -> list[Message]:
    return [message for message in messages if message.role == "user"]
