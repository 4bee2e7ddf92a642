"""TF-IDF → SVD → unit length as a lookup: a vocabulary word is one row, a text the sum of rows.

The pipeline is linear up to its last norm. With ``R = diag(idf) @ svd.components_.T`` (one row a
term) a text with term weights ``w`` (the counts ``n``, or ``1 + ln n``) has the direction
``w @ R``; TF-IDF's own norm only scales it.
"""

import hashlib
import math
from collections.abc import Sequence
from functools import cached_property
from typing import TypeAlias

import msgspec
import numpy as np
from numpy.typing import NDArray

from expert_router.routing.text import TextOptions, analyser, normalise

Vector: TypeAlias = NDArray[np.float32]

_TABLED = 256  # counts whose logarithm is looked up


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
        self._weights = [term_weight(n, options.sublinear_tf) for n in range(_TABLED)]

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
        counts: dict[int, int] = {}
        for term in self._analyse(normalise(text, limit)):
            i = self._index.get(term)
            if i is not None:
                counts[i] = counts.get(i, 0) + 1
        return self._combine(counts) if counts else None

    def _combine(self, counts: dict[int, int]) -> Vector | None:
        table = self._weights
        weights = np.array(
            [table[n] if n < _TABLED else self._weight(n) for n in counts.values()], np.float32
        )
        total: Vector = weights.dot(self.rows.take(list(counts), axis=0))
        length = math.sqrt(total.dot(total))
        return total / np.float32(length) if length > 0 else None

    def _weight(self, count: int) -> float:
        return term_weight(count, self.options.sublinear_tf)


def term_weight(count: int, sublinear: bool) -> float:
    """Return what a term found ``count`` times weighs before idf."""
    if not sublinear or count < 1:
        return float(count)
    return 1.0 + math.log(count)
