"""An OpenAI-compatible server that is no model: settable speed, settable faults, exact books.

Tests, benchmarks and newcomers use it in place of an expert. See ``docs/fake-expert.md``.
"""

from expert_router.fake_expert.config import FakeExpertConfig, config_from
from expert_router.fake_expert.server import FakeExpert, run, serve

__all__ = ["FakeExpert", "FakeExpertConfig", "config_from", "run", "serve"]
