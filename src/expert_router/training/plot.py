"""The prompt map: the sample prompts in two dimensions, coloured by expert, named by top terms."""

from pathlib import Path

from expert_router.routing.artifact import Artifact


def draw_map(artifact: Artifact, target: Path) -> None:
    """Draw the map into ``target``."""
    raise NotImplementedError
