"""A fitted router as a folder: ``manifest.json`` and safetensors. No pickle, nothing to execute."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from expert_router.errors import ArtifactError
from expert_router.routing.folders import replaced_folder
from expert_router.routing.manifest import FileInfo, Manifest, decode_manifest, encode_manifest
from expert_router.routing.tfidf import TfidfSvdEmbedder

MANIFEST = "manifest.json"
ROUTER = "router.safetensors"
SAMPLES = "samples.safetensors"


@dataclass(frozen=True)
class Samples:
    """Some of the training prompts, to look at: vectors float16 (n, d), clusters, first words."""

    vectors: NDArray[np.float16]
    clusters: NDArray[np.int32]
    snippets: tuple[str, ...]


@dataclass(frozen=True)
class Artifact:
    """A fitted router. ``centroids`` is float32 (k, d)."""

    manifest: Manifest
    embedder: TfidfSvdEmbedder
    centroids: NDArray[np.float32]
    samples: Samples | None = None

    @cached_property
    def assignment(self) -> dict[int, str]:
        """Cluster to expert."""
        return {i: cluster.expert for i, cluster in enumerate(self.manifest.clusters)}

    @property
    def experts(self) -> tuple[str, ...]:
        """The experts' names, in the order of their first cluster."""
        return tuple(dict.fromkeys(self.assignment.values()))


def save_artifact(artifact: Artifact, path: Path | str) -> None:
    """Write the artifact's folder beside ``path`` and put it in its place in one step.

    Raises ArtifactError when something that is no router artifact is in the way, or on OSError.
    """
    target = Path(path)
    check_target(target)
    files = {ROUTER: _router_bytes(artifact)}
    if artifact.samples is not None:
        files[SAMPLES] = _samples_bytes(artifact.samples)
    manifest = msgspec.structs.replace(
        artifact.manifest, files={name: _info(data) for name, data in files.items()}
    )
    files[MANIFEST] = encode_manifest(manifest)
    try:
        with replaced_folder(target) as folder:
            for name, data in files.items():
                (folder / name).write_bytes(data)
    except OSError as error:
        raise ArtifactError(f"{target}: cannot be written: {error.strerror or error}") from error


def check_target(path: Path) -> None:
    """Raise ArtifactError when ``path`` holds something else that training would overwrite."""
    if not path.exists():
        return
    if not path.is_dir():
        raise ArtifactError(f"{path}: is a file; a router artifact is a folder")
    if any(path.iterdir()) and not (path / MANIFEST).exists():
        raise ArtifactError(f"{path}: holds other files; give a new folder or a router artifact")


def load_artifact(path: Path | str) -> Artifact:
    """Read and check an artifact's folder. Raises ArtifactError with one line that says what."""
    folder = Path(path)
    if not folder.is_dir():
        raise ArtifactError(f"{folder}: no such router artifact (a folder made by `train`)")
    source = folder / MANIFEST
    manifest = decode_manifest(_read(source), str(source))
    if ROUTER not in manifest.files:
        raise ArtifactError(f"{source}: lists no {ROUTER}")
    tensors = {name: _tensors(folder / name, info) for name, info in manifest.files.items()}
    try:
        return _assemble(manifest, tensors)
    except (KeyError, ValueError, IndexError) as error:
        raise ArtifactError(f"{folder}: its parts do not fit together: {error}") from error


def _assemble(manifest: Manifest, files: Mapping[str, Mapping[str, NDArray[Any]]]) -> Artifact:
    router = files[ROUTER]
    info = manifest.embedder
    vocabulary = _split(router["vocabulary"])
    centroids = router["centroids"]
    if centroids.shape != (len(manifest.clusters), info.dimensions):
        raise ValueError(f"{len(manifest.clusters)} clusters, centroids {centroids.shape}")
    if router["rows"].shape != (info.vocabulary_size, info.dimensions):
        raise ValueError(f"{info.vocabulary_size} terms, rows {router['rows'].shape}")
    embedder = TfidfSvdEmbedder(info.options, vocabulary, router["rows"])
    samples = _samples(files[SAMPLES]) if SAMPLES in files else None
    return Artifact(manifest, embedder, centroids, samples)


def _samples(tensors: Mapping[str, NDArray[Any]]) -> Samples:
    return Samples(tensors["vectors"], tensors["clusters"], _split(tensors["snippets"]))


def _tensors(path: Path, expected: FileInfo) -> dict[str, NDArray[Any]]:
    data = _read(path)
    if len(data) < expected.bytes:
        raise ArtifactError(f"{path}: truncated ({len(data)} of {expected.bytes} bytes)")
    if _info(data) != expected:
        raise ArtifactError(f"{path}: changed after it was written (its SHA-256 differs)")
    try:
        return load(data)
    except SafetensorError as error:
        raise ArtifactError(f"{path}: not a safetensors file: {error}") from error


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise ArtifactError(f"{path}: missing; not a router artifact, or not whole") from None
    except OSError as error:
        raise ArtifactError(f"{path}: cannot be read: {error.strerror or error}") from error


def _info(data: bytes) -> FileInfo:
    return FileInfo(len(data), hashlib.sha256(data).hexdigest())


def _router_bytes(artifact: Artifact) -> bytes:
    return save(
        {
            "rows": artifact.embedder.rows,
            "centroids": np.ascontiguousarray(artifact.centroids, dtype=np.float32),
            "vocabulary": join_lines(artifact.embedder.vocabulary),
        }
    )


def _samples_bytes(samples: Samples) -> bytes:
    return save(
        {
            "vectors": np.ascontiguousarray(samples.vectors),
            "clusters": np.ascontiguousarray(samples.clusters),
            "snippets": join_lines(samples.snippets),
        }
    )


def join_lines(texts: Sequence[str]) -> NDArray[np.uint8]:
    """Return texts (without line breaks) as UTF-8 bytes, one a line: safetensors hold no strings.

    Lone surrogates, which UTF-8 cannot say, are kept as they are (``surrogatepass``).
    """
    return np.frombuffer("\n".join(texts).encode("utf-8", "surrogatepass"), dtype=np.uint8)


def _split(data: NDArray[np.uint8]) -> tuple[str, ...]:
    text = data.tobytes().decode("utf-8", "surrogatepass")
    return tuple(text.split("\n")) if text else ()
