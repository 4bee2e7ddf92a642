"""One fake expert process for all the tests here that do not change its settings."""

from collections.abc import Iterator

import pytest

from support import FakeExpert, fake_expert


@pytest.fixture(scope="module")
def expert() -> Iterator[FakeExpert]:
    with fake_expert(model="math", tokens=8, token_ms=5, first_token_ms=5) as running:
        yield running
