"""Contract checks for your own parts: called in a test, they raise AssertionError with a reason."""

from expert_router.testing.balancing import check_policy
from expert_router.testing.routing import ODD_TEXTS, check_embedder, check_router
from expert_router.testing.upstream import check_upstream

__all__ = ["ODD_TEXTS", "check_embedder", "check_policy", "check_router", "check_upstream"]
