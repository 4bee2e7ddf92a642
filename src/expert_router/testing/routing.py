"""What every `Embedder` and every `Router` promises, as checks to call in a test."""

import math
import time
from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from expert_router.seams import Embedder, Router
from expert_router.types import Assignment, Turns

# Prompts that clients do send, sooner or later.
ODD_TEXTS: tuple[str, ...] = (
    "",
    " \t\r\n\u00a0\u3000",
    "👍🏽🏳️‍🌈",
    "\x00\x1b[31m\x7f",
    "هل يمكنك مساعدتي؟ 請用中文回答。 Привет, как дела?",
    "half an emoji \ud83d and the other \udc4d",
    "İstanbul ŁÓDŹ ﬁne ﬂow ǅungla",
    "١٢٣ १२३ 3.14159 1,000,000",
    "x" * 100_000,
    "word " * 200_000,
)
SECONDS = 2.0


def expect(condition: object, message: str) -> None:
    """Raise AssertionError with ``message`` unless ``condition`` holds (also under ``-O``)."""
    if not condition:
        raise AssertionError(message)


def check_embedder(embedder: Embedder) -> None:
    """Assert what the `Embedder` seam promises; prompts are odd on purpose."""
    texts = [*ODD_TEXTS, "Solve the equation 3x + 4 = 19 for x.", "Translate this into French."]
    vectors = embedder.embed(texts)
    expect(vectors.dtype == np.float32, f"vectors are {vectors.dtype}, expected float32")
    expect(vectors.ndim == 2, f"vectors have {vectors.ndim} dimensions, expected 2")
    expect(len(vectors) == len(texts), f"{len(texts)} texts gave {len(vectors)} vectors")
    lengths = np.linalg.norm(vectors, axis=1)
    unit = np.isclose(lengths, 1.0, atol=1e-4) | (lengths == 0)
    expect(unit.all(), f"lengths are {lengths[~unit]}, expected 1 (or 0: no known part)")
    expect(not vectors[0].any(), "the empty text has no known part: zeros expected")
    _check_batches(embedder, texts, vectors)
    first = embedder.fingerprint
    expect(isinstance(first, str), "the fingerprint is not text")
    expect(first, "the fingerprint is empty")
    expect(embedder.fingerprint == first, "the fingerprint changes from call to call")


def _check_batches(embedder: Embedder, texts: list[str], vectors: NDArray[np.float32]) -> None:
    none = embedder.embed([])
    expect(none.shape == (0, vectors.shape[1]), f"no texts gave shape {none.shape}")
    for text, vector in zip(texts, vectors, strict=True):
        alone = embedder.embed([text])[0]
        expect(np.allclose(alone, vector, atol=1e-5), f"{text[:40]!r}: another vector when alone")


def check_router(router: Router, experts: Collection[str]) -> None:
    """Assert what the `Router` seam promises; ``experts`` are the names it may give."""
    chats: list[Turns] = [(), *((text,) for text in ODD_TEXTS), ODD_TEXTS, ("hello",) * 1000]
    for turns in chats:
        begun = time.perf_counter()
        found = router.route(turns)
        seconds = time.perf_counter() - begun
        what = repr(turns)[:60]
        expect(seconds < SECONDS, f"{what}: took {seconds:.1f} s on the event loop")
        expect(isinstance(found, Assignment), f"{what}: gave a {type(found).__name__}")
        _check_assignment(found, experts, what)


def _check_assignment(found: Assignment, experts: Collection[str], what: str) -> None:
    expect(found.expert in experts, f"{what}: {found.expert!r} is none of {sorted(experts)}")
    expect(found.runner_up is None or found.runner_up in experts, f"{what}: {found.runner_up!r}")
    expect(found.runner_up != found.expert, f"{what}: the runner-up is the expert itself")
    expect((found.cluster is None) == (found.distance is None), f"{what}: cluster, distance: one")
    for distance in (found.distance, found.runner_up_distance):
        fine = distance is None or (math.isfinite(distance) and distance >= 0)
        expect(fine, f"{what}: a distance of {distance}")
