"""The settings of a fake expert: frozen, checked, and wrong loudly."""

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from expert_router.errors import InputError
from expert_router.fake_expert.faults import parse_faults

# What is bound to the listening sockets cannot change while they are open.
FIXED = frozenset({"host", "port", "control_port"})


@dataclass(frozen=True, slots=True)
class FakeExpertConfig:
    """How a fake expert behaves. A bad value raises InputError that names key, value, expected."""

    host: str = "127.0.0.1"
    port: int = 0  # 0: any free one
    control_port: int | None = None  # a second door for /fake/* that no fault touches
    model: str = "fake-expert"
    strict_model: bool = False  # 404 for any other model name
    answer: str = "words"  # "words", "echo", or the text to answer
    tokens: int = 64
    first_token_ms: float = 50.0
    token_ms: float = 20.0  # 0: as fast as the connection takes them
    jitter: float = 0.0  # every delay is multiplied by something in 1 ± jitter
    seed: int = 0
    slots: int = 0  # requests served at once; 0: no limit
    fault: str = ""  # NAME[:probability][,…]

    def __post_init__(self) -> None:
        for key, (fits, expected) in _rules().items():
            value = getattr(self, key)
            if not fits(value):
                raise InputError(f"fake-expert: {key}: {value!r}: expected {expected}")
        parse_faults(self.fault)

    def changed(self, changes: Mapping[str, Any]) -> "FakeExpertConfig":
        """Return a copy with the changes that may be made while the server runs."""
        known = {field.name for field in fields(self)} - FIXED
        for key, value in changes.items():
            if key not in known:
                expected = ", ".join(sorted(known))
                raise InputError(f"fake-expert: {key}: {value!r}: unknown; expected {expected}")
        return replace(self, **changes)

    def as_dict(self) -> dict[str, Any]:
        """Return the settings as JSON-ready values."""
        return asdict(self)


def config_from(values: Mapping[str, Any]) -> FakeExpertConfig:
    """Build a config from a mapping; an unknown key raises InputError like a bad value does."""
    known = {field.name for field in fields(FakeExpertConfig)}
    for key, value in values.items():
        if key not in known:
            expected = ", ".join(sorted(known))
            raise InputError(f"fake-expert: {key}: {value!r}: unknown; expected {expected}")
    return FakeExpertConfig(**values)


Rule = tuple[Callable[[object], bool], str]


def _rules() -> dict[str, Rule]:
    port: Rule = (lambda v: _whole(v, 0, 65535), "a port, 0 to 65535 (0: any free one)")
    delay: Rule = (lambda v: _number(v, 0, math.inf), "milliseconds, 0 or more")
    flag: Rule = (lambda v: isinstance(v, bool), "true or false")
    text: Rule = (lambda v: isinstance(v, str), "text")
    return {
        "host": (_filled, "an address to listen on"),
        "port": port,
        "control_port": (lambda v: v is None or port[0](v), port[1]),
        "model": (_filled, "a model name"),
        "strict_model": flag,
        "answer": (_filled, "words, echo, or the text to answer"),
        "tokens": (lambda v: _whole(v, 1, math.inf), "a whole number, 1 or more"),
        "first_token_ms": delay,
        "token_ms": delay,
        "jitter": (lambda v: _number(v, 0, 1), "a number from 0 to 1"),
        "seed": (lambda v: _whole(v, -math.inf, math.inf), "a whole number"),
        "slots": (lambda v: _whole(v, 0, math.inf), "a whole number, 0 or more (0: no limit)"),
        "fault": text,
    }


def _whole(value: object, low: float, high: float) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def _number(value: object, low: float, high: float) -> bool:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    return math.isfinite(value) and low <= value <= high


def _filled(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())
