"""`train`: prompts to a router artifact, in bounded memory.

Pass 1 counts terms over all prompts and draws those to learn from. Vocabulary and idf come from
all prompts; the SVD and the centroids from the drawn ones (all of them, up to ``learn_from``).
Pass 2 gives every prompt its vector, so sizes, distances, labels and shares are of all prompts.
"""

import platform
from dataclasses import dataclass, field
from importlib import metadata

import numpy as np
from numpy.typing import NDArray

from expert_router.errors import InputError
from expert_router.routing import manifest as mf
from expert_router.routing.artifact import Artifact, Samples
from expert_router.routing.text import TextOptions
from expert_router.routing.tfidf import TfidfSvdEmbedder
from expert_router.training.assign import owners
from expert_router.training.cluster import (
    ClusterOptions,
    Labels,
    assign,
    check_options,
    learn_centroids,
    nearest,
)
from expert_router.training.corpus import PromptReader
from expert_router.training.extras import need, one_thread
from expert_router.training.progress import Progress, Silent
from expert_router.training.spool import Spool
from expert_router.training.survey import Survey, choose_vocabulary, snippet, survey
from expert_router.training.terms import top_terms
from expert_router.training.vectors import Floats, TermWeigher, embed, inverse_frequencies, tfidf

QUANTILES = (0.1, 0.5, 0.9, 0.95, 0.99, 1.0)


@dataclass(frozen=True)
class TrainOptions:
    """Everything that decides what comes out. ``samples``: prompts kept to look at (0: none)."""

    text: TextOptions = field(default_factory=TextOptions)
    min_df: int = 2
    max_features: int = 50_000
    dimensions: int = 100
    clusters: ClusterOptions = field(default_factory=ClusterOptions)
    learn_from: int = 200_000
    samples: int = 2000


@dataclass(frozen=True)
class Trained:
    """What training made, and what it wants said."""

    artifact: Artifact
    first_bad: str | None
    unowned: tuple[str, ...]  # labels that are the majority of no cluster


@dataclass(frozen=True)
class _Space:
    """The vector space: vocabulary, rows = idf times SVD, share of the variance kept."""

    vocabulary: list[str]
    rows: Floats
    explained: float


def train(reader: PromptReader, options: TrainOptions, progress: Progress | None = None) -> Trained:
    """Learn a router from the reader's prompts. Raises InputError on input it cannot use."""
    progress = progress or Silent()
    check_options(options.clusters)
    with one_thread(), Spool() as spool:
        found = survey(
            reader,
            options.text,
            spool,
            learn_from=options.learn_from,
            samples=options.samples,
            seed=options.clusters.seed,
            progress=progress,
        )
        _check_enough(found, reader, options)
        space = _learn_space(found, options, progress)
        vectors = _embed_all(found, space, options, progress)
        return _assemble(found, reader, space, vectors, options, progress)


def _check_enough(found: Survey, reader: PromptReader, options: TrainOptions) -> None:
    k = options.clusters.k
    if found.prompts < k:
        skipped = f" ({reader.skipped} bad lines skipped)" if reader.skipped else ""
        raise InputError(
            f"{reader.name}: {found.prompts} prompts{skipped} are too few for {k} clusters; "
            "give more prompts or a lower -k"
        )


def _learn_space(found: Survey, options: TrainOptions, progress: Progress) -> _Space:
    progress.update("learning the vector space", 0, None)
    vocabulary = choose_vocabulary(found.frequencies, options.min_df, options.max_features)
    if len(vocabulary) < 2:
        raise InputError(
            f"no two terms stand in at least {options.min_df} prompts each; "
            "lower --min-df or give more prompts"
        )
    idf = inverse_frequencies([found.frequencies[t] for t in vocabulary], found.prompts)
    found.frequencies.clear()
    texts = [text for _, text in found.learn.items]
    weights = tfidf(TermWeigher(options.text, vocabulary).many(texts), idf)
    dimensions = min(options.dimensions, *weights.shape)
    svd = need("sklearn.decomposition", "train").TruncatedSVD(
        dimensions, random_state=options.clusters.seed
    )
    svd.fit(weights)
    rows = np.ascontiguousarray(idf[:, None] * svd.components_.T, dtype=np.float32)
    return _Space(vocabulary, rows, float(svd.explained_variance_ratio_.sum()))


def _embed_all(found: Survey, space: _Space, options: TrainOptions, progress: Progress) -> Floats:
    vectors = np.empty((found.prompts, space.rows.shape[1]), dtype=np.float32)
    counter = TermWeigher(options.text, space.vocabulary)
    done = 0
    for block in embed(counter, space.rows, found.spool.blocks()):
        vectors[done : done + len(block)] = block
        done += len(block)
        progress.update("placing prompts", done, found.prompts, done)
    return vectors


