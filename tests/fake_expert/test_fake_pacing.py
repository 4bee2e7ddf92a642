"""Does the fake expert keep the time it was told to keep?

The machine may be noisy, so a test takes the best of a few tries: an expert that is wrong is wrong
in every one of them, a busy core is not.
"""

from itertools import pairwise
from statistics import median

from raw_client import RawClient, Seen, ask, chat, request
from support import FakeExpert, fake_expert

TRIES = 5


def tries(expert: FakeExpert, **headers: object) -> list[Seen]:
    return [ask(expert.port, request(chat(), **headers)) for _ in range(TRIES)]


def ttft_ms(seen: Seen) -> float:
    return (seen.token_times()[0] - seen.sent) * 1000


def tpot_ms(seen: Seen) -> float:
    times = seen.token_times()
    return (times[-1] - times[0]) / (seen.tokens() - 1) * 1000


def test_first_token_comes_when_due(expert: FakeExpert) -> None:
    delays = [ttft_ms(seen) for seen in tries(expert, x_fake_first_token_ms=60, x_fake_tokens=2)]
    assert min(delays) >= 59  # never early
    assert min(delays) < 66


def test_tokens_keep_pace_without_drift(expert: FakeExpert) -> None:
    gaps = [tpot_ms(seen) for seen in tries(expert, x_fake_token_ms=10, x_fake_tokens=40)]
    assert 9.8 < median(gaps) < 10.3


def test_each_token_arrives_alone(expert: FakeExpert) -> None:
    def alone(seen: Seen) -> bool:
        return len(set(seen.token_times())) == seen.tokens() == 8

    assert any(alone(seen) for seen in tries(expert, x_fake_token_ms=20))


def test_whole_answer_takes_as_long_as_streamed(expert: FakeExpert) -> None:
    data = request(chat(stream=False), x_fake_first_token_ms=30, x_fake_token_ms=10)
    seen = [ask(expert.port, data) for _ in range(TRIES)]
    took = min((one.pieces[-1][0] - one.sent) * 1000 for one in seen)
    assert 99 <= took < 110  # 30 + 7 gaps of 10


def test_jitter_is_repeatable_and_within_bounds() -> None:
    def gaps() -> list[float]:
        with fake_expert(jitter=0.5, seed=7, token_ms=40, first_token_ms=1, tokens=6) as expert:
            times = ask(expert.port, request(chat())).token_times()[1:]
        return [(b - a) * 1000 for a, b in pairwise(times)]

    first, again = gaps(), gaps()
    assert max(first) - min(first) > 5
    assert all(15 < gap < 70 for gap in first)
    close = [abs(a - b) < 10 for a, b in zip(first, again, strict=True)]
    assert sum(close) >= len(close) - 1


def test_many_streams_keep_pace_together(expert: FakeExpert) -> None:
    data = request(chat(), x_fake_token_ms=50, x_fake_tokens=10)
    clients = [RawClient(expert.port) for _ in range(100)]
    for client in clients:
        client.send(data)
    last = clients[-1].read()
    for client in clients:
        client.socket.close()
    assert 48 < tpot_ms(last) < 54
