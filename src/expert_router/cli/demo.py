"""The `demo` command."""

import sys
from typing import Annotated

import typer

from expert_router.errors import InputError


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demo", epilog="Example: expert-router demo --check --each 50")(demo)


def demo(
    check: Annotated[
        bool, typer.Option("--check", help="Ask held-out questions, print the table, exit.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="With --check: print JSON.")] = False,
    each: Annotated[int, typer.Option(help="With --check: questions per expert.", min=1)] = 50,
    port: Annotated[
        int, typer.Option(help="The gateway's port; another if it is in use.", min=1, max=65535)
    ] = 8080,
) -> None:
    """The whole system on this machine, with its own small language models. Ctrl-C ends it."""
    if json and not check:
        raise InputError("--json: expected together with --check")
    import msgspec
    from rich.console import Console

    try:
        from expert_router.demo.run import DemoOptions, run_check, show
    except ModuleNotFoundError as error:
        raise InputError(
            f"the demo needs {error.name}; expected: pip install 'expert-router[demo]'"
        ) from error
    console = Console(stderr=json)
    options = DemoOptions(listen=port)
    if not check:
        try:
            show(options, console)
        except KeyboardInterrupt:
            console.print("\nEnded; nothing is left running.")
        return
    from expert_router.demo.screen import show_report

    report = run_check(options, console, each)
    failures = report.failures()
    if json:
        sys.stdout.buffer.write(
            msgspec.json.format(msgspec.json.encode({"report": report, "failures": failures}))
            + b"\n"
        )
    else:
        show_report(console, report)
    for failure in failures:
        print(f"expert-router: {failure}", file=sys.stderr)
    if failures:
        raise typer.Exit(1)
