"""The first pass over the prompts: count terms, hash, and draw samples, in bounded memory."""

import hashlib
import random
from array import array
from collections import Counter
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from expert_router.routing.text import TextOptions, analyser, normalise
from expert_router.training.corpus import Prompt, PromptReader
from expert_router.training.progress import Progress
from expert_router.training.spool import BLOCK, Spool

# Terms counted at once. About 150 bytes each; past it the rarest are dropped (lossy counting,
# Manku and Motwani 2002): a term that will be chosen is far more frequent than those.
MAX_COUNTED = 2_000_000
SNIPPET_CHARS = 120

T = TypeVar("T")


class Reservoir(Generic[T]):
    """A uniform sample of at most ``size`` items of a stream (Vitter's algorithm R)."""

    def __init__(self, size: int, seed: int) -> None:
        self.items: list[T] = []
        self._size = size
        self._seen = 0
        self._random = random.Random(seed)  # noqa: S311 - a sample, not a secret

    def slot(self) -> int | None:
        """Return where the next item of the stream goes; None: nowhere."""
        self._seen += 1
        if len(self.items) < self._size:
            return len(self.items)
        place = self._random.randrange(self._seen)
        return place if place < self._size else None

    def put(self, slot: int, item: T) -> None:
        """Keep ``item`` at the place that `slot` gave."""
        if slot == len(self.items):
            self.items.append(item)
        else:
            self.items[slot] = item


@dataclass
class Survey:
    """What the first pass found.

    ``labels`` holds for each prompt an index into ``label_names``, -1 without one. ``learn`` are
    (index, normalised text) of the prompts to learn from, ``snippets`` (index, first characters)
    of those to show; an index counts prompts from 0.
    """

    spool: Spool
    learn: Reservoir[tuple[int, str]]
    snippets: Reservoir[tuple[int, str]]
    prompts: int = 0
    sha256: str = ""
    frequencies: Counter[str] = field(default_factory=Counter)
    labels: "array[int]" = field(default_factory=lambda: array("i"))
    label_names: list[str] = field(default_factory=list)

    @property
    def labelled(self) -> int:
        """The number of prompts with a label."""
        return sum(label >= 0 for label in self.labels)


def survey(
    reader: PromptReader,
    options: TextOptions,
    spool: Spool,
    *,
    learn_from: int,
    samples: int,
    seed: int,
    progress: Progress,
) -> Survey:
    """Read all prompts once. ``frequencies`` counts the prompts that hold each term."""
    found = Survey(spool, Reservoir(learn_from, seed), Reservoir(samples, seed + 1))
    surveyor = _Surveyor(found, options)
    progress.update("reading", 0, None)
    for prompt in reader:
        surveyor.take(prompt)
        if found.prompts % BLOCK == 0:
            surveyor.prune()
            progress.update("reading", reader.position, reader.size, found.prompts)
    found.sha256 = surveyor.digest.hexdigest()
    progress.update("reading", reader.size or 0, reader.size, found.prompts)
    return found


class _Surveyor:
    def __init__(self, found: Survey, options: TextOptions) -> None:
        self.found = found
        self.digest = hashlib.sha256()
        self._options = options
        self._analyse = analyser(options)
        self._label_ids: dict[str, int] = {}

    def take(self, prompt: Prompt) -> None:
        found, index = self.found, self.found.prompts
        text = normalise(prompt.text, self._options.max_chars)
        self.digest.update(prompt.text.encode("utf-8", "surrogatepass") + b"\0")
        found.frequencies.update(set(self._analyse(text)))
        found.spool.append(text)
        found.labels.append(self._label_id(prompt.label))
        _draw(found.learn, index, text)
        _draw(found.snippets, index, prompt.text[: 4 * SNIPPET_CHARS])
        found.prompts += 1

    def _label_id(self, label: str | None) -> int:
        if label is None:
            return -1
        known = self._label_ids.get(label)
        if known is None:
            known = self._label_ids[label] = len(self._label_ids)
            self.found.label_names.append(label)
        return known

    def prune(self) -> None:
        counts, least = self.found.frequencies, 1
        while len(counts) > MAX_COUNTED:
            counts = Counter({term: n for term, n in counts.items() if n > least})
            least += 1
        self.found.frequencies = counts


def _draw(reservoir: Reservoir[tuple[int, str]], index: int, text: str) -> None:
    slot = reservoir.slot()
    if slot is not None:
        reservoir.put(slot, (index, text))


def choose_vocabulary(frequencies: Counter[str], min_df: int, max_features: int) -> list[str]:
    """Return the terms found in at least ``min_df`` prompts, the most frequent ones, sorted."""
    enough = ((n, term) for term, n in frequencies.items() if n >= min_df)
    ranked = sorted(enough, key=lambda pair: (-pair[0], pair[1]))
    return sorted(term for _, term in ranked[:max_features])


def snippet(text: str) -> str:
    """Return the first `SNIPPET_CHARS` characters on one line."""
    line = " ".join(text.split())
    return line if len(line) <= SNIPPET_CHARS else line[: SNIPPET_CHARS - 1] + "…"
