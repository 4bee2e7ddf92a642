"""Train the demo's models: `python -m tools.experts.train --out src/expert_router/demo/models`.

Seeded and deterministic: the same versions on the same kind of processor, with as many threads,
write the same files. Measure them with `python -m tools.experts.evaluate`.
"""

from __future__ import annotations

import argparse
import hashlib
import math
import multiprocessing
import platform
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from tools.experts import certificate
from tools.experts.data import Batch, batches_of, lines_of
from tools.experts.export import write_gguf
from tools.experts.model import Llama, Shape
from tools.experts.optimizer import Optimizer
from tools.experts.recipes import LINES_A_BATCH, MATRIX_RATE, OTHER_RATE, Recipe, recipes

_WARM_UP = 0.05
_REPORT_SECONDS = 10.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Train what was asked for, `--jobs` models at a time."""
    options = _parser().parse_args(arguments)
    known = {recipe.name: recipe for recipe in recipes()}
    chosen = options.only or list(known)
    options.out.mkdir(parents=True, exist_ok=True)
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(options.jobs, spawn, max_tasks_per_child=1) as pool:
        futures = [pool.submit(train, known[name], options) for name in chosen]
        for future in as_completed(futures):
            certificate.add(options.out, future.result())
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.experts.train", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="where GGUF files go")
    parser.add_argument("--only", nargs="*", metavar="NAME", help="these models, in this order")
    parser.add_argument("--jobs", type=int, default=2, help="models trained at the same time")
    parser.add_argument("--threads", type=int, default=1, help="of each model")
    parser.add_argument("--scale", type=float, default=1.0, help="of the tokens, for a quick try")
    return parser


def train(recipe: Recipe, options: argparse.Namespace) -> dict[str, Any]:
    """One model, from nothing to its GGUF file; its birth certificate."""
    torch.set_num_threads(options.threads)
    torch.use_deterministic_algorithms(True)
    torch.manual_seed(recipe.seed)
    model = Llama(Shape())
    lines = lines_of(recipe.tasks, round(recipe.tokens * options.scale), recipe.seed)
    progress = Progress(recipe.name, sum(len(line) for line, _ in lines))
    steps = _fit(model, lines, recipe.seed, progress)
    path = options.out / f"{recipe.name}.gguf"
    write_gguf(model, path, recipe.name, recipe.description)
    return _certificate(recipe, model, path, steps, progress)


def _fit(model: Llama, lines: list[Any], seed: int, progress: Progress) -> int:
    optimizer = Optimizer(model, MATRIX_RATE, OTHER_RATE)
    steps = math.ceil(len(lines) / LINES_A_BATCH)
    for step, batch in enumerate(batches_of(lines, LINES_A_BATCH, seed)):
        model.zero_grad(set_to_none=True)
        loss = answer_loss(model, batch)
        loss.backward()
        optimizer.step(_schedule(step / steps))
        progress.advance(batch.size, loss.item())
    return steps


def answer_loss(model: Llama, batch: Batch) -> Tensor:
    """How surprised the model is by the answer mark, the answer and the end; never by the prompt.

    The mark is predicted as well, so that a bare `/v1/completions` prompt is answered too.
    """
    asked = batch.asked[:, 1:]
    hidden = model.hidden(batch.tokens[:, :-1])[asked]
    logits = functional.linear(hidden, model.embedding.weight)
    return functional.cross_entropy(logits, batch.tokens[:, 1:][asked])


def _schedule(done: float) -> float:
    """Share of the highest learning rate: a short warm-up, then a cosine down to nothing."""
    return min(1.0, (done + 1e-3) / _WARM_UP) * 0.5 * (1 + math.cos(math.pi * done))


@dataclass(slots=True)
class Progress:
    """One line now and then: how far, how fast, how long still."""

    name: str
    total: int
    seen: int = 0
    loss: float = math.nan
    started: float = 0.0
    reported: float = 0.0

    def advance(self, tokens: int, loss: float) -> None:
        """Count a batch and, if it is time, say so."""
        now = time.monotonic()
        self.started = self.started or now
        self.seen += tokens
        self.loss = loss if math.isnan(self.loss) else 0.95 * self.loss + 0.05 * loss
        if now - self.reported > _REPORT_SECONDS or self.seen >= self.total:
            self.reported = now
            print(self.line(now - self.started), file=sys.stderr, flush=True)

    def line(self, seconds: float) -> str:
        """For example `roman 43% loss 0.0123 9,800 tokens/s 64 s left`."""
        rate = self.seen / max(seconds, 0.1)
        left = (self.total - self.seen) / rate
        share = self.seen / self.total
        return (
            f"{self.name} {share:.0%} loss {self.loss:.4f} {rate:,.0f} tokens/s {left:.0f} s left"
        )


def _certificate(
    recipe: Recipe, model: Llama, path: Path, steps: int, progress: Progress
) -> dict[str, Any]:
    return {
        "name": recipe.name,
        "file": path.name,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "tasks": [task.name for task in recipe.tasks],
        "parameters": model.parameter_count(),
        "seed": recipe.seed,
        "steps": steps,
        "training_tokens": progress.seen,
        "final_loss": round(progress.loss, 5),
        "versions": {
            "python": platform.python_version(),
            **{name: version(name) for name in ("torch", "numpy", "gguf")},
        },
    }


if __name__ == "__main__":
    sys.exit(main())
