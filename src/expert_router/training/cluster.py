"""k-means on unit vectors: plain, spherical, and balanced with a cap on every cluster.

c-BTM (Gururangan et al. 2023, arXiv 2303.14177, section 3) balances the clusters while training,
so that every expert gets enough to learn from, and serves by the plain nearest centroid.
"""

import math
import warnings
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from expert_router.errors import InputError
from expert_router.training.extras import need
from expert_router.training.progress import Progress
from expert_router.training.vectors import Floats

Method: TypeAlias = Literal["plain", "balanced", "spherical"]
Labels: TypeAlias = NDArray[np.int64]

RESTARTS = 4
MAX_ITERATIONS = 100
# Done when fewer than one prompt in a thousand changes its cluster.
SETTLED = 0.001
_CHUNK = 16_384  # rows whose distances are held at once


@dataclass(frozen=True)
class ClusterOptions:
    """``max_share``: balanced only, the largest share of the prompts in a cluster (None: 1/k)."""

    k: int = 64
    method: Method = "plain"
    seed: int = 0
    max_share: float | None = None

    def share(self) -> float | None:
        """Return the cap that holds, None for methods without one."""
        if self.method != "balanced":
            return None
        return 1 / self.k if self.max_share is None else self.max_share


def check_options(options: ClusterOptions) -> None:
    """Raise InputError when no clustering can meet the options."""
    if options.k < 1:
        raise InputError(f"-k: {options.k}: at least one cluster is needed")
    if options.max_share is not None and options.method != "balanced":
        raise InputError(f"--max-share: only for --method balanced, not {options.method}")
    share = options.share()
    if share is not None and not 1 / options.k <= share * (1 + 1e-9) <= 1 + 1e-9:
        raise InputError(
            f"--max-share: {share}: {options.k} clusters need a share from {1 / options.k:.4f} to 1"
        )


def capacity(share: float, prompts: int, k: int) -> int:
    """Return how many of ``prompts`` a cluster may hold: the share, rounded down where it fits."""
    low = math.floor(share * prompts + 1e-9)
    return low if low * k >= prompts else math.ceil(prompts / k)


def learn_centroids(vectors: Floats, options: ClusterOptions, progress: Progress) -> Floats:
    """Return float32 (k, d) centroids of unit vectors (n, d).

    Raises InputError when there are fewer different vectors than clusters.
    """
    _check_different(vectors, options.k)
    progress.update("clustering", 0, None)
    if options.method == "plain":
        return _sklearn_kmeans(vectors, options)
    return _lloyd(vectors, options, progress)


def _check_different(vectors: Floats, k: int) -> None:
    seen: set[bytes] = set()
    for vector in vectors:
        seen.add(vector.tobytes())
        if len(seen) >= k:
            return
    raise InputError(
        f"only {len(seen)} prompts differ in their known terms, too few for {k} clusters; "
        "give more prompts or a lower -k"
    )


