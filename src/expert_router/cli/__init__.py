"""The `expert-router` program: commands, and errors turned into exit codes.

Exit codes: 0 done, 1 ran and the check failed, 2 wrong use or bad input, 130 Ctrl-C.
"""

import sys
from typing import Annotated

import typer

from expert_router import __version__
from expert_router.cli import demo, fake, routing, serving
from expert_router.errors import ExpertRouterError, InputError


def main() -> None:
    """Run the program and exit."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command line and return its exit code; never a traceback for a user's mistake."""
    try:
        return (
            _build_app()(arguments or ["--help"], prog_name="expert-router", standalone_mode=False)
            or 0
        )
    except typer.TyperException as error:
        print(f"expert-router: {error.format_message()}", file=sys.stderr)
        return 2
    except InputError as error:
        for line in str(error).splitlines():
            print(f"expert-router: {line}", file=sys.stderr)
        return 2
    except ExpertRouterError as error:
        print(f"expert-router: {error}", file=sys.stderr)
        return 1
    except (KeyboardInterrupt, typer.Abort):
        return 130
    except BrokenPipeError:  # `expert-router … | head` is no failure of ours
        sys.stderr.close()
        return 0


def _build_app() -> typer.Typer:
    app = typer.Typer(
        name="expert-router",
        help="One address for many language models: each prompt goes to the expert of its topic.",
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode="rich",
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_options)
    for commands in (demo, routing, serving, fake):
        commands.register(app)
    return app


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"expert-router {__version__}")
        raise typer.Exit


def _options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version and exit.", is_eager=True, callback=_print_version
        ),
    ] = False,
) -> None:
    """Hold the options that stand before a command."""
