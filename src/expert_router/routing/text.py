"""Text to terms, the same at training and at serving: clip, lower-case, number token, n-grams.

The analysers give, term for term, what scikit-learn's ``CountVectorizer`` gives with
``analyzer="word"`` and ``analyzer="char_wb"`` (sklearn/feature_extraction/text.py), so a model
fitted with scikit-learn can be served without it. Training hands `Normaliser` to scikit-learn as
``preprocessor=``, so both see the same text.
"""

import re
from collections.abc import Callable, Collection
from typing import Literal, TypeAlias

import msgspec

# A word for numbers that no text holds by chance and that ``\w\w+`` keeps in one piece.
NUMBER_TOKEN = "_num_"  # noqa: S105 - a token of text, no password

# A prompt's topic shows in a few hundred words. 4,096 characters are about 700 words, which
# bounds the cost of a decision whatever a client sends.
DEFAULT_MAX_CHARS = 4096

Analyse: TypeAlias = Callable[[str], list[str]]

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_ASCII_NUMBER = re.compile(r"[0-9]+(?:[.,][0-9]+)*")
# The same words as scikit-learn's ``(?u)\b\w\w+\b``: a greedy run of two or more word characters
# always begins and ends at a boundary.
_WORD = re.compile(r"\w\w+")
# For ASCII text the same again, four times as quick: blanks for all that no word holds, then split.
_ASCII_BLANKS = bytes(i if chr(i).isalnum() or i == ord("_") else 32 for i in range(128)) * 2


class TextOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How text becomes terms. Part of an embedder's identity: another value, another vector."""

    analyzer: Literal["word", "char_wb"] = "word"
    ngram_min: int = 1
    ngram_max: int = 1
    stop_words: tuple[str, ...] = ()  # in lower case; only the word analyser drops them
    sublinear_tf: bool = True  # a term found n times weighs 1 + ln n; else n
    max_chars: int = DEFAULT_MAX_CHARS


def clip(text: str, max_chars: int) -> str:
    """Return text of at most ``max_chars + 1`` characters: its head and its tail, half each.

    A long prompt says what it wants at its beginning or at its end, and holds a document between.
    """
    if len(text) <= max_chars:
        return text
    head = max_chars // 2
    return f"{text[:head]} {text[head - max_chars :]}"


def normalise(text: str, max_chars: int = DEFAULT_MAX_CHARS) -> str:
    """Clip, lower-case, and put `NUMBER_TOKEN` in place of each number (``3``, ``1,250.75``)."""
    lowered = clip(text, max_chars).lower()
    return (_ASCII_NUMBER if lowered.isascii() else _NUMBER).sub(NUMBER_TOKEN, lowered)


class Normaliser:
    """`normalise` with its limit bound; picklable, for scikit-learn's ``preprocessor=``."""

    def __init__(self, max_chars: int = DEFAULT_MAX_CHARS) -> None:
        self.max_chars = max_chars

    def __call__(self, text: str) -> str:
        """Return the text as the analysers take it."""
        return normalise(text, self.max_chars)


def analyser(options: TextOptions) -> Analyse:
    """Return the function from normalised text to its terms, repeats included."""
    low, high = options.ngram_min, options.ngram_max
    if options.analyzer == "char_wb":
        return lambda text: char_wb_ngrams(text, low, high)
    if (low, high) == (1, 1) and not options.stop_words:
        return words_of
    stop = frozenset(options.stop_words)
    return lambda text: word_ngrams(text, low, high, stop)


def words_of(text: str) -> list[str]:
    """Return the runs of two or more word characters (letters, digits, underscores)."""
    if not text.isascii():
        return _WORD.findall(text)
    parts = text.encode("ascii").translate(_ASCII_BLANKS).decode("ascii").split()
    return [word for word in parts if len(word) > 1]


def word_ngrams(text: str, low: int, high: int, stop: Collection[str] = ()) -> list[str]:
    """Return the word n-grams, shortest first, after dropping stop words."""
    words = words_of(text)
    if stop:
        words = [word for word in words if word not in stop]
    if high == 1:
        return words
    terms = words.copy() if low == 1 else []
    for n in range(max(low, 2), min(high, len(words)) + 1):
        terms.extend(" ".join(words[i : i + n]) for i in range(len(words) - n + 1))
    return terms


def char_wb_ngrams(text: str, low: int, high: int) -> list[str]:
    """Return the character n-grams of each blank-separated word, padded by a blank on each side."""
    terms: list[str] = []
    for word in text.split():
        terms += padded_ngrams(f" {word} ", low, high)
    return terms


def padded_ngrams(padded: str, low: int, high: int) -> list[str]:
    """Return the n-grams of one padded word; one too short for ``n`` counts once, then no more."""
    size = len(padded)
    terms: list[str] = []
    for n in range(low, high + 1):
        if size <= n:
            terms.append(padded)
            break
        terms += [padded[i : i + n] for i in range(size - n + 1)]
    return terms
