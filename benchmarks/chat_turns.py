"""How much should earlier turns of a chat weigh? The figures of docs/decisions/0001-chat-turns.md.

    python benchmarks/chat_turns.py [--prompts ../shared/data/prompts.jsonl.gz]

A router (k = 64) is trained on the prompts of the split "train"; chats are put together from those
of the split "test", 2,000 of each kind, and scored by the last topic meant:
same topic (three prompts of one domain), short follow-up (one prompt, then "and why?"), new topic
(two prompts of one domain, then one of another), short new topic (the same, its last prompt of at
most eight words).
"""

import argparse
import gzip
import json
import random
import sys
import tempfile
from pathlib import Path

from expert_router.routing import KMeansRouter, kmeans
from expert_router.training import PromptReader, TrainOptions, train

SHARED = Path(__file__).parents[1] / "../shared/data/prompts.jsonl.gz"
DECAYS = (0.0, 0.25, 0.5, 0.75, 1.0)
CHATS = 2000
SHORT_WORDS = 8
MIN_SHORT = 10  # short prompts of a domain, for it to be the new topic of such a chat
FOLLOW_UPS = (
    "and why?",
    "Can you explain that in more detail?",
    "Give me another example, please.",
    "I don't understand the last part.",
    "thanks, now shorter",
    "Are you sure about that?",
    "What would you do instead?",
)

Chat = tuple[tuple[str, ...], str]


def make_chats(by_domain: dict[str, list[str]], rng: random.Random) -> dict[str, list[Chat]]:
    """Return the chats of each kind, with the domain that should be found."""
    domains = sorted(by_domain)
    short = {d: [p for p in by_domain[d] if len(p.split()) <= SHORT_WORDS] for d in domains}
    brief = [domain for domain in domains if len(short[domain]) >= MIN_SHORT]
    kinds = ("same topic", "short follow-up", "new topic", "short new topic")
    chats: dict[str, list[Chat]] = {kind: [] for kind in kinds}
    for _ in range(CHATS):
        old, new = rng.sample(domains, 2)
        first, second, third = rng.sample(by_domain[old], 3)
        chats["same topic"].append(((first, second, third), old))
        chats["short follow-up"].append(((first, rng.choice(FOLLOW_UPS)), old))
        chats["new topic"].append(((first, second, rng.choice(by_domain[new])), new))
        new = rng.choice([domain for domain in brief if domain != old])
        chats["short new topic"].append(((first, second, rng.choice(short[new])), new))
    return chats


def learn(rows: list[dict[str, str]]) -> KMeansRouter:
    """Train a router on rows with prompt and domain."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "prompts.jsonl"
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        return KMeansRouter(train(PromptReader(path), TrainOptions()).artifact, None, "default")


def main() -> int:
    """Print a table: a line a decay, a column a kind of chat."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--prompts", type=Path, default=SHARED)
    path = parser.parse_args().prompts
    if not path.exists():
        print(f"{path}: not here; nothing measured")
        return 2
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    router = learn([row for row in rows if row["split"] == "train"])
    by_domain: dict[str, list[str]] = {}
    for row in rows:
        if row["split"] == "test":
            by_domain.setdefault(row["domain"], []).append(row["prompt"])
    chats = make_chats(by_domain, random.Random(0))
    print("decay  " + "  ".join(chats) + "  mean")
    for decay in DECAYS:
        kmeans.TURN_DECAY = decay
        right = [_accuracy(router, kind) for kind in chats.values()]
        columns = [f"{share:{len(name)}.3f}" for name, share in zip(chats, right, strict=True)]
        print(f"{decay:5.2f}  " + "  ".join(columns) + f"  {sum(right) / len(right):.3f}")
    return 0


def _accuracy(router: KMeansRouter, chats: list[Chat]) -> float:
    return sum(router.route(turns).expert == domain for turns, domain in chats) / len(chats)


if __name__ == "__main__":
    sys.exit(main())
