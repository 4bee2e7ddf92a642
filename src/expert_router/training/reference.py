"""scikit-learn's own pipeline, and the way from a fitted one to an artifact.

The yardstick of the serving code (tests compare every decision with ``pipeline.predict``), and the
way in for a pipeline that was fitted elsewhere.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from expert_router.errors import InputError
from expert_router.routing import manifest as mf
from expert_router.routing.artifact import Artifact
from expert_router.routing.text import Normaliser
from expert_router.routing.tfidf import TfidfSvdEmbedder
from expert_router.training.extras import need
from expert_router.training.fit import TrainOptions, library_versions


def make_pipeline(options: TrainOptions) -> Any:
    """Return an unfitted ``Pipeline`` of scikit-learn's parts: TF-IDF, SVD, norm, k-means."""
    text, clusters = options.text, options.clusters
    vectorizer = need("sklearn.feature_extraction.text", "train").TfidfVectorizer(
        preprocessor=Normaliser(text.max_chars),
        analyzer=text.analyzer,
        ngram_range=(text.ngram_min, text.ngram_max),
        stop_words=list(text.stop_words) or None,
        min_df=options.min_df,
        max_features=options.max_features,
        sublinear_tf=text.sublinear_tf,
    )
    return need("sklearn.pipeline", "train").make_pipeline(
        vectorizer,
        need("sklearn.decomposition", "train").TruncatedSVD(
            options.dimensions, random_state=clusters.seed
        ),
        need("sklearn.preprocessing", "train").Normalizer(),
        need("sklearn.cluster", "train").KMeans(clusters.k, n_init=1, random_state=clusters.seed),
    )


def artifact_of(pipeline: Any, options: TrainOptions, experts: Sequence[str] = ()) -> Artifact:
    """Return the artifact that decides as the fitted ``pipeline`` (made by `make_pipeline`) does.

    ``experts[i]`` owns cluster ``i``; by default each cluster is its own expert.
    """
    vectorizer, svd, _, kmeans = (step for _, step in pipeline.steps)
    vocabulary = vectorizer.get_feature_names_out().tolist()
    if any("\n" in term for term in vocabulary):
        raise InputError("a term with a line break cannot be stored")
    rows = (vectorizer.idf_[:, None] * svd.components_.T).astype(np.float32)
    embedder = TfidfSvdEmbedder(options.text, vocabulary, rows)
    centroids = np.asarray(kmeans.cluster_centers_, dtype=np.float32)
    sizes = np.bincount(kmeans.labels_, minlength=len(centroids)).tolist()
    names = experts or [f"cluster-{i}" for i in range(len(centroids))]
    manifest = mf.Manifest(
        format=mf.FORMAT,
        format_version=mf.FORMAT_VERSION,
        embedder=mf.EmbedderInfo(
            kind="tfidf_svd",
            options=options.text,
            dimensions=embedder.dimensions,
            min_df=options.min_df,
            vocabulary_size=len(vocabulary),
            vocabulary_sha256=embedder.vocabulary_sha256,
            fingerprint=embedder.fingerprint,
            explained_variance=float(svd.explained_variance_ratio_.sum()),
        ),
        clustering=mf.ClusteringInfo("plain", len(centroids), options.clusters.seed, None, 0.0),
        corpus=mf.CorpusInfo("", sum(sizes), 0, 0, 0, sum(sizes)),
        libraries=library_versions(),
        clusters=tuple(
            mf.ClusterInfo(size, size, name, None, (), {})
            for size, name in zip(sizes, names, strict=True)
        ),
    )
    return Artifact(manifest, embedder, centroids)
