"""What a decision costs: ours and scikit-learn's, in one run.

    python benchmarks/decision.py [--prompts ../shared/data/prompts.jsonl.gz] [--json]

Prompts of 50 to 60 words. Ours is the whole of `KMeansRouter.route`, k = 64; scikit-learn's is
``pipeline.predict`` of the pipeline that the router was made from, one prompt a call, as a gateway
would ask it. Without the file, prompts are made up. Also checked: both give the same clusters.

Two medians each: of all calls, and of the quietest round (every prompt once is a round of ours),
which is the one that says what the code costs when other programs use the machine too. The promise
(on words 80 µs, and 50 times quicker than scikit-learn, both on one thread, which is scikit-learn's
best here) is checked on the latter; exit code 1: broken.
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
from numpy.typing import NDArray

from expert_router.routing import KMeansRouter, TextOptions
from expert_router.training import ClusterOptions, TrainOptions
from expert_router.training.extras import one_thread
from expert_router.training.reference import artifact_of, make_pipeline

SHARED = Path(__file__).parents[1] / "../shared/data/prompts.jsonl.gz"
ROUNDS = 30
REFERENCE_ROUNDS, REFERENCE_PROMPTS = 5, 30


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


def measure(prompts: list[str], text: TextOptions, rounds: int) -> dict[str, Any]:
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
        ours = np.array([time_calls(lambda p: router.route((p,)), chosen) for _ in range(rounds)])
        gc.enable()
        few = chosen[:REFERENCE_PROMPTS]
        theirs = np.array(
            [time_calls(lambda p: pipeline.predict([p]), few) for _ in range(REFERENCE_ROUNDS)]
        )
    return {
        "analyzer": text.analyzer,
        "prompts": len(chosen),
        "terms": len(router.artifact.embedder.vocabulary),
        "ours_us": _summary(ours),
        "sklearn_us": _summary(theirs),
        "ratio": _quietest(theirs) / _quietest(ours),
        "peak_bytes": _peak_bytes(router, chosen[0]),
        "same_cluster": same,
    }


def _quietest(rounds: NDArray[np.float64]) -> float:
    return float(np.median(rounds, axis=1).min())


def _summary(rounds: NDArray[np.float64]) -> dict[str, float]:
    p50, p99 = np.percentile(rounds, (50, 99))
    return {"p50": float(p50), "p99": float(p99), "quietest_p50": _quietest(rounds)}


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
    ours, theirs = found["ours_us"], found["sklearn_us"]
    print(
        f"{found['analyzer']}: {found['prompts']} prompts, {found['terms']:,} terms, "
        f"{found['peak_bytes'] / 1024:.0f} KiB a decision, same cluster as scikit-learn "
        f"{100 * found['same_cluster']:.2f}%"
    )
    for name, times in (("ours", ours), ("scikit-learn", theirs)):
        print(
            f"  {name:12}  p50 {times['quietest_p50']:8.1f} µs (all rounds: "
            f"p50 {times['p50']:.1f}, p99 {times['p99']:.1f})"
        )
    print(f"  {found['ratio']:.0f} times as quick")


def main() -> int:
    """Run the benchmark; exit code 1 when it is slower than promised."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--prompts", type=Path, default=SHARED)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    prompts = read_prompts(args.prompts)
    kinds = (TextOptions(), TextOptions(analyzer="char_wb", ngram_min=2, ngram_max=4))
    results = [measure(prompts, text, args.rounds) for text in kinds]
    if args.json:
        print(json.dumps(results, indent=2))
    else:
        print(f"prompts: {args.prompts.name if args.prompts.exists() else 'made up'}, k = 64")
        for found in results:
            show(found)
    words = results[0]
    return 0 if words["ours_us"]["quietest_p50"] <= 80 and words["ratio"] >= 50 else 1


if __name__ == "__main__":
    sys.exit(main())
