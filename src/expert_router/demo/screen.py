"""What the demo shows on a terminal."""

import sys
from collections.abc import Iterable
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from expert_router.demo.check import Report
from expert_router.demo.client import Client
from expert_router.demo.parts import Part
from expert_router.demo.tasks import GENERALIST, TASKS


def show_parts(console: Console, gateway: Part, experts: Iterable[Part], artifact: Path) -> None:
    """Print what runs where."""
    described = {task.name: task.description for task in TASKS}
    described[GENERALIST] = "knows a little of everything: the default expert"
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("expert")
    table.add_column("address")
    table.add_column("what it does", overflow="fold")
    for part in experts:
        table.add_row(f"[cyan]{part.name}[/]", part.url, described[part.name])
    console.print(table)
    console.print(f"\ngateway  [bold]{gateway.url}/v1[/]", soft_wrap=True)
    console.print(f"router   {artifact}", highlight=False, soft_wrap=True)


def show_commands(console: Console, gateway: Part, artifact: Path, prompts: list[str]) -> None:
    """Print what to try, ready to be pasted."""
    program = _program()
    console.print("\n[bold]Try it[/] in another terminal:\n")
    for prompt in prompts:
        body = f'{{"model": "auto", "messages": [{{"role": "user", "content": "{prompt}"}}]}}'
        line = (
            f"curl -s {gateway.url}/v1/chat/completions "
            f"-H 'content-type: application/json' -d '{body}'"
        )
        console.print(f"  {line}", highlight=False, markup=False, soft_wrap=True)
    for prompt in prompts:
        line = f'{program} route -r {artifact} "{prompt}"'
        console.print(f"  {line}", highlight=False, markup=False, soft_wrap=True)


def stream_answers(console: Console, client: Client, prompts: Iterable[str]) -> None:
    """Ask and print each answer as it comes, with the expert that gave it."""
    for prompt in prompts:
        answer = client.stream(prompt)
        console.print(f"\n[bold]>[/] {prompt}", highlight=False)
        console.print(f"  [cyan]{answer.expert}[/]: ", end="")
        for piece in answer:
            console.print(piece, end="", markup=False, highlight=False)
        why = f"cluster {answer.cluster}, decided in {answer.decision_us} µs"
        first = f"first token after {answer.first_token_seconds * 1e3:.0f} ms"
        console.print(f"   [dim]({why}, {first})[/]", highlight=False)


def show_report(console: Console, report: Report) -> None:
    """Print the check's table."""
    table = Table(title="Held-out questions through the gateway", box=SIMPLE_HEAD)
    table.add_column("expert", no_wrap=True)
    for name in ("asked", "routed", "exact", "generalist", "TTFT p50", "p99"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in (*report.experts, report.overall):
        table.add_row(
            row.expert,
            str(row.questions),
            f"{row.routed:.1%}",
            f"{row.exact:.1%}",
            f"{row.generalist_exact:.1%}",
            f"{row.ttft_p50_ms:.0f} ms",
            f"{row.ttft_p99_ms:.0f} ms",
            style="bold" if row is report.overall else "",
        )
    console.print(table)


def _program() -> str:
    """Return how this program was called, as short as it can be pasted."""
    program = Path(sys.argv[0]).absolute()
    here = Path.cwd()
    return str(program.relative_to(here) if program.is_relative_to(here) else program)
