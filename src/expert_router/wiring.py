"""From config to running parts. The only file that knows the concrete classes."""

import importlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from expert_router.balancing import LeastLoaded, Pool, Replica, RoundRobin
from expert_router.config import ExpertConfig, GatewayConfig, Timeouts
from expert_router.errors import ConfigError, ExpertRouterError
from expert_router.gateway import Expert, Gateway
from expert_router.routing import (
    Artifact,
    FixedRouter,
    KMeansRouter,
    RandomRouter,
    RoundRobinRouter,
    load_artifact,
)
from expert_router.seams import Router
from expert_router.telemetry import PrometheusObserver
from expert_router.upstream import OpenAIHttp

_POLICIES = {"least_loaded": LeastLoaded, "round_robin": RoundRobin}
_UPSTREAMS = {"openai_http": OpenAIHttp}


def build(config: GatewayConfig) -> tuple[Gateway, Callable[[], bytes]]:
    """Return the gateway and the function that renders its metrics.

    Raises ArtifactError or ConfigError when a part cannot be made as configured.
    """
    metrics = PrometheusObserver()
    gateway = Gateway(
        build_router(config),
        [_expert(expert, config.timeouts) for expert in config.experts],
        default_expert=config.fallback,
        observers=[metrics],
        expose_replicas=config.expose_replicas,
    )
    metrics.watch(gateway.state)
    return gateway, metrics.render


def build_router(config: GatewayConfig) -> Router:
    """Return the router that a config asks for. Raises ArtifactError or ConfigError."""
    router = config.router
    names = [expert.name for expert in config.experts]
    if router.use == "kmeans":
        return _kmeans(config, names)
    if router.use == "fixed":
        return FixedRouter(router.expert or config.fallback)
    if router.use == "random":
        return RandomRouter(names, seed=router.seed)
    if router.use == "round_robin":
        return RoundRobinRouter(names)
    made: Router = _imported(router.use, "router.use", router.options)
    return made


def _kmeans(config: GatewayConfig, names: list[str]) -> Router:
    artifact = load_artifact(Path(config.router.artifact or ""))
    owners = _cluster_owners(config, artifact, names)
    return KMeansRouter(artifact, owners, config.fallback, config.router.max_distance)


def _cluster_owners(
    config: GatewayConfig, artifact: Artifact, names: list[str]
) -> Mapping[int, str]:
    """The config's ``clusters`` win over the artifact's; each owner must be an expert."""
    owners = dict(artifact.assignment)
    count = len(artifact.centroids)
    for expert in config.experts:
        for cluster in expert.clusters or ():
            if not 0 <= cluster < count:
                raise ConfigError(
                    [f"experts: {expert.name}: clusters: {cluster}: expected 0 to {count - 1}"]
                )
            owners[cluster] = expert.name
        if expert.clusters is not None:
            kept = set(expert.clusters)
            owners = {c: e for c, e in owners.items() if e != expert.name or c in kept}
    strangers = sorted(set(owners.values()) - set(names))
    if strangers:
        raise ConfigError(
            [
                f"router.artifact: {config.router.artifact}: gives clusters to "
                f"{', '.join(strangers)}, which is no expert here; expected names among "
                f"{', '.join(names)}, or `clusters` of an expert that cover them"
            ]
        )
    return owners


def _expert(config: ExpertConfig, timeouts: Timeouts) -> Expert:
    pool = Pool(
        config.name,
        [Replica(url, _upstream(config, url, timeouts)) for url in config.replicas],
        _named(_POLICIES, config.policy, f"experts: {config.name}: policy")(),
        max_in_flight=config.max_in_flight,
        max_queue=config.max_queue,
        queue_seconds=config.queue_seconds,
    )
    return Expert(config.name, config.model or config.name, pool)


def _upstream(config: ExpertConfig, url: str, timeouts: Timeouts) -> Any:
    make = _named(_UPSTREAMS, config.upstream, f"experts: {config.name}: upstream")
    return make(
        url,
        api_key=config.api_key,
        connect_seconds=timeouts.connect_seconds,
        first_byte_seconds=timeouts.first_byte_seconds,
        idle_seconds=timeouts.idle_seconds,
    )


def _named(known: Mapping[str, Any], name: str, where: str) -> Any:
    if name in known:
        return known[name]
    if ":" not in name:
        raise ConfigError([f"{where}: '{name}': expected {', '.join(known)} or my_pkg.mod:Thing"])
    return _import(name, where)


def _imported(name: str, where: str, options: Mapping[str, Any]) -> Any:
    """Make a user's own part. Whatever it raises is told as a mistake of the config."""
    thing = _import(name, where)
    try:
        return thing(**options)
    except ExpertRouterError:
        raise
    except Exception as error:
        raise ConfigError([f"{where}: {name}: {type(error).__name__}: {error}"]) from error


def _import(name: str, where: str) -> Any:
    module, _, attribute = name.partition(":")
    try:
        return getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise ConfigError([f"{where}: {name}: cannot be imported: {error}"]) from error
