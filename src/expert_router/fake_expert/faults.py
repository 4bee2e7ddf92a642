"""The faults a fake expert can have: each but `refuse` is a pure change of a reply's script."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice
from random import Random

from expert_router.errors import InputError
from expert_router.fake_expert import wire
from expert_router.fake_expert.script import End, Script

REFUSE = "refuse"
NONE = "none"  # as a request's own fault: no fault for this one
HUGE_HEADER_BYTES = 256 * 1024
DRIP_SECONDS = 0.001

Change = Callable[[Script], Script]


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault and how often it strikes."""

    name: str
    probability: float = 1.0


def parse_faults(spec: str) -> tuple[Fault, ...]:
    """Read ``NAME[:probability][,…]``; raise InputError that names what is wrong."""
    return tuple(_parse_fault(part.strip()) for part in spec.split(",") if part.strip())


def _parse_fault(part: str) -> Fault:
    name, colon, chance = part.partition(":")
    if name not in fault_names():
        expected = ", ".join(fault_names())
        raise InputError(f"fake-expert: fault: {name!r}: expected one of {expected}")
    try:
        probability = float(chance) if colon else 1.0
    except ValueError:
        probability = -1.0
    if not 0 <= probability <= 1:
        raise InputError(f"fake-expert: fault: {part!r}: expected a probability from 0 to 1")
    return Fault(name, probability)


def strikes(faults: Sequence[Fault], rng: Random) -> str:
    """Draw which of the faults strikes, the first in order; "" when none does."""
    for fault in faults:
        if rng.random() < fault.probability:
            return fault.name
    return ""


def fault_names() -> tuple[str, ...]:
    """Return the names that `parse_faults` takes."""
    return (REFUSE, *_changes())


def with_fault(name: str, script: Script) -> Script:
    """Return the script as the fault bends it."""
    if not name or name == NONE:
        return script
    change = _refused if name == REFUSE else _changes()[name]
    return replace(change(script), fault=name)


def _changes() -> dict[str, Change]:
    return {
        "hang-before-head": _hang_before_head,
        "hang-mid-stream": lambda script: _cut(script, End.HANG),
        "reset-mid-stream": lambda script: _cut(script, End.RESET),
        "close-mid-stream": lambda script: _cut(script, End.CLOSE),
        "500": lambda script: _error(500, "the fake expert failed, as it was told to"),
        "503": lambda script: _error(503, "the fake expert is down, as it was told to be"),
        "429": lambda script: _error(429, "the fake expert is full, as it was told to be"),
        "malformed-http": _malformed,
        "truncated-chunk": _truncated,
        "huge-header": _huge_header,
        "slow-drip": _slow_drip,
        "wrong-content-type": _wrong_content_type,
        "error-event": _error_event,
    }


def _refused(script: Script) -> Script:
    """For one request the connection is open already: closing it unanswered is what is left."""
    return Script(b"", iter(()), end=End.CLOSE)


def _hang_before_head(script: Script) -> Script:
    return Script(b"", iter(()), end=End.HANG)


def _malformed(script: Script) -> Script:
    return Script(
        b"", iter((b"HTTP/9.9 not a status\r\n: no name\r\n\x00\r\n\r\n",)), end=End.CLOSE
    )


def _error(status: int, message: str) -> Script:
    extra = [(b"retry-after", b"1")] if status == 429 else []
    kind = "rate_limit_error" if status == 429 else "server_error"
    return wire.error_script(status, message, kind, headers=extra)


def _cut(script: Script, end: End) -> Script:
    """Stop in the middle: after half of the events of a stream, or half of a whole body."""
    if script.streamed:
        return replace(script, pieces=islice(script.pieces, script.middle), end=end)
    return replace(script, pieces=map(_first_half, script.pieces), end=end)


def _truncated(script: Script) -> Script:
    """Break off inside a chunk (of a whole body: short of its Content-Length), then FIN."""
    if not script.streamed:
        return _cut(script, End.CLOSE)
    before = islice(script.pieces, script.middle)
    broken = map(_first_half, islice(script.pieces, 1))
    return replace(script, pieces=chain(before, broken), end=End.CLOSE)


def _first_half(piece: bytes) -> bytes:
    return piece[: max(1, len(piece) // 2)]


def _huge_header(script: Script) -> Script:
    header = b"\r\nx-fake-huge: " + b"a" * HUGE_HEADER_BYTES + b"\r\n"
    return replace(script, head=script.head.replace(b"\r\n", header, 1))


def _wrong_content_type(script: Script) -> Script:
    head = script.head
    for right in (b"text/event-stream", b"application/json"):
        head = head.replace(b"content-type: " + right, b"content-type: text/html", 1)
    return replace(script, head=head)


def _slow_drip(script: Script) -> Script:
    """Send the whole reply, head included, a byte at a time."""
    pieces = _single_bytes(chain((script.head,), script.pieces))
    return replace(script, head=b"", pieces=pieces, gap=DRIP_SECONDS, streamed=True)


def _single_bytes(pieces: Iterator[bytes]) -> Iterator[bytes]:
    return (bytes((byte,)) for piece in pieces for byte in piece)


def _error_event(script: Script) -> Script:
    """Put an error event in place of the second half, and end the stream well, as vLLM does."""
    if not script.streamed:
        return _error(500, "the fake expert broke, as it was told to")
    error = wire.error_json("the fake expert broke, as it was told to", "server_error")
    last = wire.sse(error) + wire.sse(b"[DONE]")
    chunked = b"transfer-encoding: chunked" in script.head
    pieces = chain(islice(script.pieces, script.middle), (wire.frame(last, chunked, last=True),))
    return replace(script, pieces=pieces)
