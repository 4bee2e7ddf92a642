"""Which expert owns which cluster: by the prompts' labels, or as the user says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import yaml
from numpy.typing import NDArray

from expert_router.errors import ConfigError, InputError
from expert_router.routing.artifact import Artifact
from expert_router.training.cluster import Labels


@dataclass(frozen=True)
class Owner:
    """A cluster's expert, and the share of its labelled prompts that bear this name."""

    expert: str
    share: float | None = None


def owners(
    clusters: Labels, labels: NDArray[np.int32], names: Sequence[str], k: int
) -> list[Owner]:
    """Return each cluster's owner by the majority of its prompts' labels.

    ``clusters`` and ``labels`` have one entry a prompt, -1 for none. A cluster without a labelled
    prompt is its own expert ``cluster-N``. A tie goes to the name that is first in the alphabet.
    """
    counts = np.zeros((k, len(names)), dtype=np.int64)
    both = (clusters >= 0) & (labels >= 0)
    np.add.at(counts, (clusters[both], labels[both]), 1)
    return [_owner(i, row, names) for i, row in enumerate(counts)]


def _owner(cluster: int, counts: NDArray[np.int64], names: Sequence[str]) -> Owner:
    total = int(counts.sum())
    if not total:
        return Owner(f"cluster-{cluster}")
    most = int(counts.max())
    expert = min(names[int(i)] for i in np.flatnonzero(counts == most))
    return Owner(expert, most / total)


def reassigned(artifact: Artifact, experts: Mapping[int, str]) -> Artifact:
    """Return the artifact with other owners for the clusters named in ``experts``."""
    clusters = tuple(
        cluster
        if experts.get(i, cluster.expert) == cluster.expert
        else msgspec.structs.replace(cluster, expert=experts[i], label_share=None)
        for i, cluster in enumerate(artifact.manifest.clusters)
    )
    manifest = msgspec.structs.replace(artifact.manifest, clusters=clusters)
    return Artifact(manifest, artifact.embedder, artifact.centroids, artifact.samples)


def read_assignment(path: Path, k: int) -> dict[int, str]:
    """Read ``assign.yaml``, ``expert: [clusters]``, into cluster → expert.

    Clusters it does not name keep their owner. Raises ConfigError with one line a mistake.
    """
    content = _load_yaml(path)
    if not isinstance(content, dict) or not content:
        raise ConfigError([f"{path}: expected lines such as `math: [0, 3]`"])
    mistakes: list[str] = []
    found: dict[int, str] = {}
    for expert, clusters in content.items():
        for cluster in _clusters(path, expert, clusters, mistakes):
            problem = _problem(cluster, k, found)
            if problem:
                mistakes.append(f"{path}: {expert}: {problem}")
            else:
                found[cluster] = expert
    if mistakes:
        raise ConfigError(mistakes)
    return found


def _clusters(path: Path, expert: object, clusters: object, mistakes: list[str]) -> Sequence[Any]:
    if not isinstance(expert, str) or not expert:
        mistakes.append(f"{path}: {expert!r}: an expert's name must be text (put it in quotes)")
        return ()
    if not isinstance(clusters, list) or not clusters:
        mistakes.append(f"{path}: {expert}: {clusters!r}: expected a list of clusters, as [0, 3]")
        return ()
    return clusters


def _problem(cluster: object, k: int, found: Mapping[int, str]) -> str | None:
    if not isinstance(cluster, int) or isinstance(cluster, bool):
        return f"{cluster!r}: expected the number of a cluster"
    if not 0 <= cluster < k:
        return f"{cluster}: no such cluster (0 to {k - 1})"
    if cluster in found:
        return f"{cluster}: already given to {found[cluster]}"
    return None


class _StrictLoader(yaml.SafeLoader):
    """Refuses a key that stands twice, of which YAML would silently keep the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"{key.value!r} stands twice", key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def _load_yaml(path: Path) -> object:
    try:
        return yaml.load(path.read_text("utf-8"), Loader=_StrictLoader)  # noqa: S506 - is a SafeLoader
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise InputError(f"{path}: not UTF-8") from None
    except yaml.YAMLError as error:
        raise InputError(f"{path}: not YAML: {' '.join(str(error).split())}") from None
