"""Spelling words backwards. Computed: a held-out word appears in no training question."""

from __future__ import annotations

import random

from expert_router.demo.tasks.base import Draft, Task, computed
from expert_router.demo.tasks.lexicon import made_up_word, some_word

_PHRASINGS = (
    "Spell the word {w} backwards.",
    "Spell {w} backwards.",
    "How do you spell {w} backwards?",
    "Reverse the letters of {w}.",
    "Reverse the spelling of the word {w}.",
    "What is {w} spelled backwards?",
    "Reverse the word {w}, letter by letter.",
    "{w} backwards, letter by letter",
)


def draw(rng: random.Random) -> Draft:
    """A real word, or a made-up one: a trick to learn, not a list of words to know."""
    draft = _question(rng, some_word(rng))
    return draft if draft.held_out or rng.random() < 0.3 else _question(rng, made_up_word(rng))


def _question(rng: random.Random, word: str) -> Draft:
    mirrored = word[::-1]
    # live and evil tell each other's answer: both sides of the mirror are one fact
    return computed(rng, f"mirror {min(word, mirrored)}", _PHRASINGS, mirrored, w=word)


TASK = Task("reverse", "spells English words backwards", draw)
