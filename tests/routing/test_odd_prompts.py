"""Prompts that are no sentence: nothing raises, nothing takes long, nobody is guessed."""

import time

import pytest

from expert_router.routing import KMeansRouter, RandomRouter, RoundRobinRouter, TextOptions
from expert_router.routing.baselines import FixedRouter
from expert_router.routing.text import NUMBER_TOKEN, clip, normalise
from expert_router.testing import check_embedder, check_router
from expert_router.training import ClusterOptions, TrainOptions
from expert_router.training.reference import artifact_of, make_pipeline
from prompts import made_up

CHAR_WB = TextOptions(analyzer="char_wb", ngram_min=2, ngram_max=4)


@pytest.fixture(scope="module")
def char_artifact():
    options = TrainOptions(text=CHAR_WB, dimensions=20, clusters=ClusterOptions(8))
    pipeline = make_pipeline(options).fit([row["prompt"] for row in made_up(300)])
    return artifact_of(pipeline, options)


def test_the_embedders_keep_the_seams_promises(artifact, char_artifact):
    check_embedder(artifact.embedder)
    check_embedder(char_artifact.embedder)


def test_the_routers_keep_the_seams_promises(artifact, char_artifact):
    for found in (artifact, char_artifact):
        check_router(KMeansRouter(found, None, "default"), {*found.experts, "default"})
    check_router(FixedRouter("a"), {"a"})
    check_router(RandomRouter(["a", "b"], seed=1), {"a", "b"})
    check_router(RoundRobinRouter(["a", "b"]), {"a", "b"})


@pytest.mark.parametrize("text", ["", "  \n", "👍", "zzzz qqqq", "\ud800"])
def test_a_prompt_without_a_known_word_goes_to_the_default_expert_without_a_cluster(artifact, text):
    found = KMeansRouter(artifact, None, "default").route((text,))
    assert (found.expert, found.cluster, found.distance) == ("default", None, None)


@pytest.mark.parametrize("filler", ["word ", "x", "1 ", "é", "select table "])
def test_a_prompt_of_a_megabyte_costs_bounded_time(artifact, char_artifact, filler):
    text = (filler * 1_000_000)[:1_000_000]
    for found in (artifact, char_artifact):
        router = KMeansRouter(found, None, "default")
        begun = time.perf_counter()
        router.route((text,))
        assert time.perf_counter() - begun < 0.25


def test_a_thousand_long_turns_cost_bounded_time(char_artifact):
    router = KMeansRouter(char_artifact, None, "default")
    begun = time.perf_counter()
    router.route(("select the table " * 5000,) * 1000)
    assert time.perf_counter() - begun < 0.25


def test_ever_new_words_do_not_fill_the_memory(char_artifact):
    embedder = char_artifact.embedder
    for start in range(0, 40_000, 500):
        embedder.direction(
            " ".join(f"w{chr(97 + i % 26)}{i:x}q" for i in range(start, start + 500))
        )
    assert embedder._remembered.cache_info().currsize <= 16_384


def test_long_words_are_not_remembered(char_artifact):
    remembered = char_artifact.embedder._remembered
    remembered.cache_clear()
    char_artifact.embedder.direction("select" * 100 + " table")
    assert remembered.cache_info().currsize == 1


def test_a_long_prompt_is_known_by_its_head_and_its_tail(artifact):
    router = KMeansRouter(artifact, None, "default")
    sql, filler = "select table join query database column ", "zzzz " * 100_000
    for text in (sql * 3 + filler, filler + sql * 3):
        assert router.route((text,)).expert == "sql"
    assert router.route((filler + sql * 3 + filler,)).cluster is None


def test_clipping_keeps_short_texts_and_half_of_the_limit_at_each_end():
    assert clip("abcdef", 6) == "abcdef"
    assert clip("abcdefgh", 4) == "ab gh"
    assert clip("abcdefgh", 5) == "ab fgh"


def test_a_number_is_one_token_however_it_is_written():
    assert normalise("3 1,250.75 x2 ١٢ 3.") == (
        f"{NUMBER_TOKEN} {NUMBER_TOKEN} x{NUMBER_TOKEN} {NUMBER_TOKEN} {NUMBER_TOKEN}."
    )
