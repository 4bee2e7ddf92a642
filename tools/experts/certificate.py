"""models.json: where each shipped model comes from and what it was measured to do."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

_FILE = "models.json"


def read(folder: Path) -> dict[str, dict[str, Any]]:
    """All certificates of a folder, by model name."""
    path = folder / _FILE
    if not path.exists():
        return {}
    models: list[dict[str, Any]] = json.loads(path.read_text())["models"]
    return {model["name"]: model for model in models}


def add(folder: Path, model: dict[str, Any]) -> None:
    """Add or replace one model's certificate."""
    models = read(folder) | {model["name"]: model}
    ordered = [models[name] for name in sorted(models)]
    draft = folder / f".{_FILE}.{os.getpid()}"
    draft.write_text(json.dumps({"models": ordered}, indent=2) + "\n")
    draft.replace(folder / _FILE)  # a reader sees the old file or the new one, never half of one
