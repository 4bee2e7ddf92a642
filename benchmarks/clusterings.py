"""Accuracy and largest shares of the kinds of k-means: the table of docs/training.md.

    python benchmarks/clusterings.py [--prompts ../shared/data/prompts.jsonl.gz]

Trained on the split "train", asked the split "test"; right when the cluster's majority domain is
the prompt's. ``wrapped`` prompts stand in a phrasing of the data's makers and are easier, so the
accuracy without them is printed too.
"""

import argparse
import gzip
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from expert_router.routing import Artifact, KMeansRouter, TextOptions
from expert_router.training import ClusterOptions, PromptReader, TrainOptions, train
from expert_router.training.words import read_stop_words

SHARED = Path(__file__).parents[1] / "../shared/data/prompts.jsonl.gz"
SEEDS = (0, 1, 2)
WORDS = TextOptions()
CHARACTERS = TextOptions(analyzer="char_wb", ngram_min=2, ngram_max=4)
RAW = TextOptions(sublinear_tf=False)


KINDS: dict[str, tuple[TextOptions, dict[str, Any]]] = {
    "plain, k=16": (WORDS, {"k": 16}),
    "plain, k=64": (WORDS, {"k": 64}),
    "plain, k=256": (WORDS, {"k": 256}),
    "spherical, k=64": (WORDS, {"k": 64, "method": "spherical"}),
    "balanced 1/k, k=64": (WORDS, {"k": 64, "method": "balanced"}),
    "balanced 2/k, k=64": (WORDS, {"k": 64, "method": "balanced", "max_share": 2 / 64}),
    "char_wb 2-4, k=64": (CHARACTERS, {"k": 64}),
}


def kinds() -> dict[str, tuple[TextOptions, dict[str, Any]]]:
    """Return what is compared: a name, how text is read, how it is clustered."""
    stop = TextOptions(stop_words=read_stop_words("english", "word"))
    return KINDS | {
        "raw counts, k=64": (RAW, {"k": 64}),
        "stop words, k=64": (stop, {"k": 64}),
    }


def accuracy(artifact: Artifact, rows: list[dict[str, Any]]) -> float:
    """Return the share of rows whose domain is the expert found."""
    router = KMeansRouter(artifact, None, "")
    found = [router.route((row["prompt"],)).expert for row in rows]
    right: list[bool] = [expert == row["domain"] for expert, row in zip(found, rows, strict=True)]
    return sum(right) / len(right)


def main() -> int:
    """Print a line a kind and seed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--prompts", type=Path, default=SHARED)
    path = parser.parse_args().prompts
    if not path.exists():
        print(f"{path}: not here; nothing measured")
        return 2
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    test = [row for row in rows if row["split"] == "test"]
    unwrapped = [row for row in test if not row["wrapped"]]
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder) / "train.jsonl"
        training = [row for row in rows if row["split"] == "train"]
        corpus.write_text("".join(json.dumps(row) + "\n" for row in training), encoding="utf-8")
        for name, (text, options) in kinds().items():
            for seed in SEEDS:
                fit = TrainOptions(text=text, clusters=ClusterOptions(seed=seed, **options))
                artifact = train(PromptReader(corpus), fit).artifact
                clusters, total = artifact.manifest.clusters, len(training)
                print(
                    f"{name:20} seed {seed}: accuracy {accuracy(artifact, test):.3f}, without "
                    f"wrapped {accuracy(artifact, unwrapped):.3f}; largest share in training "
                    f"{max(c.size for c in clusters) / total:.3f}, "
                    f"as served {max(c.served for c in clusters) / total:.3f}",
                    flush=True,
                )
    return 0


if __name__ == "__main__":
    sys.exit(main())