def _assemble(
    found: Survey,
    reader: PromptReader,
    space: _Space,
    vectors: Floats,
    options: TrainOptions,
    progress: Progress,
) -> Trained:
    placed = np.flatnonzero(vectors.any(axis=1))
    learn = np.array([index for index, _ in found.learn.items])
    learn_vectors = vectors[learn]
    centroids = learn_centroids(
        learn_vectors[learn_vectors.any(axis=1)], options.clusters, progress
    )
    progress.update("describing clusters", 0, None)
    held, served, distances = _placements(vectors, placed, centroids, options.clusters)
    infos = _describe(found, served, held, distances, learn, options)
    embedder = TfidfSvdEmbedder(options.text, space.vocabulary, space.rows)
    manifest = mf.Manifest(
        format=mf.FORMAT,
        format_version=mf.FORMAT_VERSION,
        embedder=_embedder_info(embedder, space, options),
        clustering=_clustering_info(options.clusters, distances[placed]),
        corpus=_corpus_info(found, reader, len(placed)),
        libraries=library_versions(),
        clusters=infos,
    )
    samples = _samples(found, vectors, served) if options.samples else None
    named = {info.expert for info in infos}
    unowned = tuple(name for name in found.label_names if name not in named)
    return Trained(Artifact(manifest, embedder, centroids, samples), reader.first_bad, unowned)


def _placements(
    vectors: Floats, placed: NDArray[np.intp], centroids: Floats, options: ClusterOptions
) -> tuple[Labels, Labels, Floats]:
    """Return every prompt's cluster in training, its nearest cluster, and the distance to that.

    -1 and NaN for prompts without a known term.
    """
    held = np.full(len(vectors), -1, dtype=np.int64)
    served = held.copy()
    distances = np.full(len(vectors), np.nan, dtype=np.float32)
    known = vectors if len(placed) == len(vectors) else vectors[placed]
    served[placed], squared = nearest(known, centroids)
    distances[placed] = np.sqrt(squared)
    share = options.share()
    held[placed] = served[placed] if share is None else assign(known, centroids, share)
    return held, served, distances


def _describe(
    found: Survey,
    served: Labels,
    held: Labels,
    distances: Floats,
    learn: NDArray[np.intp],
    options: TrainOptions,
) -> tuple[mf.ClusterInfo, ...]:
    k = options.clusters.k
    owner = owners(served, np.frombuffer(found.labels, dtype=np.int32), found.label_names, k)
    texts = [text for _, text in found.learn.items]
    terms = top_terms(texts, served[learn], k, options.text.stop_words)
    return tuple(
        mf.ClusterInfo(
            size=int(np.count_nonzero(held == i)),
            served=int(np.count_nonzero(served == i)),
            expert=owner[i].expert,
            label_share=owner[i].share,
            terms=terms[i],
            distance=_quantiles(distances[served == i]),
        )
        for i in range(k)
    )


def _quantiles(distances: Floats) -> dict[str, float]:
    if not distances.size:
        return {}
    values = np.quantile(distances, QUANTILES)
    return {str(q): round(float(v), 6) for q, v in zip(QUANTILES, values, strict=True)}


def _embedder_info(
    embedder: TfidfSvdEmbedder, space: _Space, options: TrainOptions
) -> mf.EmbedderInfo:
    return mf.EmbedderInfo(
        kind="tfidf_svd",
        options=embedder.options,
        dimensions=embedder.dimensions,
        min_df=options.min_df,
        vocabulary_size=len(embedder.vocabulary),
        vocabulary_sha256=embedder.vocabulary_sha256,
        fingerprint=embedder.fingerprint,
        explained_variance=round(space.explained, 6),
    )


def _clustering_info(options: ClusterOptions, distances: Floats) -> mf.ClusteringInfo:
    mean = float(np.square(distances, dtype=np.float64).mean())
    return mf.ClusteringInfo(
        options.method, options.k, options.seed, options.share(), round(mean, 6)
    )


def _corpus_info(found: Survey, reader: PromptReader, placed: int) -> mf.CorpusInfo:
    return mf.CorpusInfo(
        sha256=found.sha256,
        prompts=found.prompts,
        labelled=found.labelled,
        skipped=reader.skipped,
        unplaced=found.prompts - placed,
        learnt_from=len(found.learn.items),
    )


def library_versions() -> dict[str, str]:
    """Return the versions of Python and of the libraries that shape the result."""
    names = ("expert-router", "numpy", "safetensors", "scikit-learn", "scipy")
    return {"python": platform.python_version(), **{name: _version(name) for name in names}}


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "not installed"


def _samples(found: Survey, vectors: Floats, served: Labels) -> Samples:
    shown = [(i, text) for i, text in found.snippets.items if served[i] >= 0]
    rows = [i for i, _ in shown]
    return Samples(
        vectors[rows].astype(np.float16),
        served[rows].astype(np.int32),
        tuple(snippet(text) for _, text in shown),
    )
