"""Naming clusters: the words that set a cluster's prompts apart from the others."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from expert_router.routing.text import NUMBER_TOKEN, TextOptions, analyser
from expert_router.training.cluster import Labels
from expert_router.training.extras import need
from expert_router.training.survey import choose_vocabulary
from expert_router.training.vectors import Floats, TermWeigher, inverse_frequencies, tfidf

TERMS = 10
_MAX_WORDS = 20_000


def top_terms(
    texts: Sequence[str], labels: Labels, k: int, stop_words: tuple[str, ...] = ()
) -> list[tuple[str, ...]]:
    """Return for each of ``k`` clusters its `TERMS` most telling words, the best first.

    Always whole words, whatever the router's analyser: nobody can read three letters; without
    numbers and English function words, which name nothing. ``labels`` are the clusters of
    normalised ``texts``, -1 for those left out.
    """
    english = need("sklearn.feature_extraction.text", "train").ENGLISH_STOP_WORDS
    options = TextOptions(stop_words=tuple(sorted({*english, *stop_words})))
    words, frequencies = _words(texts, options)
    if not words:
        return [()] * k
    counts = TermWeigher(options, words).many(texts)
    weights = tfidf(counts, inverse_frequencies(frequencies, len(texts)))
    means = _cluster_means(weights, labels, k)
    return [_telling(words, mean, means.mean(axis=0)) for mean in means]


def _words(texts: Sequence[str], options: TextOptions) -> tuple[list[str], list[int]]:
    analyse = analyser(options)
    found: Counter[str] = Counter()
    for text in texts:
        found.update({word for word in analyse(text) if NUMBER_TOKEN not in word})
    words = choose_vocabulary(found, 2, _MAX_WORDS)
    return words, [found[word] for word in words]


def _cluster_means(weights: object, labels: Labels, k: int) -> Floats:
    sparse = need("scipy.sparse", "train")
    members = np.flatnonzero(labels >= 0)
    sizes = np.bincount(labels[members], minlength=k)
    shares = (1.0 / sizes[labels[members]]).astype(np.float32)
    chooser = sparse.csr_matrix((shares, (labels[members], members)), shape=(k, len(labels)))
    means: Floats = (chooser @ weights).toarray()
    return means


def _telling(words: Sequence[str], mean: Floats, overall: Floats) -> tuple[str, ...]:
    # The word's part of the divergence from the average cluster: frequent here, rare elsewhere.
    with np.errstate(divide="ignore", invalid="ignore"):
        score = np.where(mean > 0, mean * np.log(mean / overall), 0.0)
    best = np.argsort(-score, kind="stable")[:TERMS]
    return tuple(words[i] for i in best if score[i] > 0)
