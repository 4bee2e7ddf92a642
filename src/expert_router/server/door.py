"""The data door's paths: OpenAI's, and what operators watch."""

import secrets
from collections.abc import Awaitable, Callable

import msgspec

from expert_router.errors import BadRequest, MethodNotAllowed, ModelNotFound, NotFound
from expert_router.gateway import AUTO, CHAT, COMPLETIONS, Call, Gateway
from expert_router.seams import Headers
from expert_router.server.message import Request, local_headers
from expert_router.server.reply import Reply
from expert_router.upstream import HOP_BY_HOP

_MAX_REQUEST_ID = 128
# What concerns the client's side alone. Its key is for us, not for the experts; a compressed
# reply could not be counted; content-length and host are written anew.
_KEPT_HERE = HOP_BY_HOP | frozenset(
    b"host content-length expect authorization cookie accept-encoding x-request-id".split()
)
_CALLS = {"/v1" + path: path for path in (CHAT, COMPLETIONS)}

Answer = Callable[[Request, Reply], Awaitable[None]]


class DataDoor:
    """Answers one request at a time for each connection; see `connection.Handler`."""

    def __init__(self, gateway: Gateway, render_metrics: Callable[[], bytes]) -> None:
        self._gateway = gateway
        self._render_metrics = render_metrics
        self._pages: dict[str, Answer] = {
            "/v1/models": self._models,
            "/health": self._health,
            "/ready": self._ready,
            "/metrics": self._metrics,
        }

    async def __call__(self, request: Request, reply: Reply) -> None:
        """Answer a request. Raises ReplyError to have the client told."""
        reply.request_id = _request_id(request)
        path = _CALLS.get(request.path)
        if path is not None:
            _allow(request, "POST")
            await self._gateway.answer(_call(request, path, reply.request_id), reply)
        elif request.path in self._pages:
            _allow(request, "GET", "HEAD")
            await self._pages[request.path](request, reply)
        elif request.path.startswith("/v1/models/"):
            _allow(request, "GET", "HEAD")
            self._model(request.path.removeprefix("/v1/models/"), reply)
        else:
            raise NotFound(f"{request.path}: no such path; the calls are {', '.join(_CALLS)}")

    async def _models(self, request: Request, reply: Reply) -> None:
        models = [_model_card(name) for name in (AUTO, *self._gateway.experts)]
        _send_json(reply, 200, {"object": "list", "data": models})

    def _model(self, name: str, reply: Reply) -> None:
        names = (AUTO, *self._gateway.experts)
        if name not in names:
            raise ModelNotFound(
                f"the model `{name}` does not exist; there are: {', '.join(names)}", param="model"
            )
        _send_json(reply, 200, _model_card(name))

    async def _health(self, request: Request, reply: Reply) -> None:
        _send_json(reply, 200, {"status": "ok"})

    async def _ready(self, request: Request, reply: Reply) -> None:
        ready = await self._gateway.ready()
        expert = self._gateway.default_expert
        why = {} if ready else {"reason": f"no replica of the default expert '{expert}' answers"}
        status, word = (200, "ready") if ready else (503, "not ready")
        _send_json(reply, status, {"status": word, **why})

    async def _metrics(self, request: Request, reply: Reply) -> None:
        headers = local_headers(b"text/plain; version=0.0.4; charset=utf-8")
        reply.whole(200, headers, self._render_metrics())


def _send_json(reply: Reply, status: int, value: object) -> None:
    reply.whole(status, local_headers(b"application/json"), msgspec.json.encode(value))


def _model_card(name: str) -> dict[str, object]:
    return {"id": name, "object": "model", "created": 0, "owned_by": "expert-router"}


def _allow(request: Request, *methods: str) -> None:
    if request.method not in methods:
        allowed = ", ".join(methods)
        error = MethodNotAllowed(f"{request.method} {request.path}: expected {allowed}")
        error.headers.append((b"allow", allowed.encode()))
        raise error


def _call(request: Request, path: str, request_id: bytes) -> Call:
    encoding = request.header(b"content-encoding")
    if encoding is not None and encoding.lower() != b"identity":
        raise BadRequest("a compressed body; expected plain JSON without content-encoding")
    return Call(
        path, _end_to_end(request.headers), request.body, request_id.decode(), request.received
    )


def _end_to_end(headers: Headers) -> Headers:
    """Return the headers that an expert may see."""
    named: set[bytes] = set()
    for name, value in headers:
        if name == b"connection":
            named.update(token.strip().lower() for token in value.split(b","))
    dropped = _KEPT_HERE | named if named else _KEPT_HERE
    return [header for header in headers if header[0] not in dropped]


def _request_id(request: Request) -> bytes:
    """Return the client's id if it is harmless, else one of ours."""
    given = request.header(b"x-request-id")
    if given and len(given) <= _MAX_REQUEST_ID and given.isascii() and given.decode().isprintable():
        return given
    return b"req-" + secrets.token_hex(12).encode()
