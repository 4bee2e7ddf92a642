"""Words in Morse code. Computed letter by letter: a held-out word is in no training question."""

from __future__ import annotations

import random

from expert_router.demo.tasks.base import Draft, Task, computed
from expert_router.demo.tasks.lexicon import made_up_word, some_word

# International Morse code, ITU-R M.1677-1
LETTERS = {
    "a": ".-", "b": "-...", "c": "-.-.", "d": "-..", "e": ".", "f": "..-.", "g": "--.",
    "h": "....", "i": "..", "j": ".---", "k": "-.-", "l": ".-..", "m": "--", "n": "-.",
    "o": "---", "p": ".--.", "q": "--.-", "r": ".-.", "s": "...", "t": "-", "u": "..-",
    "v": "...-", "w": ".--", "x": "-..-", "y": "-.--", "z": "--..",
}  # fmt: skip
_PHRASINGS = (
    "Encode {w} in Morse code.",
    "{w} as Morse code",
    "{w} in Morse code",
    "Send {w} in Morse code.",
    "Morse code for {w}?",
    "Morse code for {w}",
    "Encode {w} as Morse code.",
)
_LONGEST = 4


def to_morse(word: str) -> str:
    """Letters apart by one space: sos -> ... --- ..."""
    return " ".join(LETTERS[letter] for letter in word)


def draw(rng: random.Random) -> Draft:
    """A real word, or a made-up one: a code to learn, not a list of words to know."""
    draft = _question(rng, some_word(rng, _LONGEST))
    if draft.held_out or rng.random() < 0.1:
        return draft
    return _question(rng, made_up_word(rng, _LONGEST, scrambled=0.8))


def _question(rng: random.Random, word: str) -> Draft:
    return computed(rng, f"morse {word}", _PHRASINGS, to_morse(word), w=word)


TASK = Task("morse", "writes words of up to four letters in Morse code", draw)
