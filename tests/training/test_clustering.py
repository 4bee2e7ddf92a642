"""k-means, plain, balanced, spherical: what each promises."""

import numpy as np
import pytest

from expert_router.errors import InputError
from expert_router.training import ClusterOptions
from expert_router.training.cluster import (
    assign,
    capacity,
    check_options,
    learn_centroids,
    nearest,
    unit_rows,
)
from expert_router.training.progress import Silent


def unit_vectors(n=1500, d=12, seed=0):
    """Half of the vectors in one heap, so that an even split has to cut it."""
    rng = np.random.default_rng(seed)
    middles = rng.normal(size=(6, d))
    which = np.where(rng.random(n) < 0.5, 0, rng.integers(0, 6, n))
    return unit_rows((middles[which] + 0.4 * rng.normal(size=(n, d))).astype(np.float32))


def learn(vectors, **options):
    return learn_centroids(vectors, ClusterOptions(**options), Silent())


@pytest.mark.parametrize("share", [None, 0.15, 0.3])
@pytest.mark.parametrize("k", [8, 7])
def test_no_balanced_cluster_holds_more_than_its_share(k, share):
    vectors = unit_vectors()
    options = ClusterOptions(k, "balanced", max_share=share)
    labels = assign(
        vectors, learn(vectors, k=k, method="balanced", max_share=share), options.share()
    )
    limit = share * len(vectors) if share else np.ceil(len(vectors) / k)
    assert np.bincount(labels, minlength=k).max() <= limit
    assert labels.min() >= 0


def test_plain_clusters_of_the_same_vectors_do_not_keep_the_share():
    vectors = unit_vectors()
    labels = assign(vectors, learn(vectors, k=8))
    assert np.bincount(labels).max() > len(vectors) * 0.15


def test_a_full_cluster_keeps_those_who_would_lose_most():
    centroids = np.array([[1, 0], [0, 1]], dtype=np.float32)
    angles = np.radians([0, 10, 20, 40])  # all nearest to the first
    vectors = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    assert assign(vectors, centroids, 0.5).tolist() == [0, 0, 1, 1]


def test_spherical_centroids_have_unit_length():
    centroids = learn(unit_vectors(), k=6, method="spherical")
    assert np.allclose(np.linalg.norm(centroids, axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("method", ["plain", "balanced", "spherical"])
def test_the_same_seed_gives_the_same_centroids_and_another_does_not(method):
    vectors = unit_vectors()
    first, second = (learn(vectors, k=6, method=method, seed=1) for _ in range(2))
    assert np.array_equal(first, second)
    assert not np.array_equal(first, learn(vectors, k=6, method=method, seed=2))


@pytest.mark.parametrize("method", ["plain", "balanced", "spherical"])
def test_fewer_different_vectors_than_clusters_is_an_error(method):
    vectors = np.repeat(unit_vectors(3), 50, axis=0)
    with pytest.raises(InputError, match="only 3 prompts differ"):
        learn(vectors, k=5, method=method)
    with pytest.raises(InputError, match="only 1 prompts differ"):
        learn(vectors[:4], k=5, method=method)


def test_the_nearest_centroid_is_the_one_with_the_least_distance():
    vectors = unit_vectors()
    centroids = learn(vectors, k=6)
    distances = np.linalg.norm(vectors[:, None] - centroids[None], axis=2)
    labels, squared = nearest(vectors, centroids)
    assert (labels == distances.argmin(axis=1)).all()
    assert np.allclose(np.sqrt(squared), distances.min(axis=1), atol=1e-3)


@pytest.mark.parametrize(
    ("share", "prompts", "k", "expected"), [(0.25, 100, 4, 25), (0.5, 9, 4, 4), (1 / 7, 100, 7, 15)]
)
def test_a_share_is_rounded_down_where_all_still_fit(share, prompts, k, expected):
    assert capacity(share, prompts, k) == expected


@pytest.mark.parametrize(
    "options",
    [
        {"k": 0},
        {"k": 4, "max_share": 0.5},
        {"k": 4, "method": "balanced", "max_share": 0.2},
        {"k": 4, "method": "balanced", "max_share": 1.5},
        {"k": 4, "method": "balanced", "max_share": float("nan")},
    ],
)
def test_options_that_cannot_be_met_are_refused(options):
    with pytest.raises(InputError):
        check_options(ClusterOptions(**options))
