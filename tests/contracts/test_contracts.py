"""Our own parts keep the contracts that users' parts are held to; broken parts do not."""

import asyncio
from collections.abc import Sequence

import pytest

from expert_router.balancing import LeastLoaded, RoundRobin
from expert_router.routing import FixedRouter, RandomRouter, RoundRobinRouter
from expert_router.seams import ExpertRequest, Policy, ReplySink
from expert_router.testing import check_policy, check_router, check_upstream
from expert_router.types import Assignment, Turns
from expert_router.upstream import OpenAIHttp


@pytest.mark.parametrize("policy", [LeastLoaded(), RoundRobin()])
def test_our_policies_keep_the_contract(policy: Policy) -> None:
    check_policy(policy)


def test_a_policy_that_points_past_the_end_is_found() -> None:
    class PastTheEnd:
        def choose(self, loads: Sequence[int]) -> int:
            return len(loads)

    with pytest.raises(AssertionError, match="no index"):
        check_policy(PastTheEnd())


def test_our_baseline_routers_keep_the_contract() -> None:
    names = ["a", "b"]
    for router in (FixedRouter("a"), RandomRouter(names, seed=1), RoundRobinRouter(names)):
        check_router(router, names)


def test_a_router_that_invents_experts_is_found() -> None:
    class Inventive:
        def route(self, turns: Turns) -> Assignment:
            return Assignment("c")

    with pytest.raises(AssertionError, match="'c' is none of"):
        check_router(Inventive(), ["a", "b"])


def test_openai_http_keeps_the_contract() -> None:
    asyncio.run(check_upstream(OpenAIHttp))


def test_an_upstream_that_goes_on_after_a_cancel_is_found(monkeypatch) -> None:
    class Stubborn(OpenAIHttp):
        async def relay(self, request: ExpertRequest, sink: ReplySink) -> None:
            await asyncio.shield(super().relay(request, sink))

    monkeypatch.setattr("expert_router.testing.upstream._PATIENCE_SECONDS", 0.5)
    with pytest.raises(TimeoutError):
        asyncio.run(check_upstream(Stubborn))