def _sklearn_kmeans(vectors: Floats, options: ClusterOptions) -> Floats:
    cluster = need("sklearn.cluster", "train")
    model = cluster.KMeans(options.k, n_init=RESTARTS, random_state=options.seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of clusters that fall together in the last digits
        model.fit(vectors)
    return np.asarray(model.cluster_centers_, dtype=np.float32)


def _lloyd(vectors: Floats, options: ClusterOptions, progress: Progress) -> Floats:
    spherical = options.method == "spherical"
    plusplus = need("sklearn.cluster", "train").kmeans_plusplus
    centroids: Floats = plusplus(vectors, options.k, random_state=options.seed)[0]
    labels = np.full(len(vectors), -1, dtype=np.int64)
    for iteration in range(MAX_ITERATIONS):
        before, labels = labels, assign(vectors, centroids, options.share())
        centroids = _means(vectors, labels, centroids)
        if spherical:
            centroids = unit_rows(centroids)
        progress.update("clustering", iteration + 1, MAX_ITERATIONS)
        if np.count_nonzero(labels != before) <= SETTLED * len(vectors):
            break
    return centroids


def unit_rows(vectors: Floats) -> Floats:
    """Return the rows scaled to unit length; zero rows stay."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled: Floats = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
    return scaled


def _means(vectors: Floats, labels: Labels, centroids: Floats) -> Floats:
    k = len(centroids)
    order = np.argsort(labels, kind="stable")
    sizes = np.bincount(labels, minlength=k)
    starts = np.concatenate(([0], np.cumsum(sizes)[:-1]))
    means = np.zeros_like(centroids)
    for c in np.flatnonzero(sizes):
        members = order[starts[c] : starts[c] + sizes[c]]
        means[c] = vectors[members].mean(axis=0)
    # An empty cluster starts anew at the prompt that its own centroid serves worst.
    empty = np.flatnonzero(sizes == 0)
    if empty.size:
        misfit = np.square(vectors - means[labels]).sum(axis=1)
        means[empty] = vectors[np.argsort(-misfit, kind="stable")[: empty.size]]
    return means


def assign(vectors: Floats, centroids: Floats, share: float | None = None) -> Labels:
    """Return each vector's cluster: the nearest, or with a ``share`` the best that has room."""
    if share is None:
        return nearest(vectors, centroids)[0]
    cap = capacity(share, len(vectors), len(centroids))
    return _assign_capped(vectors, centroids, cap)


def nearest(vectors: Floats, centroids: Floats) -> tuple[Labels, Floats]:
    """Return each vector's nearest cluster, and its squared distance for unit vectors."""
    labels, best, _ = _best_two(vectors, np.arange(len(vectors)), centroids)
    return labels, np.maximum(0.0, 1.0 - 2.0 * best).astype(np.float32)


def _assign_capped(vectors: Floats, centroids: Floats, cap: int) -> Labels:
    # Rounds: everyone left asks for the best cluster with room. Where more ask than fit, those
    # stay who would lose most by going elsewhere; the cluster closes, the others ask again.
    # Each round closes a cluster or ends, so there are at most k.
    labels = np.full(len(vectors), -1, dtype=np.int64)
    room = np.full(len(centroids), cap, dtype=np.int64)
    left = np.arange(len(vectors))
    while left.size:
        open_ = np.flatnonzero(room > 0)
        choice, best, second = _best_two(vectors, left, centroids[open_])
        wanted = open_[choice]
        order = np.lexsort((second - best, wanted))  # by cluster, the greatest loss first
        rank = _rank_in_group(wanted[order])
        stays = order[rank < room[wanted[order]]]
        labels[left[stays]] = wanted[stays]
        room -= np.bincount(wanted[stays], minlength=len(room))
        left = left[labels[left] < 0]
    return labels


def _rank_in_group(groups: Labels) -> Labels:
    """Return 0, 1, 2 … within each run of equal values of a sorted array."""
    starts = np.flatnonzero(np.r_[True, groups[1:] != groups[:-1]])
    lengths = np.diff(np.r_[starts, len(groups)])
    return np.arange(len(groups)) - np.repeat(starts, lengths)


def _best_two(vectors: Floats, rows: Labels, centroids: Floats) -> tuple[Labels, Floats, Floats]:
    """Return for ``vectors[rows]`` the best cluster, its score and the second best score."""
    half = 0.5 * np.square(centroids).sum(axis=1)
    labels = np.empty(len(rows), dtype=np.int64)
    best, second = np.empty((2, len(rows)), dtype=np.float32)
    for start in range(0, len(rows), _CHUNK):
        part = slice(start, start + _CHUNK)
        scores = vectors[rows[part]] @ centroids.T - half
        labels[part] = scores.argmax(axis=1)
        picked = (np.arange(len(scores)), labels[part])
        best[part] = scores[picked]
        scores[picked] = -np.inf
        second[part] = scores.max(axis=1)
    return labels, best, second
