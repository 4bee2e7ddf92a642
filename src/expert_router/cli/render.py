"""What `train`, `route` and `inspect` print: tables for people, JSON for scripts."""

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from expert_router.routing import Artifact, Explanation
    from expert_router.routing.artifact import Samples
    from expert_router.training import Trained

TERMS_SHOWN = 6
EXPERTS_SHOWN = 20


def print_trained(
    artifact: "Artifact", trained: "Trained", target: Path, seconds: float, as_json: bool
) -> None:
    """Print what training made."""
    experts = experts_of(artifact)
    corpus = artifact.manifest.corpus
    if as_json:
        print_json(
            {
                "artifact": str(target),
                "prompts": corpus.prompts,
                "skipped": corpus.skipped,
                "first_bad": trained.first_bad,
                "unplaced": corpus.unplaced,
                "clusters": len(artifact.centroids),
                "experts": experts,
                "labels_without_cluster": trained.unowned,
                "fingerprint": artifact.embedder.fingerprint,
                "seconds": round(seconds, 3),
            }
        )
        return
    rate = corpus.prompts / seconds
    print(f"{target}: {corpus.prompts:,} prompts in {seconds:.1f} s ({rate:,.0f} prompts/s)")
    for line in _remarks(artifact, trained):
        print(line)
    rows = [(name, found["clusters"], found["prompts"]) for name, found in experts.items()]
    print_table(("expert", "clusters", "prompts"), rows[:EXPERTS_SHOWN])
    if len(rows) > EXPERTS_SHOWN:
        print(f"… and {len(rows) - EXPERTS_SHOWN} more: expert-router inspect {target}")


def _remarks(artifact: "Artifact", trained: "Trained") -> Iterable[str]:
    corpus = artifact.manifest.corpus
    if corpus.skipped:
        yield f"{corpus.skipped:,} bad lines skipped; the first: {trained.first_bad}"
    if corpus.unplaced:
        yield f"{corpus.unplaced:,} prompts hold no known term and belong to no cluster"
    if trained.unowned:
        names = ", ".join(trained.unowned)
        yield f"no cluster has most of its prompts from: {names} (a higher -k may give them one)"


def experts_of(artifact: "Artifact") -> dict[str, dict[str, int]]:
    """Return for each expert how many clusters and training prompts it owns."""
    experts: dict[str, dict[str, int]] = {}
    for cluster in artifact.manifest.clusters:
        entry = experts.setdefault(cluster.expert, {"clusters": 0, "prompts": 0})
        entry["clusters"] += 1
        entry["prompts"] += cluster.served
    return experts


def print_decision(explanation: "Explanation", microseconds: float, as_json: bool) -> None:
    """Print one decision and its reasons."""
    found = explanation.assignment
    if as_json:
        print_json(
            {
                **asdict(found),
                "terms": explanation.terms,
                "runner_up_terms": explanation.runner_up_terms,
                "decision_us": round(microseconds, 1),
            }
        )
        return
    print(f"expert     {found.expert}")
    if found.cluster is None:
        print("cluster    none: no known word, so the default expert")
    else:
        print(f"cluster    {found.cluster} ({_terms(explanation.terms)})")
        print(f"distance   {found.distance:.3f}")
    if found.runner_up is not None:
        print(
            f"runner-up  {found.runner_up}, cluster {found.runner_up_cluster} "
            f"({_terms(explanation.runner_up_terms)}), distance {found.runner_up_distance:.3f}"
        )
    print(f"decision   {microseconds:.0f} µs")


def print_artifact(artifact: "Artifact", prompts: int, as_json: bool) -> None:
    """Print an artifact's clusters."""
    import msgspec

    shown = sample_prompts(artifact.samples, len(artifact.centroids), prompts)
    if as_json:
        manifest = msgspec.to_builtins(artifact.manifest)
        for cluster, snippets in zip(manifest["clusters"], shown, strict=True):
            cluster["prompts"] = snippets
        print_json(manifest)
        return
    for line in _headline(artifact):
        print(line)
    print_table(
        ("cluster", "expert", "size", "served", "agree", "median", "top terms / prompts"),
        list(_cluster_rows(artifact, shown)),
    )


def _headline(artifact: "Artifact") -> Iterable[str]:
    manifest = artifact.manifest
    text, clustering = manifest.embedder.options, manifest.clustering
    yield (
        f"{manifest.corpus.prompts:,} prompts, {clustering.k} clusters ({clustering.method}, "
        f"seed {clustering.seed}), {len(artifact.experts)} experts"
    )
    yield (
        f"{text.analyzer} {text.ngram_min}-{text.ngram_max}, "
        f"{manifest.embedder.vocabulary_size:,} terms, {manifest.embedder.dimensions} dimensions "
        f"({100 * manifest.embedder.explained_variance:.0f}% of the variance)"
    )
    versions = ", ".join(f"{name} {version}" for name, version in manifest.libraries.items())
    yield f"made with {versions}"


def _cluster_rows(
    artifact: "Artifact", shown: Sequence[Sequence[str]]
) -> Iterable[tuple[object, ...]]:
    for i, cluster in enumerate(artifact.manifest.clusters):
        agree = "" if cluster.label_share is None else f"{100 * cluster.label_share:.0f}%"
        median = f"{cluster.distance['0.5']:.2f}" if cluster.distance else ""
        what = "\n".join([_terms(cluster.terms), *(f"  {line}" for line in shown[i])])
        yield i, cluster.expert, cluster.size, cluster.served, agree, median, what


def sample_prompts(samples: "Samples | None", k: int, count: int) -> list[list[str]]:
    """Return up to ``count`` sample prompts of each cluster."""
    shown: list[list[str]] = [[] for _ in range(k)]
    if samples is not None:
        for cluster, snippet in zip(samples.clusters, samples.snippets, strict=True):
            if len(shown[cluster]) < count:
                shown[cluster].append(snippet)
    return shown


def _terms(terms: Sequence[str]) -> str:
    return ", ".join(terms[:TERMS_SHOWN])


def print_json(value: object) -> None:
    """Print one JSON document, whatever the terminal's encoding."""
    print(json.dumps(value, indent=2, ensure_ascii=not _speaks_utf8()))


def print_table(titles: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table; numbers to the right."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for i, title in enumerate(titles):
        number = bool(rows) and isinstance(rows[0][i], int)
        table.add_column(title, justify="right" if number else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(_cell(value)) for value in row))
    width = None if sys.stdout.isatty() else 120
    Console(width=width).print(table)


def _cell(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)


def _speaks_utf8() -> bool:
    return (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
