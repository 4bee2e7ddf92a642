"""The control door: dry-run routing and the state of the pools, for operators on loopback."""

import time

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from expert_router.errors import BadRequest, BodyTooLarge, ReplyError
from expert_router.gateway import CHAT, COMPLETIONS, Call, Gateway, read_question

_MAX_BODY = 1_048_576


def control_app(gateway: Gateway) -> Starlette:
    """Return the ASGI app of the control door."""

    async def route(request: Request) -> Response:
        """Which expert a prompt would get, without asking it: ``{"prompt": …}`` or a chat."""
        try:
            body = await _body(request)
            path = COMPLETIONS if b'"prompt"' in body else CHAT
            question = read_question(Call(path, [], _with_model(body), "", 0.0))
        except ReplyError as error:
            return JSONResponse({"error": {"message": str(error)}}, error.status)
        started = time.perf_counter()
        assignment = gateway.router.route(question.turns)
        micros = (time.perf_counter() - started) * 1e6
        found = msgspec.to_builtins(assignment)
        return JSONResponse({**found, "decision_us": round(micros, 1)})

    async def experts(request: Request) -> Response:
        """The pools as they are now."""
        return JSONResponse([msgspec.to_builtins(state) for state in gateway.state()])

    return Starlette(
        routes=[
            Route("/admin/route", route, methods=["POST"]),
            Route("/admin/experts", experts, methods=["GET"]),
        ]
    )


async def _body(request: Request) -> bytes:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MAX_BODY:
            raise BodyTooLarge(f"a body of more than {_MAX_BODY} bytes")
    return body


def _with_model(body: bytes) -> bytes:
    """A dry run needs no model; `read_question` does."""
    try:
        fields = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    except msgspec.DecodeError as error:
        raise BadRequest(f"the body is not a JSON object: {error}") from error
    return msgspec.json.encode({"model": msgspec.Raw(b'"auto"'), **fields})
