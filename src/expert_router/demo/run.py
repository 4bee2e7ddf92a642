"""The demo from its start to its end."""

import contextlib
import signal
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

from expert_router.demo import screen, stage
from expert_router.demo.check import Report, check, questions_for_check
from expert_router.demo.client import Client
from expert_router.demo.parts import Part, Parts, free_ports, port_or_free
from expert_router.demo.tasks import held_out_questions, task_named

HOST = "127.0.0.1"
_READY_SECONDS = 60.0
_SHOWN = ("roman", "sql", "reverse")


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """``listen`` and ``control`` are tried first; a free port is taken if they are in use."""

    listen: int = 8080
    control: int = 8081
    slots: int = 4  # answers that one expert writes at the same time


@dataclass(frozen=True, slots=True)
class Stage:
    """A demo that runs."""

    parts: Parts
    gateway: Part
    experts: tuple[Part, ...]
    artifact: Path
    port: int


def show(options: DemoOptions, console: Console) -> None:
    """Run the demo until Ctrl-C. Raises PartDied when any part ends by itself."""
    with running(options, console) as demo:
        screen.show_parts(console, demo.gateway, demo.experts, demo.artifact)
        prompts = _sample_prompts()
        client = Client(HOST, demo.port)
        screen.stream_answers(console, client, prompts)
        client.close()
        screen.show_commands(console, demo.gateway, demo.artifact, prompts)
        console.print("\nCtrl-C ends all of it.")
        demo.parts.watch(threading.Event())


def run_check(options: DemoOptions, console: Console, each: int) -> Report:
    """Run the demo only to ask held-out questions, ``each`` per expert. Raises InputError."""
    questions = questions_for_check(each)
    with running(options, console) as demo, _bar(console) as bar:
        job = bar.add_task("Asking held-out questions", total=None)

        def on_answer(done: int, total: int) -> None:
            bar.update(job, completed=done, total=total)
            if not console.is_terminal and done % 100 == 0:
                console.print(f"{done} of {total} questions answered")
            demo.parts.check()

        return check(HOST, demo.port, questions, on_answer)


@contextlib.contextmanager
def running(options: DemoOptions, console: Console) -> Iterator[Stage]:
    """Start everything; on leaving, however that happens, nothing is left of it."""
    with (
        _sigterm_is_ctrl_c(),
        tempfile.TemporaryDirectory(prefix="expert-router-demo-") as folder,
        Parts(Path(folder)) as parts,
        _bar(console) as bar,
    ):
        demo = _start(options, Path(folder), parts, console, bar)
        bar.stop()
        yield demo


def _start(
    options: DemoOptions, folder: Path, parts: Parts, console: Console, bar: Progress
) -> Stage:
    models = stage.model_files()
    ports = dict(zip(models, free_ports(len(models)), strict=True))
    experts = tuple(
        _start_expert(parts, name, model, ports[name], options.slots)
        for name, model in models.items()
    )
    prompts, artifact, config = (folder / name for name in ("prompts.jsonl", "router", "gw.yaml"))
    job = bar.add_task("Learning the router from generated prompts", total=None)
    stage.write_prompts(prompts)
    trained = stage.learn_router(prompts, artifact)
    learnt = trained.artifact.manifest.corpus.prompts
    bar.remove_task(job)
    clusters = len(trained.artifact.centroids)
    console.print(
        f"Router learnt: {clusters} clusters in {learnt:,} generated prompts, labels unseen."
    )
    listen, control = port_or_free(options.listen), port_or_free(options.control)
    stage.write_config(config, artifact, ports, listen=listen, control=control, slots=options.slots)
    gateway = parts.start(
        "gateway",
        "expert_router.demo.child",
        [str(config)],
        f"http://{HOST}:{listen}/ready",
    )
    job = bar.add_task("Waiting for experts and gateway", total=len(experts) + 1)
    parts.wait_until_ready(_READY_SECONDS, lambda _part: bar.advance(job))
    console.print(f"{len(experts)} experts and the gateway are ready.\n")
    return Stage(parts, gateway, experts, artifact, listen)


def _start_expert(parts: Parts, name: str, model: Path, port: int, slots: int) -> Part:
    return parts.start(
        name,
        "expert_router.demo.llama_server",
        [str(model), "--port", str(port), "--alias", name, "--slots", str(slots)],
        f"http://{HOST}:{port}/health",
    )


def _sample_prompts() -> list[str]:
    return [held_out_questions(task_named(name), 1, seed=7)[0].prompt for name in _SHOWN]


def _bar(console: Console) -> Progress:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), MofNCompleteColumn())
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


@contextlib.contextmanager
def _sigterm_is_ctrl_c() -> Iterator[None]:
    """Let SIGTERM and a closed terminal unwind the same way as Ctrl-C."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    numbers = (signal.SIGTERM, signal.SIGHUP)
    before = [signal.signal(number, interrupt) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
