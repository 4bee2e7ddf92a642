"""What every `Policy` promises, as a check to call in a test."""

import random

from expert_router.seams import Policy
from expert_router.testing.routing import expect

_ROUNDS = 500


def check_policy(policy: Policy, seed: int = 0) -> None:
    """Assert that a policy gives a valid index, whatever the loads, and leaves them alone."""
    rng = random.Random(seed)  # noqa: S311 - loads, not secrets
    for _ in range(_ROUNDS):
        loads = [rng.randrange(100) for _ in range(rng.randrange(1, 9))]
        given = list(loads)
        chosen = policy.choose(loads)
        expect(isinstance(chosen, int), f"{given}: gave a {type(chosen).__name__}")
        expect(0 <= chosen < len(given), f"{given}: gave {chosen}, which is no index")
        expect(loads == given, f"{given}: the loads were changed to {loads}")
