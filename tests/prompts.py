"""Prompts to learn from and to ask: the shared ones where they are, made-up ones always."""

import json
import random
from pathlib import Path

SHARED = Path(__file__).parents[1] / ".." / "shared" / "data" / "prompts.jsonl.gz"

TOPICS = {
    "sql": "select table join query database column rows index primary key order group",
    "maths": "solve equation integral sum prove triangle angle prime derivative matrix number",
    "law": "contract clause court defendant liable party statute appeal judge damages plaintiff",
    "cooking": "bake oven flour butter onion simmer recipe salt pepper dough garlic stir",
}


COMMON = ["the", "a", "of", "to", "please", "how", "what", "can", "you", "in", "it"]


def made_up(count: int, seed: int = 0) -> list[dict[str, str]]:
    rng = random.Random(seed)
    prompts = []
    for _ in range(count):
        domain = rng.choice(list(TOPICS))
        words = rng.choices(TOPICS[domain].split(), k=rng.randint(4, 20))
        words += rng.choices(COMMON, k=5)
        rng.shuffle(words)
        prompts.append({"prompt": f"{' '.join(words)} {rng.randint(1, 99)}", "domain": domain})
    return prompts


def write_jsonl(path: Path, rows: list[dict[str, str]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path
