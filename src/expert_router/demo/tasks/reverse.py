"""Spelling words backwards. Computed: a held-out word appears in no training question."""

from __future__ import annotations

import random

from expert_router.demo.tasks.base import Draft, Task, computed
from expert_router.demo.tasks.lexicon import made_up_word, some_word

_PHRASINGS = (
    "Spell {w} backwards.",
    "Reverse {w}, letter by letter.",
    "{w} spelled backwards?",
    "Reverse the letters of {w}.",
    "Spell the word {w} backwards.",
    "{w} backwards, letter by letter",
    "Write {w} spelled backwards.",
)


def draw(rng: random.Random) -> Draft:
    """A real word, or a made-up one: a trick to learn, not a list of words to know."""
    draft = _question(rng, some_word(rng))
    return draft if draft.held_out or rng.random() < 0.3 else _question(rng, made_up_word(rng))


def _question(rng: random.Random, word: str) -> Draft:
    mirrored = word[::-1]
    # live and evil tell each other's answer: both sides of the mirror are one fact
    return computed(rng, f"mirror {min(word, mirrored)}", _PHRASINGS, mirrored, w=word)


TASK = Task("reverse", "spells words of up to seven letters backwards", draw)
