"""The router: the nearest centroid owns the prompt.

With unit vectors ``v`` the squared distance to a centroid ``c`` is ``1 - 2 (v·c - |c|²/2)``, so one
matrix-vector product ranks all clusters exactly as scikit-learn's ``KMeans.predict`` does.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from expert_router.routing.artifact import Artifact
from expert_router.routing.tfidf import TfidfSvdEmbedder, Vector
from expert_router.types import Assignment, Turns

# An older turn counts half of the next newer one, and gets half of its characters
# (docs/decisions/0001-chat-turns.md). Below 64 characters a turn says nothing any more.
TURN_DECAY = 0.5
MIN_TURN_CHARS = 64


@dataclass(frozen=True, slots=True)
class Explanation:
    """An assignment with the words that name its clusters."""

    assignment: Assignment
    terms: tuple[str, ...]
    runner_up_terms: tuple[str, ...]


class KMeansRouter:
    """Route by the nearest centroid, as the `Router` seam asks.

    ``assignment`` maps clusters to experts and replaces the artifact's own; a cluster it does not
    name goes to ``default_expert``, and so does a prompt without any known term (then without a
    cluster) or farther than ``max_distance`` from every centroid (then its cluster is still told).

    The runner-up is the nearest cluster whose expert differs from the chosen one: what the prompt
    would have got had the first choice not been there. None when all clusters share an expert.
    """

    def __init__(
        self,
        artifact: Artifact,
        assignment: Mapping[int, str] | None,
        default_expert: str,
        max_distance: float | None = None,
    ) -> None:
        self.artifact = artifact
        self.default_expert = default_expert
        self._embedder = artifact.embedder
        self._centroids = np.ascontiguousarray(artifact.centroids, dtype=np.float32)
        self._half_norms = 0.5 * np.square(self._centroids).sum(axis=1)
        owners = artifact.assignment if assignment is None else assignment
        self._experts = [owners.get(i, default_expert) for i in range(len(self._centroids))]
        self._owned = _clusters_by_expert([*self._experts, default_expert])
        self._max_distance = math.inf if max_distance is None else max_distance
        self._unplaced = Assignment(default_expert)

    @property
    def experts(self) -> tuple[str, ...]:
        """The experts of the clusters, in the order of their first cluster."""
        return tuple(dict.fromkeys(self._experts))

    def route(self, turns: Turns) -> Assignment:
        """Say which expert owns the user's turns (oldest first). Pure; never raises."""
        vector = turns_vector(self._embedder, turns)
        if vector is None:
            return self._unplaced
        scores = self._centroids.dot(vector)
        scores -= self._half_norms
        cluster = int(scores.argmax())
        distance = _distance(scores[cluster])
        expert = self._experts[cluster]
        if distance > self._max_distance:
            expert = self.default_expert
        scores[self._owned[expert]] = -np.inf
        other = int(scores.argmax())
        if scores[other] == -np.inf:
            return Assignment(expert, cluster, distance)
        return Assignment(
            expert, cluster, distance, self._experts[other], other, _distance(scores[other])
        )

    def nearest_cluster(self, turns: Turns) -> int:
        """Return what scikit-learn's ``predict`` does, also for a prompt without a known term.

        Such a prompt is the origin, and its nearest centroid means nothing: `route` sends it to the
        default expert instead.
        """
        vector = turns_vector(self._embedder, turns)
        scores = 0.0 if vector is None else self._centroids.dot(vector)
        return int((scores - self._half_norms).argmax())

    def explain(self, turns: Turns) -> Explanation:
        """Return the assignment with the top terms of its cluster and of the runner-up's."""
        found = self.route(turns)
        return Explanation(found, self._terms(found.cluster), self._terms(found.runner_up_cluster))

    def _terms(self, cluster: int | None) -> tuple[str, ...]:
        return () if cluster is None else self.artifact.manifest.clusters[cluster].terms


def turns_vector(embedder: TfidfSvdEmbedder, turns: Turns) -> Vector | None:
    """Return the unit vector (d,) of a chat, Σ 0.5^age · unit(turn); None without a known term."""
    if len(turns) == 1:
        return embedder.direction(turns[0])
    total: Vector = np.zeros(embedder.dimensions, dtype=np.float32)
    weight, limit = 1.0, embedder.options.max_chars
    for turn in reversed(turns):
        part = embedder.direction(turn, limit)
        if part is not None:
            total += np.float32(weight) * part
        weight, limit = weight * TURN_DECAY, limit // 2
        if limit < MIN_TURN_CHARS:
            break
    length = float(total.dot(total)) ** 0.5
    return total / np.float32(length) if length > 0 else None


def _clusters_by_expert(experts: list[str]) -> dict[str, NDArray[np.intp]]:
    # The last one is the default expert, which may own no cluster: it needs an (empty) entry.
    *owners, _ = experts
    return {
        expert: np.array([i for i, owner in enumerate(owners) if owner == expert], dtype=np.intp)
        for expert in experts
    }


def _distance(score: float) -> float:
    return math.sqrt(max(0.0, 1.0 - 2.0 * float(score)))
