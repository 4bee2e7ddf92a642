"""A gateway before one fake expert, shared by the tests here that change neither."""

from collections.abc import Iterator

import pytest

from gateway_process import GatewayProcess, gateway, in_front_of
from support import FakeExpert, fake_expert


@pytest.fixture(scope="module")
def expert() -> Iterator[FakeExpert]:
    with fake_expert(model="math", tokens=8, token_ms=5, first_token_ms=5) as running:
        yield running


@pytest.fixture(scope="module")
def door(expert: FakeExpert) -> Iterator[GatewayProcess]:
    with gateway(in_front_of(expert)) as running:
        yield running


@pytest.fixture(scope="module")
def echo() -> Iterator[FakeExpert]:
    """An expert that answers with the request it received."""
    with fake_expert(model="math", answer="echo", token_ms=0, first_token_ms=0) as running:
        yield running
