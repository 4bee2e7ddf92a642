"""A chat is classified by its user's turns, the last one most."""

import msgspec
import pytest

from expert_router.routing import KMeansRouter, Message, user_turns

SQL = "select table join query database"
LAW = "contract clause court defendant liable"


def turns_of(raw):
    return user_turns(msgspec.json.decode(raw, type=list[Message]))


def test_only_the_users_turns_count():
    raw = (
        b'[{"role":"system","content":"You are a lawyer"},{"role":"user","content":"a"},'
        b'{"role":"assistant","content":"b"},{"role":"user","content":"c"}]'
    )
    assert turns_of(raw) == ("a", "c")


def test_text_parts_are_joined_and_images_ignored():
    raw = (
        b'[{"role":"user","name":"x","content":[{"type":"text","text":"what is"},'
        b'{"type":"image_url","image_url":{"url":"data:"}},{"type":"text","text":"this?"}]}]'
    )
    assert turns_of(raw) == ("what is\nthis?",)


def test_an_image_alone_is_no_turn():
    raw = b'[{"role":"user","content":[{"type":"image_url","image_url":{"url":"x"}}]}]'
    assert turns_of(raw) == ()


@pytest.mark.parametrize("content", [b"null", b'""', b'"  "', b"[]"])
def test_without_a_users_text_the_last_message_with_text_counts(content):
    raw = b'[{"role":"system","content":"be brief"},{"role":"user","content":' + content + b"}]"
    assert turns_of(raw) == ("be brief",)


def test_no_messages_are_no_turns():
    assert user_turns([]) == ()


def test_the_last_turn_weighs_most(artifact):
    router = KMeansRouter(artifact, None, "default")
    assert router.route((SQL, LAW)).expert == "law"
    assert router.route((LAW, SQL)).expert == "sql"


def test_earlier_turns_say_what_a_short_last_one_does_not(artifact):
    router = KMeansRouter(artifact, None, "default")
    assert router.route((SQL, "and why?")).expert == "sql"


def test_a_turn_without_known_words_changes_nothing(artifact):
    router = KMeansRouter(artifact, None, "default")
    assert router.route((LAW, "👍")).cluster == router.route((LAW,)).cluster
