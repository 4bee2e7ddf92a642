"""Texts to term weights to vectors, in blocks: the arithmetic of serving, on sparse matrices."""

from array import array
from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from expert_router.routing.text import TextOptions, analyser
from expert_router.training.extras import need
from expert_router.training.spool import BLOCK

Sparse: TypeAlias = Any  # scipy.sparse.csr_matrix; scipy has no types
Floats: TypeAlias = NDArray[np.float32]


class TermWeigher:
    """Normalised texts to a CSR matrix (n, terms) of weights, float32 with int32 indices.

    A weight is a term's count n, or 1 + ln n where the options say ``sublinear_tf``.
    """

    def __init__(self, options: TextOptions, vocabulary: Sequence[str]) -> None:
        self._sparse = need("scipy.sparse", "train")
        self._index = {term: i for i, term in enumerate(vocabulary)}
        self._analyse = analyser(options)
        self._sublinear = options.sublinear_tf

    def weights(self, texts: Sequence[str]) -> Sparse:
        """Return the weights of one block of texts."""
        indices, ends = array("i"), [0]
        find = self._index.get
        for text in texts:
            indices.extend([i for i in map(find, self._analyse(text)) if i is not None])
            ends.append(len(indices))
        matrix = self._sparse.csr_matrix(
            (
                np.ones(len(indices), dtype=np.float32),
                np.frombuffer(indices, dtype=np.int32) if indices else np.zeros(0, np.int32),
                np.array(ends, dtype=np.int32),
            ),
            shape=(len(texts), len(self._index)),
        )
        matrix.sum_duplicates()
        if self._sublinear:
            matrix.data = 1 + np.log(matrix.data)
        return matrix

    def many(self, texts: Sequence[str]) -> Sparse:
        """Return the weights of any number of texts; holds repeats for one block at a time only."""
        blocks = [self.weights(texts[i : i + BLOCK]) for i in range(0, len(texts), BLOCK)]
        return self._sparse.vstack(blocks, format="csr")


def inverse_frequencies(frequencies: Sequence[int], prompts: int) -> Floats:
    """Return scikit-learn's smooth idf, ln((1 + n) / (1 + df)) + 1, as float32 (terms,)."""
    df = np.asarray(frequencies, dtype=np.float64)
    return (np.log((1.0 + prompts) / (1.0 + df)) + 1.0).astype(np.float32)


def tfidf(weights: Sparse, idf: Floats) -> Sparse:
    """Scale weights by idf and give each row unit length, in place."""
    weights.data *= idf[weights.indices]
    return need("sklearn.preprocessing", "train").normalize(weights, copy=False)


def embed(counter: TermWeigher, rows: Floats, blocks: Iterable[Sequence[str]]) -> Iterable[Floats]:
    """Yield float32 (block, d) unit vectors; all zeros for a text without a known term."""
    for texts in blocks:
        vectors = np.asarray(counter.weights(texts) @ rows, dtype=np.float32)
        lengths = np.sqrt(np.square(vectors).sum(axis=1, keepdims=True))
        yield np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
