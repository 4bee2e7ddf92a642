"""The prompt map: the sample prompts in two dimensions, coloured by cluster, named by top terms.

Two dimensions by t-SNE, which keeps neighbours together; the first two principal components of
the same vectors show one heap, since they hold a few per cent of the variance.
"""

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from expert_router.errors import InputError
from expert_router.routing.artifact import Artifact, Samples
from expert_router.training.extras import need, one_thread

Points: TypeAlias = NDArray[np.float32]  # (n, 2)

# Okabe and Ito (2008): eight colours that stay apart for the colour-blind. The ninth cluster
# begins again with another marker, so that grey prints and shared colours can be told too.
COLOURS = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#D55E00",
    "#56B4E9",
    "#CC79A7",
    "#7A7A7A",
    "#B8A800",
)
MARKERS = ("o", "^", "s", "D", "v", "P", "X", "<")
SUFFIXES = (".png", ".svg", ".pdf")
MIN_SAMPLES = 10
_TERMS = 2
_SIZE_INCHES = (13.0, 9.5)
_DPI = 130
_ITERATIONS = 500  # of t-SNE; more moves little


def check_map(artifact: Artifact, target: Path) -> Samples:
    """Return the samples to draw. Raises InputError where no map can be drawn."""
    if target.suffix.lower() not in SUFFIXES:
        raise InputError(f"--plot: {target}: expected a name ending in {', '.join(SUFFIXES)}")
    samples = artifact.samples
    if samples is None or len(samples.snippets) < MIN_SAMPLES:
        raise InputError(
            f"--plot: the artifact keeps fewer than {MIN_SAMPLES} sample prompts "
            "(trained with --no-samples?)"
        )
    return samples


def draw_map(artifact: Artifact, target: Path) -> None:
    """Draw the prompt map into ``target`` (.png, .svg or .pdf)."""
    samples = check_map(artifact, target)
    agg = need("matplotlib.backends.backend_agg", "plot")
    figure = need("matplotlib.figure", "plot").Figure(figsize=_SIZE_INCHES, dpi=_DPI)
    agg.FigureCanvasAgg(figure)
    points = flatten(samples.vectors, artifact.manifest.clustering.seed)
    axes = figure.add_axes((0.01, 0.01, 0.98, 0.94))
    _scatter(axes, points, samples.clusters)
    _name_clusters(figure, axes, artifact, samples.clusters, points)
    _dress(axes, artifact, len(points))
    try:
        figure.savefig(target)
    except OSError as error:
        raise InputError(f"--plot: {target}: {error.strerror or error}") from None


def flatten(vectors: NDArray[np.float16], seed: int) -> Points:
    """Return float32 (n, 2) positions in which near vectors (n, d) stay near."""
    manifold = need("sklearn.manifold", "train")
    full = vectors.astype(np.float32)
    perplexity = min(30.0, (len(full) - 1) / 3)
    with one_thread():
        model = manifold.TSNE(
            2, perplexity=perplexity, init="pca", max_iter=_ITERATIONS, random_state=seed
        )
        points: Points = model.fit_transform(full)
    return points


def _scatter(axes: Any, points: Points, clusters: NDArray[np.int32]) -> None:
    for cluster in np.unique(clusters):
        colour, marker = _look(int(cluster))
        own = points[clusters == cluster]
        axes.scatter(*own.T, s=13, c=colour, marker=marker, alpha=0.6, linewidths=0)


def _look(cluster: int) -> tuple[str, str]:
    lap = cluster // len(COLOURS)
    return COLOURS[cluster % len(COLOURS)], MARKERS[lap % len(MARKERS)]


def _name_clusters(
    figure: Any, axes: Any, artifact: Artifact, clusters: NDArray[np.int32], points: Points
) -> None:
    """Put each cluster's name by its middle, the largest first, none over another."""
    renderer, font = figure.canvas.get_renderer(), _font()
    taken: list[Any] = []
    sizes = np.bincount(clusters, minlength=len(artifact.centroids))
    for cluster in np.argsort(-sizes, kind="stable"):
        if not sizes[cluster]:
            continue
        middle = np.median(points[clusters == cluster], axis=0)
        name, colour = _name(artifact, int(cluster), font), _look(int(cluster))[0]
        _label(axes, renderer, name, middle, colour, taken)


def _name(artifact: Artifact, cluster: int, font: Any) -> str:
    """Return the first top terms that the font can write, or the cluster's number."""
    terms = (
        term
        for term in artifact.manifest.clusters[cluster].terms
        if all(font.get_char_index(ord(letter)) for letter in term)
    )
    return ", ".join(islice(terms, _TERMS)) or f"cluster {cluster}"


def _font() -> Any:
    manager = need("matplotlib.font_manager", "plot")
    return manager.get_font(manager.findfont(manager.FontProperties()))


def _label(
    axes: Any, renderer: Any, name: str, middle: Sequence[float], colour: str, taken: list[Any]
) -> None:
    for dx, dy in _places():
        text = axes.annotate(
            name,
            middle,
            xytext=(dx, dy),
            textcoords="offset points",
            ha="center",
            va="center",
            fontsize=8.5,
            color="#111111",
            bbox={
                "boxstyle": "round,pad=0.2",
                "fc": "white",
                "ec": colour,
                "lw": 1.1,
                "alpha": 0.9,
            },
            arrowprops={"arrowstyle": "-", "color": colour, "lw": 0.8},
            zorder=5,
        )
        box = text.get_window_extent(renderer).padded(4)
        inside = axes.bbox.contains(box.x0, box.y0) and axes.bbox.contains(box.x1, box.y1)
        if inside and not any(box.overlaps(other) for other in taken):
            taken.append(box)
            return
        text.remove()


def _places() -> Iterator[tuple[float, float]]:
    """Yield offsets in points to try: above and below the middle, then wider and wider rings."""
    yield from ((0.0, 18.0), (0.0, -18.0))
    for radius in range(18, 130, 8):
        for angle in np.linspace(0, 2 * np.pi, 16, endpoint=False):
            yield 1.6 * radius * float(np.cos(angle)), radius * float(np.sin(angle))


def _dress(axes: Any, artifact: Artifact, shown: int) -> None:
    manifest = artifact.manifest
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_title(
        f"{shown:,} of {manifest.corpus.prompts:,} prompts in {manifest.clustering.k} clusters, "
        f"each named by its top terms ({manifest.clustering.method} k-means, t-SNE)",
        fontsize=11,
        loc="left",
    )
    for side in axes.spines.values():
        side.set_visible(False)
