"""Leases: whatever ends a call, the replica is given back once and the queue moves on."""

import asyncio
import random
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expert_router.balancing import LeastLoaded, Pool, Replica, RoundRobin
from expert_router.errors import Overloaded


class Nowhere:
    """An upstream that is never asked: these tests are about leases."""

    async def relay(self, request: Any, sink: Any) -> None:
        raise NotImplementedError

    async def probe(self) -> bool:
        return True

    async def close(self) -> None:
        pass


def pool(replicas: int = 2, **settings: Any) -> Pool:
    limits = {"max_in_flight": 2, "max_queue": 100, "queue_seconds": 5.0, **settings}
    made = [Replica(f"http://r{n}", Nowhere()) for n in range(replicas)]
    return Pool("math", made, limits.pop("policy", LeastLoaded()), **limits)


def test_the_least_loaded_replica_is_chosen_and_ties_go_round() -> None:
    policy = LeastLoaded()
    assert policy.choose([3, 1, 2]) == 1
    assert Counter(policy.choose([0, 0, 0]) for _ in range(9)) == {0: 3, 1: 3, 2: 3}


def test_round_robin_goes_round() -> None:
    policy = RoundRobin()
    assert [policy.choose([9, 0]) for _ in range(4)] == [0, 1, 0, 1]


def test_an_error_in_the_block_gives_the_replica_back() -> None:
    async def run() -> int:
        experts = pool()
        with pytest.raises(ZeroDivisionError):
            async with experts.lease():
                _ = 1 // 0
        return experts.in_flight

    assert asyncio.run(run()) == 0


def test_who_waited_longest_is_next() -> None:
    async def run() -> list[int]:
        experts = pool(1, max_in_flight=1)
        order: list[int] = []

        async def call(n: int) -> None:
            async with experts.lease():
                order.append(n)
                await asyncio.sleep(0)

        await asyncio.gather(*(call(n) for n in range(20)))
        return order

    assert asyncio.run(run()) == list(range(20))


def test_a_replica_handed_to_a_call_that_was_just_cancelled_is_not_lost() -> None:
    async def run() -> int:
        experts = pool(1, max_in_flight=1)

        async def hold() -> None:
            async with experts.lease():
                await asyncio.sleep(3600)

        first = asyncio.create_task(hold())
        await asyncio.sleep(0)
        second = asyncio.create_task(hold())
        await asyncio.sleep(0)
        first.cancel()
        await asyncio.sleep(0)  # the replica is now promised to the second
        second.cancel()
        await asyncio.gather(first, second, return_exceptions=True)
        return experts.in_flight

    assert asyncio.run(run()) == 0


def test_a_call_avoids_replicas_it_has_tried() -> None:
    async def run() -> set[str]:
        experts = pool(2, max_in_flight=50)
        avoided = experts.replicas[0]
        seen = set()
        for _ in range(10):
            async with experts.lease([avoided]) as replica:
                seen.add(replica.url)
        return seen

    assert asyncio.run(run()) == {"http://r1"}


def test_a_full_queue_refuses_at_once() -> None:
    async def run() -> None:
        experts = pool(1, max_in_flight=1, max_queue=0)
        async with experts.lease():
            with pytest.raises(Overloaded) as caught:
                async with experts.lease():
                    pass
            assert caught.value.retry_after >= 1

    asyncio.run(run())


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    replicas=st.integers(1, 4),
    limit=st.integers(1, 3),
    calls=st.integers(1, 60),
)
def test_no_mix_of_ends_and_cancellations_loses_or_doubles_a_lease(
    seed: int, replicas: int, limit: int, calls: int
) -> None:
    rng = random.Random(seed)
    experts = pool(replicas, max_in_flight=limit, max_queue=calls, queue_seconds=60)
    highest = 0

    async def call(turns: int, fail: bool) -> None:
        nonlocal highest
        async with experts.lease() as replica:
            highest = max(highest, replica.in_flight)
            for _ in range(turns):
                await asyncio.sleep(0)
            if fail:
                raise ValueError

    async def run() -> None:
        tasks = []
        for _ in range(calls):
            tasks.append(asyncio.create_task(call(rng.randrange(5), rng.random() < 0.2)))
            if rng.random() < 0.5:
                await asyncio.sleep(0)
            if rng.random() < 0.3:
                rng.choice(tasks).cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    asyncio.run(run())
    assert experts.in_flight == experts.queue_depth == 0
    assert highest <= limit
