"""Commands of the router: `train`, `route` and `inspect`. Heavy imports wait for their command."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from expert_router.errors import InputError

if TYPE_CHECKING:
    from expert_router.routing import Artifact, KMeansRouter, TextOptions

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("train", epilog="Example: expert-router train prompts.jsonl -o router -k 64")(train)
    app.command("route", epilog='Example: expert-router route -r router "Solve 3x + 4 = 19"')(route)
    app.command("inspect", epilog="Example: expert-router inspect router --plot map.png")(inspect)


def train(
    prompts: Annotated[
        str | None,
        typer.Argument(
            help="JSONL with `prompt` or `messages` (and `expert` or `domain`), or plain text, "
            "a line each; gzip too; - for stdin.",
            metavar="PROMPTS",
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="The artifact's folder.", metavar="DIR")
    ] = None,
    k: Annotated[int, typer.Option("-k", "--clusters", help="Number of clusters.")] = 64,
    seed: Annotated[
        int, typer.Option(min=0, max=2**32 - 1, help="The same seed, the same router.")
    ] = 0,
    method: Annotated[
        Literal["plain", "balanced", "spherical"], typer.Option(help="Kind of k-means.")
    ] = "plain",
    max_share: Annotated[
        float | None,
        typer.Option(help="balanced: the largest share of prompts in a cluster (default: 1/k)."),
    ] = None,
    analyzer: Annotated[
        Literal["word", "char_wb"], typer.Option(help="Words, or characters within words.")
    ] = "word",
    ngrams: Annotated[
        str | None, typer.Option(help="N-gram sizes (default: 1-1; char_wb 2-4).", metavar="N-M")
    ] = None,
    min_df: Annotated[int, typer.Option(min=1, help="Leave out terms in fewer prompts.")] = 2,
    max_features: Annotated[
        int, typer.Option(min=2, help="Keep the most frequent terms.")
    ] = 50_000,
    dimensions: Annotated[int, typer.Option(min=1, help="Length of a vector (SVD).")] = 100,
    stop_words: Annotated[
        str, typer.Option(help="none, english, or a file, a word a line.", metavar="WHICH")
    ] = "none",
    sublinear_tf: Annotated[
        bool, typer.Option(help="A term found n times weighs 1 + ln n, not n.")
    ] = True,
    max_chars: Annotated[
        int, typer.Option(min=64, help="Of longer prompts read head and tail, this much in all.")
    ] = 4096,
    learn_from: Annotated[
        int, typer.Option(min=1, help="Learn SVD and centroids from at most so many prompts.")
    ] = 200_000,
    assign: Annotated[
        Path | None,
        typer.Option(
            help="YAML that names the owners: an expert and its list of clusters.", metavar="FILE"
        ),
    ] = None,
    source: Annotated[
        Path | None,
        typer.Option("--from", help="With --assign: name this artifact's clusters.", metavar="DIR"),
    ] = None,
    form: Annotated[
        Literal["auto", "jsonl", "text"], typer.Option("--format", help="What PROMPTS is.")
    ] = "auto",
    skip_bad: Annotated[bool, typer.Option(help="Count bad lines and go on.")] = False,
    samples: Annotated[
        bool, typer.Option(help="Keep 2,000 prompts (120 characters) for inspect.")
    ] = True,
    as_json: JsonOption = False,
) -> None:
    """Learn a router from sample prompts: TF-IDF, SVD, k-means."""
    if source is not None:
        _rename(source, assign, output or source, prompts)
        return
    if output is None:
        raise InputError("-o DIR: the folder for the artifact is missing")
    if prompts is None:
        raise InputError("PROMPTS: a file is missing (- reads stdin)")

    from expert_router.cli.progress import PhaseProgress
    from expert_router.cli.render import print_trained
    from expert_router.routing.artifact import check_target, save_artifact
    from expert_router.training import ClusterOptions, PromptReader, TrainOptions
    from expert_router.training import train as learn
    from expert_router.training.assign import read_assignment, reassigned

    check_target(output)
    named = read_assignment(assign, k) if assign else {}
    options = TrainOptions(
        text=_text_options(analyzer, ngrams, stop_words, sublinear_tf, max_chars),
        min_df=min_df,
        max_features=max_features,
        dimensions=dimensions,
        clusters=ClusterOptions(k, method, seed, max_share),
        learn_from=learn_from,
        samples=2000 if samples else 0,
    )
    begun = time.monotonic()
    reader = PromptReader(prompts, form, skip_bad)
    with PhaseProgress() as progress:
        trained = learn(reader, options, progress)
        artifact = reassigned(trained.artifact, named)
        progress.update("writing", 0, None)
        save_artifact(artifact, output)
    print_trained(artifact, trained, output, time.monotonic() - begun, as_json)


def _rename(source: Path, assign: Path | None, target: Path, prompts: str | None) -> None:
    """Give an artifact's clusters other owners; nothing is learnt anew."""
    from expert_router.routing import load_artifact, save_artifact
    from expert_router.training.assign import read_assignment, reassigned

    if prompts is not None:
        raise InputError("--from: takes no PROMPTS; it only names the clusters of an artifact")
    if assign is None:
        raise InputError("--from: --assign FILE is missing: the names to give")
    artifact = load_artifact(source)
    named = read_assignment(assign, len(artifact.centroids))
    save_artifact(reassigned(artifact, named), target)
    print(f"{target}: {len(named)} of {len(artifact.centroids)} clusters named")


