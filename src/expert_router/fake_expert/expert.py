"""The fake expert itself: its settings, its books, and the script for each request."""

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from random import Random
from typing import Any, Protocol

import msgspec

from expert_router.errors import BadRequest, InputError, MethodNotAllowed, ModelNotFound, NotFound
from expert_router.fake_expert import wire
from expert_router.fake_expert.answers import Answer, compose
from expert_router.fake_expert.asks import Ask, chat_ask, text_ask
from expert_router.fake_expert.config import FakeExpertConfig
from expert_router.fake_expert.desk import Desk
from expert_router.fake_expert.faults import (
    NONE,
    REFUSE,
    Fault,
    parse_faults,
    strikes,
    with_fault,
)
from expert_router.fake_expert.requests import Request
from expert_router.fake_expert.script import Script
from expert_router.fake_expert.shapes import ChatShape, Envelope, Shape, TextShape

Handler = Callable[[Request], Script]


class Line(Protocol):
    """An open connection, as the books know it."""

    @property
    def counted(self) -> bool:
        """False for the control door's connections."""
        ...

    @property
    def paused(self) -> bool:
        """True while the client takes less than is written."""
        ...

    @property
    def unsent(self) -> int:
        """Bytes that wait in the transport's buffer."""
        ...

    def abort(self) -> None:
        """Close now."""
        ...


class Expert:
    """Decides what each request gets. It does no I/O: connections carry the scripts out."""

    def __init__(self, config: FakeExpertConfig) -> None:
        self.config = config
        self.desk = Desk(config.slots)
        self.lines: set[Line] = set()
        self.rng = Random(config.seed)  # noqa: S311 - repeatable on purpose
        self._faults = parse_faults(config.fault)
        self._born = int(time.time())
        self._served = 0

    def configure(self, changes: dict[str, Any]) -> None:
        """Change settings for the requests to come; raises InputError."""
        self.config = self.config.changed(changes)
        self._faults = parse_faults(self.config.fault)
        if "seed" in changes:
            self.rng.seed(self.config.seed)
        self.desk.slots = self.config.slots
        self.desk.admit()

    def refuses(self) -> bool:
        """Say whether the connection that was just accepted is to be closed at once."""
        refusals = [fault for fault in self._faults if fault.name == REFUSE]
        return bool(strikes(refusals, self.rng))

    def stats(self) -> dict[str, Any]:
        """Return the books, with what is true right now."""
        books = asdict(self.desk.stats)
        books["cancelled_at"] = list(self.desk.stats.cancelled_at)
        books["pieces_written"] += sum(reply.pieces_written for reply in self.desk.serving)
        counted = [line for line in self.lines if line.counted]
        return books | {
            "open_connections": len(counted),
            "in_flight": len(self.desk.serving),
            "queued": len(self.desk.queue),
            "paused_streams": sum(line.paused for line in counted),
            "bytes_unsent": sum(line.unsent for line in counted),
        }

    def generates(self, request: Request) -> bool:
        """Say whether the request asks for an answer, and so takes a slot."""
        return request.method == "POST" and request.path in self._generating()

    def script(self, request: Request) -> Script:
        """Return what the request gets; raises ReplyError when that is an error of its own."""
        if self.generates(request):
            return self._generating()[request.path](request)
        handlers = self._plain()
        for method, path in handlers:
            if path == request.path and method == request.method:
                return handlers[method, path](request)
        known = {path for _, path in handlers} | set(self._generating())
        if request.path in known:
            raise MethodNotAllowed(f"{request.method} {request.path}: wrong method")
        raise NotFound(f"{request.path}: no such path")

    def _generating(self) -> dict[str, Handler]:
        return {"/v1/chat/completions": self._chat, "/v1/completions": self._text}

    def _plain(self) -> dict[tuple[str, str], Handler]:
        return {
            ("GET", "/health"): lambda request: _json({"status": "ok"}, request),
            ("GET", "/v1/models"): self._models,
            ("GET", f"/v1/models/{self.config.model}"): self._model,
            ("GET", "/fake/stats"): lambda request: _json(self.stats(), request),
            ("GET", "/fake/config"): lambda request: _json(self.config.as_dict(), request),
            ("POST", "/fake/config"): self._configure,
        }

    def _model_card(self) -> dict[str, Any]:
        name, born = self.config.model, self._born
        return {"id": name, "object": "model", "created": born, "owned_by": "expert-router"}

    def _models(self, request: Request) -> Script:
        return _json({"object": "list", "data": [self._model_card()]}, request)

    def _model(self, request: Request) -> Script:
        return _json(self._model_card(), request)

    def _configure(self, request: Request) -> Script:
        try:
            self.configure(msgspec.json.decode(request.body, type=dict[str, Any]))
        except (msgspec.DecodeError, InputError) as error:
            raise BadRequest(str(error)) from error
        return _json(self.config.as_dict(), request)

    def _chat(self, request: Request) -> Script:
        ask = chat_ask(request.body)
        return self._play(ask, request, lambda envelope: ChatShape(ask, envelope, ask.tool))

    def _text(self, request: Request) -> Script:
        ask = text_ask(request.body)
        return self._play(ask, request, lambda envelope: TextShape(ask, envelope))

    def _play(self, ask: Ask, request: Request, shaped: Callable[[Envelope], Shape]) -> Script:
        config, own_fault = overridden(self.config, request)
        if config.strict_model and ask.model != config.model:
            message = f"model: {ask.model!r}: expected {config.model!r}"
            raise ModelNotFound(message, param="model")
        self._served += 1
        shape = shaped(Envelope(f"fake{self._served:08d}", int(time.time()), config.model))
        answer = compose(ask, config, request)
        script = (_streamed if ask.stream else _whole)(shape, answer, ask, request)
        paced = _paced(script, config, 1 if ask.stream else answer.count)
        return with_fault(own_fault or self._fault(), paced)

    def _fault(self) -> str:
        return strikes([fault for fault in self._faults if fault.name != REFUSE], self.rng)


