"""Commands of the gateway: `serve` and `validate`."""

import logging
from pathlib import Path
from typing import Annotated

import typer

ConfigOption = Annotated[
    Path, typer.Option("-c", "--config", help="The gateway's config.", metavar="FILE")
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("serve", epilog="Example: expert-router serve -c gateway.yaml")(serve)
    app.command("validate", epilog="Example: expert-router validate -c gateway.yaml")(validate)


def serve(config: ConfigOption = Path("gateway.yaml")) -> None:
    """Serve: one address for all experts. SIGTERM or Ctrl-C stops it gracefully."""
    from expert_router.config import Address, load_config
    from expert_router.server import serve as serve_doors

    logging.basicConfig(level="INFO", format="%(asctime)s %(levelname)s %(message)s")

    def announce(data: Address, control: Address | None) -> None:
        second = f", control door on http://{control}" if control else ""
        print(f"expert-router listening on http://{data}/v1{second}", flush=True)

    serve_doors(load_config(config), announce)


def validate(config: ConfigOption = Path("gateway.yaml")) -> None:
    """Find every mistake of a config, without serving. Exit code 2 if there is one."""
    from expert_router.config import load_config
    from expert_router.wiring import build

    loaded = load_config(config)
    build(loaded)
    names = ", ".join(expert.name for expert in loaded.experts)
    print(f"{config}: fine; experts: {names}; default: {loaded.fallback}")
