"""Contract checks for your own parts: called in a test, they raise AssertionError with a reason."""

from expert_router.testing.routing import ODD_TEXTS, check_embedder, check_router

__all__ = ["ODD_TEXTS", "check_embedder", "check_router"]
