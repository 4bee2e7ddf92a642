"""The shape of ``gateway.yaml``. The reference page in ``docs/`` is generated from this file.

A field's ``description`` is its documentation; a constraint in its type is checked on loading.
"""

from typing import Annotated, Any, NamedTuple

import msgspec
from msgspec import Meta

Seconds = Annotated[float, Meta(gt=0, le=86_400, description="seconds")]
Count = Annotated[int, Meta(ge=1)]


class Address(NamedTuple):
    """Host and port of a door; port 0 lets the system choose."""

    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


class _Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A part of the config: unknown keys are mistakes."""


class RouterConfig(_Section, frozen=True):
    """How a prompt finds its expert."""

    use: Annotated[
        str,
        Meta(
            description="`kmeans`, a baseline (`fixed`, `random`, `round_robin`), or your own "
            "(`my_pkg.mod:Thing`)"
        ),
    ] = "kmeans"
    artifact: Annotated[
        str | None,
        Meta(description="kmeans: the folder that `expert-router train` wrote"),
    ] = None
    expert: Annotated[str | None, Meta(description="fixed: every prompt goes to this expert")] = (
        None
    )
    seed: Annotated[int, Meta(description="random: the seed of its choices")] = 0
    max_distance: Annotated[
        Annotated[float, Meta(gt=0, le=2)] | None,
        Meta(
            description="kmeans: a prompt farther than this from every centroid goes to "
            "`default_expert` (distance between unit vectors, 0 to 2)",
        ),
    ] = None
    options: Annotated[
        dict[str, Any], Meta(description="your own router: passed to it as keyword arguments")
    ] = {}


class ExpertConfig(_Section, frozen=True):
    """A named model with one purpose, and the addresses that serve it."""

    name: Annotated[
        str,
        Meta(
            pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}$",
            description="what clients, metrics and headers say: letters, digits and `._:/-`; "
            "`auto` is taken",
        ),
    ]
    replicas: Annotated[
        list[str],
        Meta(min_length=1, description="base URLs that serve it, each with its path (`…/v1`)"),
    ]
    model: Annotated[str | None, Meta(description="what the replicas call it; default: `name`")] = (
        None
    )
    upstream: Annotated[
        str,
        Meta(description="how replicas are spoken to: `openai_http`, or `my_pkg.mod:Thing`"),
    ] = "openai_http"
    policy: Annotated[
        str,
        Meta(
            description="which replica gets a call: `least_loaded`, `round_robin`, or "
            "`my_pkg.mod:Thing`"
        ),
    ] = "least_loaded"
    max_in_flight: Annotated[
        Count, Meta(description="calls at once on one replica; more wait in the expert's queue")
    ] = 64
    max_queue: Annotated[
        int, Meta(ge=0, description="calls that may wait; one more is answered 503 at once")
    ] = 1024
    queue_seconds: Annotated[
        Seconds, Meta(description="a call that waited this long is answered 503")
    ] = 30.0
    clusters: Annotated[
        list[int] | None,
        Meta(description="clusters it owns; default: those the artifact gives to its name"),
    ] = None
    api_key: Annotated[
        str | None,
        Meta(description="sent to the replicas as `authorization: Bearer …`; use `${ENV}`"),
    ] = None


class Timeouts(_Section, frozen=True):
    """How long each step may take."""

    request_head_seconds: Annotated[
        Seconds, Meta(description="from a request's first byte to the end of its head")
    ] = 30.0
    request_body_seconds: Annotated[
        Seconds, Meta(description="from the end of its head to the end of its body")
    ] = 60.0
    keep_alive_seconds: Annotated[
        Seconds, Meta(description="an idle client connection is closed after this")
    ] = 75.0
    client_stall_seconds: Annotated[
        Seconds, Meta(description="a client that reads nothing of its reply is cut off after this")
    ] = 120.0
    drain_seconds: Annotated[
        Seconds, Meta(description="on SIGTERM: how long replies may still take")
    ] = 30.0
    connect_seconds: Annotated[Seconds, Meta(description="to open a connection to a replica")] = 5.0
    first_byte_seconds: Annotated[
        Seconds, Meta(description="from sending a call to the first byte of its reply")
    ] = 300.0
    idle_seconds: Annotated[
        Seconds,
        Meta(
            description="a reply that falls silent this long, while the client "
            "reads, is ended (at the latest after twice as long)"
        ),
    ] = 120.0


class Limits(_Section, frozen=True):
    """How much a stranger may send."""

    header_bytes: Annotated[
        int, Meta(ge=1024, le=65_536, description="a request's head, in bytes")
    ] = 65_536
    body_bytes: Annotated[Count, Meta(description="a request's body, in bytes")] = 33_554_432
    connections: Annotated[
        Count, Meta(description="client connections at once; one more is answered 503")
    ] = 20_000


class GatewayConfig(_Section, frozen=True):
    """The whole file."""

    experts: Annotated[list[ExpertConfig], Meta(min_length=1, description="see below")]
    router: Annotated[RouterConfig, Meta(description="see below")] = RouterConfig()
    default_expert: Annotated[
        str | None,
        Meta(description="gets empty prompts and unknown territory; default: the first expert"),
    ] = None
    listen: Annotated[str, Meta(description="the data door, `host:port`")] = "127.0.0.1:8080"
    control: Annotated[str | None, Meta(description="the control door; `null` closes it")] = (
        "127.0.0.1:8081"
    )
    workers: Annotated[
        int, Meta(ge=1, le=1, description="processes sharing the data door; only 1 so far")
    ] = 1
    expose_replicas: Annotated[
        bool, Meta(description="show the replica's address in `x-expert-replica`")
    ] = False
    timeouts: Annotated[Timeouts, Meta(description="see below")] = Timeouts()
    limits: Annotated[Limits, Meta(description="see below")] = Limits()

    @property
    def fallback(self) -> str:
        """The name of the expert that takes what no other owns."""
        return self.default_expert or self.experts[0].name
