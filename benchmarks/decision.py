"""What a decision costs: ours and scikit-learn's, in one run.

    python benchmarks/decision.py [--prompts ../shared/data/prompts.jsonl.gz] [--json]

Prompts of 50 to 60 words. Ours is the whole of `KMeansRouter.route`, k = 64; scikit-learn's is
``pipeline.predict`` of the pipeline that the router was made from, one prompt a call, as a gateway
would ask it. Without the file, prompts are made up. Also checked: both give the same clusters.
"""

import argparse
import gc
import gzip
import json
import random
import sys
import time
import tracemalloc
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from expert_router.routing import KMeansRouter, TextOptions
from expert_router.training import ClusterOptions, TrainOptions
from expert_router.training.extras import one_thread
from expert_router.training.reference import artifact_of, make_pipeline

SHARED = Path(__file__).parents[1] / "../shared/data/prompts.jsonl.gz"
REPEATS = 20  # of each prompt, ours
REFERENCE_PROMPTS = 100  # scikit-learn's, once each


def read_prompts(path: Path) -> list[str]:
    """Return the prompts of a gzipped JSONL file, or made-up ones where there is none."""
    if not path.exists():
        return make_prompts(4000)
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line)["prompt"] for line in lines]


def make_prompts(count: int, seed: int = 0) -> list[str]:
    """Return prompts of 10 to 90 made-up words from one of 30 topics."""
    rng = random.Random(seed)
    common = [_word(rng) for _ in range(300)]
    topics = [[_word(rng) for _ in range(400)] for _ in range(30)]
    prompts = []
    for _ in range(count):
        topic = rng.choice(topics)
        words = rng.choices(common, k=rng.randint(5, 45)) + rng.choices(topic, k=rng.randint(5, 45))
        rng.shuffle(words)
        prompts.append(" ".join(words))
    return prompts


def _word(rng: random.Random) -> str:
    return "".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=rng.randint(3, 10)))


def time_calls(call: Callable[[str], object], prompts: Sequence[str]) -> list[float]:
    """Return the microseconds of each call."""
    times = []
    for prompt in prompts:
        begun = time.perf_counter_ns()
        call(prompt)
        times.append((time.perf_counter_ns() - begun) / 1000)
    return times


def measure(prompts: list[str], text: TextOptions) -> dict[str, Any]:
    """Fit a pipeline, make the router of it, and time both."""
    options = TrainOptions(text=text, max_features=20_000, clusters=ClusterOptions(64))
    pipeline = make_pipeline(options)
    with one_thread():
        pipeline.fit(prompts)
        router = KMeansRouter(artifact_of(pipeline, options), None, "default")
        chosen = [p for p in prompts if 50 <= len(p.split()) <= 60]
        same = _agreement(router, pipeline, chosen)
        time_calls(lambda p: router.route((p,)), chosen)
        gc.disable()
        ours = time_calls(lambda p: router.route((p,)), chosen * REPEATS)
        gc.enable()
        theirs = time_calls(lambda p: pipeline.predict([p]), chosen[:REFERENCE_PROMPTS])
    return {
        "analyzer": text.analyzer,
        "prompts": len(chosen),
        "terms": len(router.artifact.embedder.vocabulary),
        "ours_p50_us": float(np.percentile(ours, 50)),
        "ours_p99_us": float(np.percentile(ours, 99)),
        "sklearn_p50_us": float(np.percentile(theirs, 50)),
        "ratio": float(np.percentile(theirs, 50) / np.percentile(ours, 50)),
        "peak_bytes": _peak_bytes(router, chosen[0]),
        "same_cluster": same,
    }


def _agreement(router: KMeansRouter, pipeline: Any, prompts: Sequence[str]) -> float:
    ours = [router.nearest_cluster((prompt,)) for prompt in prompts]
    return float(np.mean(np.array(ours) == pipeline.predict(prompts)))


def _peak_bytes(router: KMeansRouter, prompt: str) -> int:
    """Return the most memory that one decision holds."""
    tracemalloc.start()
    router.route((prompt,))
    tracemalloc.reset_peak()
    before = tracemalloc.get_traced_memory()[0]
    router.route((prompt,))
    peak = tracemalloc.get_traced_memory()[1] - before
    tracemalloc.stop()
    return peak


def show(found: dict[str, Any]) -> None:
    """Print one result."""
    print(
        f"{found['analyzer']:8} ours p50 {found['ours_p50_us']:6.1f} µs, "
        f"p99 {found['ours_p99_us']:7.1f} µs | scikit-learn p50 {found['sklearn_p50_us']:8.1f} µs"
        f" | {found['ratio']:5.0f} times | {found['prompts']} prompts, {found['terms']:,} terms, "
        f"{found['peak_bytes'] / 1024:.0f} KiB a decision, "
        f"same cluster {100 * found['same_cluster']:.2f}%"
    )


def main() -> int:
    """Run the benchmark; exit code 1 when it is slower than promised."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--prompts", type=Path, default=SHARED)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    prompts = read_prompts(args.prompts)
    kinds = (TextOptions(), TextOptions(analyzer="char_wb", ngram_min=2, ngram_max=4))
    results = [measure(prompts, text) for text in kinds]
    if args.json:
        print(json.dumps(results, indent=2))
    else:
        print(f"prompts: {args.prompts.name if args.prompts.exists() else 'made up'}, k = 64")
        for found in results:
            show(found)
    fast = results[0]["ours_p50_us"] <= 80
    return 0 if fast and all(found["ratio"] >= 50 for found in results) else 1


if __name__ == "__main__":
    sys.exit(main())