def _text_options(
    analyzer: Literal["word", "char_wb"],
    ngrams: str | None,
    stop_words: str,
    sublinear_tf: bool,
    max_chars: int,
) -> "TextOptions":
    from expert_router.routing import TextOptions
    from expert_router.training.words import read_stop_words

    low, high = _ngram_range(ngrams or ("1-1" if analyzer == "word" else "2-4"))
    words = read_stop_words(stop_words, analyzer)
    return TextOptions(analyzer, low, high, words, sublinear_tf, max_chars)


def _ngram_range(text: str) -> tuple[int, int]:
    low, _, high = text.partition("-")
    if low.isdecimal() and (high or low).isdecimal():
        sizes = int(low), int(high or low)
        if 1 <= sizes[0] <= sizes[1] <= 10:
            return sizes
    raise InputError(f"--ngrams: {text}: expected sizes from 1 to 10, such as 1-2")


def route(
    text: Annotated[str, typer.Argument(help="The prompt.", metavar="TEXT")],
    router: Annotated[
        Path, typer.Option("-r", "--router", help="The artifact's folder.", metavar="DIR")
    ],
    default_expert: Annotated[
        str, typer.Option(help="Gets prompts without any known word.")
    ] = "default",
    max_distance: Annotated[
        float | None, typer.Option(help="Farther prompts go to the default expert.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Say which expert a prompt goes to, and why."""
    from expert_router.cli.render import print_decision
    from expert_router.routing import KMeansRouter, load_artifact

    chooser = KMeansRouter(load_artifact(router), None, default_expert, max_distance)
    print_decision(chooser.explain((text,)), _decision_us(chooser, text), as_json)


def _decision_us(chooser: "KMeansRouter", text: str, repeats: int = 25) -> float:
    """Return the median time of a decision in microseconds; the first, cold one is left out."""
    times = []
    for _ in range(repeats + 1):
        begun = time.perf_counter_ns()
        chooser.route((text,))
        times.append(time.perf_counter_ns() - begun)
    return sorted(times[1:])[repeats // 2] / 1000


def inspect(
    folder: Annotated[Path, typer.Argument(help="The artifact's folder.", metavar="DIR")],
    plot: Annotated[
        Path | None, typer.Option(help="Draw the prompt map (.png, .svg, .pdf).", metavar="FILE")
    ] = None,
    prompts: Annotated[int, typer.Option(min=0, help="Sample prompts shown of each cluster.")] = 1,
    as_json: JsonOption = False,
) -> None:
    """Show the clusters of an artifact: size, top terms, sample prompts, expert."""
    from expert_router.cli.render import print_artifact
    from expert_router.routing import load_artifact

    artifact = load_artifact(folder)
    if plot is not None:
        _plot(artifact, plot)
    print_artifact(artifact, prompts, as_json)


def _plot(artifact: "Artifact", target: Path) -> None:
    from expert_router.cli.progress import PhaseProgress
    from expert_router.training.plot import draw_map

    with PhaseProgress() as progress:
        progress.update("drawing the prompt map", 0, None)
        draw_map(artifact, target)
