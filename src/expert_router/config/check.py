"""What types cannot say about a config: names that must exist, addresses that must parse."""

from collections import Counter
from collections.abc import Iterator
from typing import TypeAlias
from urllib.parse import urlsplit

from expert_router.config.model import Address, ExpertConfig, GatewayConfig, RouterConfig
from expert_router.errors import InputError

Mistake: TypeAlias = tuple[tuple[str | int, ...], str]


def check_meaning(config: GatewayConfig) -> Iterator[Mistake]:
    """Yield (path of the key, what is wrong) for each mistake of a well-shaped config."""
    names = [expert.name for expert in config.experts]
    for index, expert in enumerate(config.experts):
        yield from _check_expert(("experts", index), expert, Counter(names)[expert.name])
    yield from _check_cluster_owners(config.experts)
    yield from _check_router(config.router, names)
    if config.default_expert is not None and config.default_expert not in names:
        yield ("default_expert",), _no_such_expert(config.default_expert, names)
    for door, value in (("listen", config.listen), ("control", config.control)):
        try:
            _ = value is None or parse_address(value)
        except InputError as error:
            yield (door,), str(error)


def parse_address(text: str) -> Address:
    """Split ``host:port`` (``[::1]:8080`` for IPv6). Raises InputError."""
    host, colon, port = text.rpartition(":")
    if not colon or not host or not port.isascii() or not port.isdigit() or int(port) > 65_535:
        raise InputError(f"'{text}': expected host:port, like 127.0.0.1:8080")
    return Address(host.strip("[]"), int(port))


def _check_expert(
    path: tuple[str | int, ...], expert: ExpertConfig, times: int
) -> Iterator[Mistake]:
    if expert.name == "auto":
        yield (*path, "name"), "'auto' is taken: it asks the router; expected another name"
    if times > 1:
        yield (*path, "name"), f"'{expert.name}' is the name of {times} experts; expected one"
    for index, url in enumerate(expert.replicas):
        reason = _url_mistake(url)
        if reason:
            yield (*path, "replicas", index), f"'{url}': {reason}"


def _url_mistake(url: str) -> str | None:
    expected = "expected http://HOST:PORT/v1 or https://HOST/v1"
    try:
        parts = urlsplit(url)
        port_is_fine = parts.port is None or parts.port > 0
    except ValueError as error:
        return f"{error}; {expected}"
    if parts.scheme not in {"http", "https"} or not parts.hostname or not port_is_fine:
        return expected
    if parts.query or parts.fragment or parts.username:
        return f"a user, query or fragment has no meaning here; {expected}"
    if not url.isascii() or not url.isprintable() or " " in url:
        return f"a character that no URL may have; {expected}"
    return None


def _check_cluster_owners(experts: list[ExpertConfig]) -> Iterator[Mistake]:
    owner: dict[int, str] = {}
    for index, expert in enumerate(experts):
        for cluster in expert.clusters or ():
            if cluster in owner:
                yield (
                    ("experts", index, "clusters"),
                    f"cluster {cluster} belongs to '{owner[cluster]}' already; expected one owner",
                )
            owner[cluster] = expert.name


def _check_router(router: RouterConfig, names: list[str]) -> Iterator[Mistake]:
    if router.use == "kmeans" and router.artifact is None:
        yield (
            ("router",),
            "`artifact` is missing; expected the folder that `expert-router train` wrote",
        )
    if router.use == "fixed" and router.expert is None:
        yield ("router",), "`expert` is missing; expected the name of one expert"
    if router.expert is not None and router.expert not in names:
        yield ("router", "expert"), _no_such_expert(router.expert, names)
    if router.use not in {"kmeans", "fixed", "random", "round_robin"} and ":" not in router.use:
        yield (
            ("router", "use"),
            f"'{router.use}': expected kmeans, fixed, random, round_robin or my_pkg.mod:Thing",
        )


def _no_such_expert(name: str, names: list[str]) -> str:
    return f"'{name}' is no expert; expected one of {', '.join(names)}"
