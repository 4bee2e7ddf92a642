"""The tokenizer: one token a byte, and three marks. Exact for any text, nothing to learn.

In GGUF terms it is a `gpt2` byte vocabulary in which no merge ever applies.
"""

from __future__ import annotations

BEGIN, ANSWER, END = 256, 257, 258
MARKS = ("<|begin|>", "<|answer|>", "<|end|>")
VOCABULARY_SIZE = 288  # the bytes, the marks, and a margin to a multiple of 32 for Q8_0

# The last question only: a model of this size holds no conversation. llama.cpp joins OpenAI's
# list of content parts to one string before it comes here. The template looks at every message's
# content, as llama.cpp puts the system message into the question of a template that does not.
CHAT_TEMPLATE = (
    "{%- set asked = namespace(text='') -%}"
    "{%- for message in messages -%}"
    "{%- set text = message['content'] | trim -%}"
    "{%- if message['role'] == 'user' -%}{%- set asked.text = text -%}{%- endif -%}"
    "{%- endfor -%}"
    "<|begin|>{{ asked.text }}{%- if add_generation_prompt -%}<|answer|>{%- endif -%}"
)


def encode(prompt: str, answer: str) -> tuple[list[int], int]:
    """The whole line as tokens, and where the answer mark stands."""
    asked = [BEGIN, *prompt.encode()]
    return [*asked, ANSWER, *answer.encode(), END], len(asked)


def vocabulary() -> list[str]:
    """The text of each token as a GGUF `gpt2` vocabulary spells it."""
    unused = VOCABULARY_SIZE - 256 - len(MARKS)
    return [*_visible_bytes(), *MARKS, *(f"<|unused{i}|>" for i in range(unused))]


def _visible_bytes() -> list[str]:
    """GPT-2's way to write every byte as a visible character (openai/gpt-2, encoder.py)."""
    printable = {*range(33, 127), *range(161, 173), *range(174, 256)}
    hidden = [byte for byte in range(256) if byte not in printable]
    return [
        chr(byte) if byte in printable else chr(256 + hidden.index(byte)) for byte in range(256)
    ]
