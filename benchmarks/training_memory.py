"""Peak memory and rate of `expert-router train` on 1,000,000 prompts of 500 characters.

    python benchmarks/training_memory.py [--prompts 1000000] [--analyzer word] [-k 64] [--limit 4]

The prompts are made up: topics of their own words over a common Zipf vocabulary, 200,000 words in
all, so that the term count grows as in natural text. The corpus is written first (about 550 MB in
the temporary folder, removed afterwards); then `train` runs as a process of its own, and the
kernel's figure for its largest resident set is printed. Exit code 1 when it is over the limit.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

WORDS = 200_000
TOPICS = 40
CHARS = 500
BLOCK = 5000


def make_words(rng: np.random.Generator) -> list[str]:
    """Return made-up words of 3 to 10 letters, the frequent ones shorter."""
    letters = np.array(list("etaoinshrdlucmfwypvbgkjqxz"))
    sizes = np.clip(3 + np.log2(1 + np.arange(WORDS)) / 3 + rng.normal(0, 1, WORDS), 3, 10)
    return ["".join(rng.choice(letters, int(size))) for size in sizes]


def write_corpus(path: Path, prompts: int, seed: int = 0) -> None:
    """Write ``prompts`` lines of JSON with a prompt of exactly `CHARS` characters each."""
    rng = np.random.default_rng(seed)
    words = make_words(rng)
    with path.open("w", encoding="utf-8") as out:
        for start in range(0, prompts, BLOCK):
            out.writelines(_lines(rng, words, min(BLOCK, prompts - start)))


def _lines(rng: np.random.Generator, words: list[str], count: int) -> list[str]:
    per_prompt = CHARS // 4
    ranks = np.minimum(rng.zipf(1.2, (count, per_prompt)), WORDS) - 1
    topics = rng.integers(0, TOPICS, (count, 1))
    # A third of the words are moved into the topic's own part of the vocabulary.
    own = rng.random((count, per_prompt)) < 1 / 3
    ranks = np.where(own, (ranks * TOPICS + topics + 300) % WORDS, ranks)
    lines = []
    for row in ranks.tolist():
        text = " ".join([words[i] for i in row])[:CHARS].ljust(CHARS, ".")
        lines.append(json.dumps({"prompt": text}) + "\n")
    return lines


def train(corpus: Path, target: Path, options: list[str]) -> tuple[float, int]:
    """Run `expert-router train`; return seconds and the peak resident set in bytes."""
    command = [sys.executable, "-m", "expert_router", "train", str(corpus), "-o", str(target)]
    begun = time.monotonic()
    subprocess.run([*command, *options], check=True, stdout=subprocess.DEVNULL)
    seconds = time.monotonic() - begun
    return seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024


def main() -> int:
    """Run the benchmark; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--prompts", type=int, default=1_000_000)
    parser.add_argument("--analyzer", default="word")
    parser.add_argument("-k", type=int, default=64)
    parser.add_argument("--limit", type=float, default=4.0, help="gigabytes (10^9 bytes)")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder) / "prompts.jsonl"
        write_corpus(corpus, args.prompts)
        print(f"{args.prompts:,} prompts of {CHARS} characters written", flush=True)
        options = ["-k", str(args.k), "--analyzer", args.analyzer]
        seconds, peak = train(corpus, Path(folder) / "router", options)
    print(f"peak resident set  {peak / 1e9:.2f} GB (limit {args.limit:g})")
    print(f"time               {seconds:.0f} s, {args.prompts / seconds:,.0f} prompts/s")
    return 0 if peak < args.limit * 1e9 else 1


if __name__ == "__main__":
    sys.exit(main())
