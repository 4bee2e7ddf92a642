"""`expert-router fake-expert`: an OpenAI-compatible server with settable speed and faults."""

from typing import Annotated

import typer

HELP = """Serve a fake expert: OpenAI's API, settable speed and faults, no model.

Example, 20 tokens a second, every tenth reply broken off in the middle:

    expert-router fake-expert --port 9001 --token-ms 50 \\
      --fault reset-mid-stream:0.1

Faults: refuse, hang-before-head, hang-mid-stream, reset-mid-stream,
close-mid-stream, 500, 503, 429, malformed-http, truncated-chunk,
huge-header, slow-drip, wrong-content-type, error-event.

POST /fake/config changes everything but the port while it runs;
GET /fake/stats says what became of the requests. See docs/fake-expert.md.
"""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("fake-expert", help=HELP)(_fake_expert)


def _fake_expert(
    *,
    port: Annotated[int, typer.Option(help="Where to listen; 0 picks a free port.")],
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    model: Annotated[str, typer.Option(help="The model's name.")] = "fake-expert",
    strict_model: Annotated[
        bool, typer.Option("--strict-model", help="Answer 404 to any other model name.")
    ] = False,
    answer: Annotated[
        str,
        typer.Option(help="words (tok0 tok1 …), echo (the request as received), or the text."),
    ] = "words",
    tokens: Annotated[
        int, typer.Option(help="Tokens of an answer; a request's smaller maximum wins.")
    ] = 64,
    first_token_ms: Annotated[float, typer.Option(help="Delay before the first token.")] = 50.0,
    token_ms: Annotated[float, typer.Option(help="Time from token to token.")] = 20.0,
    firehose: Annotated[
        bool,
        typer.Option("--firehose", help="No delays: as fast as the client takes it."),
    ] = False,
    jitter: Annotated[
        float, typer.Option(help="Each delay is multiplied by something in 1 ± this (0 to 1).")
    ] = 0.0,
    seed: Annotated[int, typer.Option(help="Of the jitter and the faults' dice.")] = 0,
    slots: Annotated[int, typer.Option(help="Requests served at once; 0: no limit.")] = 0,
    fault: Annotated[str, typer.Option(help="NAME[:probability][,…]")] = "",
    control_port: Annotated[
        int | None,
        typer.Option(help="A second door for /fake/* that no fault touches; 0: any."),
    ] = None,
) -> None:
    from expert_router.fake_expert import FakeExpertConfig, run

    run(
        FakeExpertConfig(
            host=host,
            port=port,
            control_port=control_port,
            model=model,
            strict_model=strict_model,
            answer=answer,
            tokens=tokens,
            first_token_ms=0.0 if firehose else first_token_ms,
            token_ms=0.0 if firehose else token_ms,
            jitter=jitter,
            seed=seed,
            slots=slots,
            fault=fault,
        )
    )
