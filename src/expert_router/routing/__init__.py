"""The decision at serving time: which expert owns a prompt. numpy, safetensors and msgspec only."""

from expert_router.routing.artifact import Artifact, load_artifact, save_artifact
from expert_router.routing.baselines import FixedRouter, RandomRouter, RoundRobinRouter
from expert_router.routing.chat import Message, Part, user_turns
from expert_router.routing.kmeans import Explanation, KMeansRouter
from expert_router.routing.text import TextOptions
from expert_router.routing.tfidf import TfidfSvdEmbedder

__all__ = [
    "Artifact",
    "Explanation",
    "FixedRouter",
    "KMeansRouter",
    "Message",
    "Part",
    "RandomRouter",
    "RoundRobinRouter",
    "TextOptions",
    "TfidfSvdEmbedder",
    "load_artifact",
    "save_artifact",
    "user_turns",
]