def overridden(config: FakeExpertConfig, request: Request) -> tuple[FakeExpertConfig, str]:
    """Return the settings and the fault for one request, its ``x-fake-*`` headers applied."""
    headers = request.fake_headers()
    if not headers:
        return config, ""
    try:
        changes = {
            key: number(headers[name]) for name, key, number in _OVERRIDES if name in headers
        }
        fault = headers.get("x-fake-fault", "")
        named = [Fault(NONE)] if fault == NONE else list(parse_faults(fault))
        return replace(config, **changes), named[0].name if named else ""
    except (ValueError, InputError) as error:
        raise BadRequest(f"x-fake-*: {error}") from error


_OVERRIDES: tuple[tuple[str, str, Callable[[str], Any]], ...] = (
    ("x-fake-tokens", "tokens", int),
    ("x-fake-token-ms", "token_ms", float),
    ("x-fake-first-token-ms", "first_token_ms", float),
)


def _json(value: object, request: Request) -> Script:
    return wire.json_script(msgspec.json.encode(value), keep_alive=request.keep_alive)


def _streamed(shape: Shape, answer: Answer, ask: Ask, request: Request) -> Script:
    head = wire.stream_head(chunked=request.http11, keep_alive=request.keep_alive)
    pieces = _events(shape, answer, _usage(ask, answer), request.http11)
    return Script(head, pieces, middle=max(1, answer.count // 2), streamed=True)


def _events(shape: Shape, answer: Answer, usage: dict[str, Any], chunked: bool) -> Iterator[bytes]:
    """Yield one piece for each token; what goes before and after shares the first's and last's."""
    opening, last, length = shape.opening(), answer.count - 1, 0
    for position, text in enumerate(answer.pieces):
        event = opening + shape.token(text, length)
        opening, length = b"", length + len(text)
        if position == last:
            yield wire.frame(event + shape.closing(answer.finish, usage), chunked, last=True)
        else:
            yield wire.frame(event, chunked)


def _whole(shape: Shape, answer: Answer, ask: Ask, request: Request) -> Script:
    body = shape.whole(list(answer.pieces), answer.finish, _usage(ask, answer))
    return wire.json_script(body, keep_alive=request.keep_alive)


def _paced(script: Script, config: FakeExpertConfig, tokens: int) -> Script:
    gap = config.token_ms / 1000
    first = config.first_token_ms / 1000 + gap * (tokens - 1)
    return replace(script, first=first, gap=gap, jitter=config.jitter)


def _usage(ask: Ask, answer: Answer) -> dict[str, Any]:
    given, made = ask.prompt_tokens, answer.count * ask.choices
    return {"prompt_tokens": given, "completion_tokens": made, "total_tokens": given + made}
