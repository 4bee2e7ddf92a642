"""The same decision as scikit-learn's own pipeline, prompt for prompt."""

import string

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import CountVectorizer

from expert_router.routing import KMeansRouter, TextOptions
from expert_router.routing.text import Normaliser, analyser, normalise
from expert_router.testing import ODD_TEXTS
from expert_router.training import ClusterOptions, TrainOptions
from expert_router.training.extras import one_thread
from expert_router.training.reference import artifact_of, make_pipeline
from prompts import made_up

KINDS = {
    "word": TextOptions(),
    "word, raw counts": TextOptions(sublinear_tf=False),
    "word 1-2, stop words": TextOptions(ngram_max=2, stop_words=("how", "the", "what")),
    "char_wb 2-4": TextOptions(analyzer="char_wb", ngram_min=2, ngram_max=4),
}

TEXTS = st.text(
    st.one_of(
        st.sampled_from(string.ascii_letters + string.digits + " \t\n.,_-'\x1c\x85\u2028"),
        st.characters(),
    ),
    max_size=200,
)


def differing(options, training, prompts, k, dimensions):
    fit = TrainOptions(
        text=options, max_features=20_000, dimensions=dimensions, clusters=ClusterOptions(k)
    )
    with one_thread():
        pipeline = make_pipeline(fit).fit(training)
        vectors = pipeline[:-1].transform(prompts)
        expected, known = pipeline[-1].predict(vectors), vectors.any(axis=1)
    router = KMeansRouter(artifact_of(pipeline, fit), None, "default")
    wrong = [
        p
        for p, cluster in zip(prompts, expected, strict=True)
        if router.nearest_cluster((p,)) != cluster
    ]
    # Where there is a known term, that is also what is routed; where there is none, nobody knows.
    routed = np.array([router.route((p,)).cluster for p in prompts], dtype=float)
    assert (np.isnan(routed) == ~known).all()
    assert (routed[known] == expected[known]).all()
    return wrong


@pytest.mark.parametrize("kind", ["word", "char_wb 2-4"])
def test_every_shared_test_prompt_gets_the_cluster_of_sklearn(shared_prompts, kind):
    training = shared_prompts["train"][:: 1 if kind == "word" else 6]
    assert len(shared_prompts["test"]) == 4415
    assert differing(KINDS[kind], training, shared_prompts["test"], 64, 100) == []


@pytest.mark.parametrize("kind", KINDS)
def test_made_up_and_odd_prompts_get_the_cluster_of_sklearn(kind):
    training = [row["prompt"] for row in made_up(600)]
    fresh = [row["prompt"] for row in made_up(300, seed=1)]
    assert differing(KINDS[kind], training, [*fresh, *ODD_TEXTS[:-2]], 12, 30) == []


def sklearn_terms(options, text):
    vectorizer = CountVectorizer(
        preprocessor=Normaliser(options.max_chars),
        analyzer=options.analyzer,
        ngram_range=(options.ngram_min, options.ngram_max),
        stop_words=list(options.stop_words) or None,
    )
    return vectorizer.build_analyzer()(text)


@settings(max_examples=150, deadline=None)
@given(
    text=TEXTS,
    low=st.integers(1, 4),
    more=st.integers(0, 3),
    analyzer=st.sampled_from(["word", "char_wb"]),
    stop=st.sampled_from([(), ("the", "of", "aa")]),
)
def test_any_text_has_the_terms_of_sklearn(text, low, more, analyzer, stop):
    options = TextOptions(analyzer, low, low + more, stop if analyzer == "word" else ())
    ours = analyser(options)(normalise(text, options.max_chars))
    assert sorted(ours) == sorted(sklearn_terms(options, text))


@settings(max_examples=150, deadline=None)
@given(text=st.text(string.printable, max_size=200))
def test_the_quick_way_for_ascii_finds_the_same_words(text):
    options = TextOptions()
    ours = analyser(options)(normalise(text))
    assert ours == sklearn_terms(options, text)
