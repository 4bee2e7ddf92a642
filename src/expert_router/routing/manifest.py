"""The birth certificate of a router artifact: what it was made of, by what, and what came out."""

import hashlib
from typing import Literal, TypeVar

import msgspec

from expert_router.errors import ArtifactError
from expert_router.routing.text import TextOptions

T = TypeVar("T")

FORMAT = "expert-router/kmeans"
FORMAT_VERSION = 1


class FileInfo(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file beside the manifest: its size in bytes and its hex SHA-256."""

    bytes: int
    sha256: str


class EmbedderInfo(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How prompts become vectors."""

    kind: Literal["tfidf_svd"]
    options: TextOptions
    dimensions: int
    min_df: int
    vocabulary_size: int
    vocabulary_sha256: str  # over the terms in order, joined by line breaks, as UTF-8
    fingerprint: str
    explained_variance: float  # the share of the TF-IDF variance that the SVD kept, 0 to 1


class ClusteringInfo(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the centroids were learnt."""

    method: Literal["plain", "balanced", "spherical"]
    k: int
    seed: int
    max_share: float | None  # balanced: the largest share of the prompts a cluster may hold
    mean_squared_distance: float  # of the prompts to their nearest centroid


class CorpusInfo(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was read. ``sha256`` is over every prompt as UTF-8, each followed by a zero byte."""

    sha256: str
    prompts: int
    labelled: int
    skipped: int  # bad lines left out on request
    unplaced: int  # prompts without any term of the vocabulary
    learnt_from: int  # prompts that the SVD and the centroids were learnt from


class ClusterInfo(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One cluster.

    ``size`` counts the prompts it held in training (balanced: within the share), ``served`` those
    of the same prompts that the nearest centroid gives it, as serving does. ``distance`` maps
    quantiles ("0.5") to the distance of the served prompts from the centroid.
    """

    size: int
    served: int
    expert: str
    label_share: float | None  # share of its labelled prompts that bear its expert's name
    terms: tuple[str, ...]
    distance: dict[str, float]


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``manifest.json``. ``checksum`` is over the file with this field empty."""

    format: str
    format_version: int
    embedder: EmbedderInfo
    clustering: ClusteringInfo
    corpus: CorpusInfo
    libraries: dict[str, str]
    clusters: tuple[ClusterInfo, ...]
    files: dict[str, FileInfo] = {}
    checksum: str = ""


class _Header(msgspec.Struct):
    format: str = ""
    format_version: int = 0


def encode_manifest(manifest: Manifest) -> bytes:
    """Return the manifest as indented JSON, its checksum filled in."""
    return _encode(msgspec.structs.replace(manifest, checksum=_checksum(manifest)))


def decode_manifest(raw: bytes, source: str) -> Manifest:
    """Return the manifest in ``raw``. Raises ArtifactError naming ``source``.

    Foreign and newer formats are told first: their other fields may well differ.
    """
    header = _decode(raw, source, _Header)
    if header.format != FORMAT:
        raise ArtifactError(f"{source}: not a router artifact (format is not {FORMAT!r})")
    if header.format_version > FORMAT_VERSION:
        raise ArtifactError(
            f"{source}: format_version {header.format_version} is newer than this program reads "
            f"({FORMAT_VERSION}); update expert-router, or train again"
        )
    manifest = _decode(raw, source, Manifest)
    if manifest.checksum != _checksum(manifest):
        raise ArtifactError(f"{source}: changed after it was written (its checksum differs)")
    return manifest


def _decode(raw: bytes, source: str, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(raw, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ArtifactError(f"{source}: not a readable manifest: {error}") from None


def _encode(manifest: Manifest) -> bytes:
    return msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n"


def _checksum(manifest: Manifest) -> str:
    bare = msgspec.structs.replace(manifest, checksum="")
    return hashlib.sha256(_encode(bare)).hexdigest()
