"""Which expert, and who would have been next."""

import subprocess
import sys

import msgspec
import numpy as np
import pytest

from expert_router.routing import KMeansRouter

SQL = "select table join query database"


def test_the_runner_up_belongs_to_another_expert(artifact):
    found = KMeansRouter(artifact, None, "default").route((SQL,))
    assert found.expert == "sql"
    assert found.runner_up not in (None, "sql")
    assert artifact.assignment[found.runner_up_cluster] == found.runner_up
    assert found.runner_up_distance >= found.distance


def test_distances_are_euclidean(artifact):
    found = KMeansRouter(artifact, None, "default").route((SQL,))
    vector = artifact.embedder.embed([SQL])[0]
    expected = np.linalg.norm(vector - artifact.centroids[found.cluster])
    assert found.distance == pytest.approx(expected, abs=1e-4)


def test_one_expert_for_all_has_no_runner_up(artifact):
    router = KMeansRouter(artifact, dict.fromkeys(range(8), "only"), "only")
    assert router.route((SQL,)).runner_up is None


def test_the_configs_assignment_wins_and_its_gaps_go_to_the_default_expert(artifact):
    cluster = KMeansRouter(artifact, None, "default").route((SQL,)).cluster
    assert KMeansRouter(artifact, {cluster: "mine"}, "default").route((SQL,)).expert == "mine"
    assert KMeansRouter(artifact, {}, "default").route((SQL,)).expert == "default"


def test_a_prompt_far_from_every_centroid_goes_to_the_default_expert(artifact):
    near = KMeansRouter(artifact, None, "default").route((SQL,))
    far = KMeansRouter(artifact, None, "default", max_distance=near.distance / 2).route((SQL,))
    assert (far.expert, far.cluster, far.runner_up) == ("default", near.cluster, near.expert)


def test_an_explanation_names_the_clusters_by_their_terms(artifact):
    found = KMeansRouter(artifact, None, "default").explain((SQL,))
    assert set(found.terms) & set(SQL.split())
    assert found.runner_up_terms


def test_serving_never_imports_the_training_libraries():
    script = (
        "import sys, expert_router.routing, expert_router.wiring;"
        "print([m for m in ('sklearn', 'scipy', 'torch', 'pandas', 'matplotlib', 'expert_router"
        ".training') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], check=False, capture_output=True, text=True
    )
    assert done.stdout.strip() == "[]", done.stdout + done.stderr


def test_the_fingerprint_changes_with_the_options_and_the_rows(artifact):
    from expert_router.routing import TfidfSvdEmbedder

    embedder = artifact.embedder
    options = msgspec.structs.replace(embedder.options, max_chars=100)
    prints = {
        embedder.fingerprint,
        TfidfSvdEmbedder(options, embedder.vocabulary, embedder.rows).fingerprint,
        TfidfSvdEmbedder(embedder.options, embedder.vocabulary, embedder.rows * 2).fingerprint,
    }
    assert len(prints) == 3
