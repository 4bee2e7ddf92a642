"""TF-IDF → SVD → unit length as a lookup: a vocabulary word is one row, a text the sum of rows.

The pipeline is linear up to its last norm. With ``R = diag(idf) @ svd.components_.T`` (one row a
term) a text with term weights ``w`` (the counts ``n``, or ``1 + ln n``) has the direction
``w @ R``; TF-IDF's own norm only scales it.
"""

import hashlib
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property, lru_cache
from itertools import chain
from typing import Any, TypeAlias

import msgspec
import numpy as np
from numpy.typing import NDArray

from expert_router.routing.text import TextOptions, analyser, normalise, padded_ngrams

Vector: TypeAlias = NDArray[np.float32]

# Bounds on memory, whatever clients send: 16,384 words of at most 32 characters, under 20 MB.
_REMEMBERED_WORDS = 16_384
_REMEMBERED_CHARS = 32


class TfidfSvdEmbedder:
    """Texts to float32 (n, d) unit vectors, as the `Embedder` seam asks.

    ``vocabulary[i]`` is the term of ``rows[i]``; ``rows`` is float32 (terms, d), idf times SVD row.
    """

    def __init__(self, options: TextOptions, vocabulary: Sequence[str], rows: Vector) -> None:
        if len(vocabulary) != len(rows):
            raise ValueError(f"{len(vocabulary)} terms, but {len(rows)} rows")
        self.options = options
        self.vocabulary = tuple(vocabulary)
        self.rows = np.ascontiguousarray(rows, dtype=np.float32)
        self._index = {term: i for i, term in enumerate(self.vocabulary)}
        self._analyse = analyser(options)
        # Characters stay within words, so a word's terms are always the same, and the words of a
        # language are few: remembering them makes a decision on char_wb four times as quick.
        self._remembered = lru_cache(_REMEMBERED_WORDS)(self._look_up)
        within_words = options.analyzer == "char_wb"
        self._ids = self._ids_within_words if within_words else self._ids_of_terms

    @property
    def dimensions(self) -> int:
        """The length of a vector."""
        return int(self.rows.shape[1])

    @cached_property
    def vocabulary_sha256(self) -> str:
        """Hex SHA-256 of the terms in order, joined by line breaks, as UTF-8."""
        text = "\n".join(self.vocabulary).encode("utf-8", "surrogatepass")
        return hashlib.sha256(text).hexdigest()

    @cached_property
    def fingerprint(self) -> str:
        """Hex SHA-256 of the options, the vocabulary and the rows."""
        digest = hashlib.sha256(msgspec.json.encode(self.options))
        digest.update(self.vocabulary_sha256.encode())
        digest.update(self.rows.data)
        return digest.hexdigest()

    def embed(self, texts: Sequence[str]) -> Vector:
        """Return float32 (n, d) rows of unit length; all zeros for a text without a known term."""
        out = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        for i, text in enumerate(texts):
            direction = self.direction(text)
            if direction is not None:
                out[i] = direction
        return out

    def direction(self, text: str, max_chars: int | None = None) -> Vector | None:
        """Return the unit vector (d,) of one text; None when it holds no known term.

        ``max_chars`` lowers the number of characters looked at; it cannot raise it.
        """
        limit = self.options.max_chars
        if max_chars is not None and max_chars < limit:
            limit = max_chars
        counts = Counter(self._ids(normalise(text, limit)))
        counts.pop(None, None)
        return self._combine(counts) if counts else None

    def _combine(self, counts: Mapping[int, int]) -> Vector | None:
        weights = np.fromiter(counts.values(), np.float32, len(counts))
        if self.options.sublinear_tf:
            weights = np.log(weights) + np.float32(1)
        total: Vector = weights.dot(self.rows.take(list(counts), axis=0))
        length = math.sqrt(total.dot(total))
        return total / np.float32(length) if length > 0 else None

    def _ids_of_terms(self, text: str) -> Iterable[Any]:  # None: outside the vocabulary
        return map(self._index.get, self._analyse(text))

    def _ids_within_words(self, text: str) -> Iterable[Any]:
        return chain.from_iterable(map(self._ids_of_word, text.split()))

    def _ids_of_word(self, word: str) -> tuple[int, ...]:
        return self._remembered(word) if len(word) <= _REMEMBERED_CHARS else self._look_up(word)

    def _look_up(self, word: str) -> tuple[int, ...]:
        terms = padded_ngrams(f" {word} ", self.options.ngram_min, self.options.ngram_max)
        return tuple(i for i in map(self._index.get, terms) if i is not None)
