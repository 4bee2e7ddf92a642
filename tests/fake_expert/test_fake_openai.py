"""The official `openai` package can use the fake expert as it uses any server."""

import asyncio
import json
from collections.abc import Iterator

import openai
import pytest

from support import FakeExpert, fake_expert

HELLO = [{"role": "user", "content": "hello there"}]
WORDS = " ".join(f"tok{n}" for n in range(8))
TOOLS = [
    {
        "type": "function",
        "function": {
            "name": name,
            "parameters": {
                "type": "object",
                "properties": {"city": {"type": "string"}, "unit": {"enum": ["C", "F"]}},
            },
        },
    }
    for name in ("get_weather", "get_time")
]


@pytest.fixture(scope="module")
def client(expert: FakeExpert) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=expert.url, api_key="none", max_retries=0) as client:
        yield client


def test_whole_chat(client: openai.OpenAI) -> None:
    answer = client.chat.completions.create(model="math", messages=HELLO, n=2)
    assert [choice.index for choice in answer.choices] == [0, 1]
    assert answer.choices[1].message.content == WORDS
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (2, 16)


@pytest.mark.parametrize("limit", ["max_tokens", "max_completion_tokens"])
def test_the_requests_limit_wins_when_smaller(client: openai.OpenAI, limit: str) -> None:
    answer = client.chat.completions.create(model="math", messages=HELLO, **{limit: 3})
    assert answer.choices[0].message.content == "tok0 tok1 tok2"
    assert answer.choices[0].finish_reason == "length"
    answer = client.chat.completions.create(model="math", messages=HELLO, **{limit: 99})
    assert answer.choices[0].message.content == WORDS
    assert answer.choices[0].finish_reason == "stop"


def test_ignore_eos_goes_to_the_limit(client: openai.OpenAI) -> None:
    answer = client.chat.completions.create(
        model="math", messages=HELLO, max_tokens=11, extra_body={"ignore_eos": True}
    )
    assert answer.usage
    assert answer.usage.completion_tokens == 11


def test_streamed_chat_with_usage_and_choices(client: openai.OpenAI) -> None:
    stream = client.chat.completions.create(
        model="math", messages=HELLO, stream=True, n=2, stream_options={"include_usage": True}
    )
    chunks = list(stream)
    texts = ["", ""]
    for chunk in chunks:
        for choice in chunk.choices:
            texts[choice.index] += choice.delta.content or ""
    assert texts == [WORDS, WORDS]
    assert chunks[0].choices[0].delta.role == "assistant"
    assert chunks[-1].usage
    assert chunks[-1].usage.completion_tokens == 16
    assert all(chunk.usage is None for chunk in chunks[:-1])
    assert [chunk.choices[0].finish_reason for chunk in chunks[-3:-1]] == ["stop", "stop"]


def test_stream_without_usage_has_none(client: openai.OpenAI) -> None:
    chunks = list(client.chat.completions.create(model="math", messages=HELLO, stream=True))
    assert all("usage" not in chunk.model_dump(exclude_unset=True) for chunk in chunks)
    assert len({chunk.id for chunk in chunks}) == 1


def test_openais_own_accumulator_understands_the_stream(client: openai.OpenAI) -> None:
    with client.chat.completions.stream(model="math", messages=HELLO) as stream:
        assert stream.get_final_completion().choices[0].message.content == WORDS


def test_async_streams_run_side_by_side(expert: FakeExpert) -> None:
    async def one(client: openai.AsyncOpenAI) -> str:
        stream = await client.chat.completions.create(model="math", messages=HELLO, stream=True)
        return "".join([chunk.choices[0].delta.content or "" async for chunk in stream])

    async def many() -> list[str]:
        async with openai.AsyncOpenAI(base_url=expert.url, api_key="none") as client:
            return await asyncio.gather(*(one(client) for _ in range(10)))

    assert asyncio.run(many()) == [WORDS] * 10


@pytest.mark.parametrize(
    ("choice", "prompt", "called"),
    [
        ("required", "hello", "get_weather"),
        ({"type": "function", "function": {"name": "get_time"}}, "hello", "get_time"),
        ("auto", "please get_time for me", "get_time"),
        ("auto", "hello", None),
        ("none", "please get_time", None),
    ],
)
def test_tools_are_called_by_the_stated_rule(
    client: openai.OpenAI, choice: object, prompt: str, called: str | None
) -> None:
    asked = {"model": "math", "messages": [{"role": "user", "content": prompt}]}
    asked |= {"tools": TOOLS, "tool_choice": choice}
    whole = client.chat.completions.create(**asked).choices[0]
    with client.chat.completions.stream(**asked) as stream:
        streamed = stream.get_final_completion().choices[0]
    for answer in (whole, streamed):
        if called is None:
            assert answer.message.content == WORDS
            assert not answer.message.tool_calls
            continue
        assert answer.finish_reason == "tool_calls"
        assert answer.message.content is None
        assert answer.message.tool_calls
        function = answer.message.tool_calls[0].function
        assert function.name == called
        assert json.loads(function.arguments) == {"city": "tok0", "unit": "C"}


def test_unknown_forced_tool_is_the_clients_mistake(client: openai.OpenAI) -> None:
    choice = {"type": "function", "function": {"name": "get_rich"}}
    with pytest.raises(openai.BadRequestError, match="get_rich"):
        client.chat.completions.create(
            model="math", messages=HELLO, tools=TOOLS, tool_choice=choice
        )


def test_logprobs_whole_and_streamed(client: openai.OpenAI) -> None:
    asked = {"model": "math", "messages": HELLO, "logprobs": True, "top_logprobs": 2}
    whole = client.chat.completions.create(**asked).choices[0]
    streamed = list(client.chat.completions.create(**asked, stream=True))
    pieces = [
        chunk.choices[0].logprobs.content[0]
        for chunk in streamed
        if chunk.choices and chunk.choices[0].logprobs
    ]
    assert whole.logprobs
    assert whole.logprobs.content == pieces
    assert "".join(piece.token for piece in pieces) == WORDS
    assert all(len(piece.top_logprobs) == 2 for piece in pieces)


def test_plain_completions(client: openai.OpenAI) -> None:
    whole = client.completions.create(model="math", prompt=["a b", "c"], n=2, logprobs=1)
    assert len(whole.choices) == 4
    assert whole.choices[3].text == WORDS
    assert whole.usage
    assert whole.usage.prompt_tokens == 3
    assert whole.choices[0].logprobs
    assert whole.choices[0].logprobs.text_offset[:3] == [0, 4, 9]
    streamed = list(client.completions.create(model="math", prompt=[1, 2, 3], stream=True))
    assert "".join(chunk.choices[0].text for chunk in streamed) == WORDS
    assert streamed[-1].choices[0].finish_reason == "stop"


def test_pictures_and_unknown_fields_are_accepted(client: openai.OpenAI) -> None:
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
    content = [{"type": "text", "text": "what is this"}, picture]
    answer = client.chat.completions.create(
        model="math",
        messages=[{"role": "user", "content": content}],
        response_format={"type": "json_object"},
        temperature=0.1,
        extra_body={"nobody_knows": {"this": 1}},
    )
    assert answer.usage
    assert answer.usage.prompt_tokens == 3


def test_models(client: openai.OpenAI) -> None:
    assert [model.id for model in client.models.list()] == ["math"]
    assert client.models.retrieve("math").id == "math"
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("poetry")


def test_error_event_reaches_the_user_as_an_error(client: openai.OpenAI) -> None:
    stream = client.chat.completions.create(
        model="math", messages=HELLO, stream=True, extra_headers={"x-fake-fault": "error-event"}
    )
    with pytest.raises(openai.APIError, match="as it was told to"):
        list(stream)


@pytest.mark.parametrize(
    ("fault", "error"), [("500", openai.InternalServerError), ("429", openai.RateLimitError)]
)
def test_error_statuses_have_their_exceptions(
    client: openai.OpenAI, fault: str, error: type[openai.APIStatusError]
) -> None:
    with pytest.raises(error):
        client.chat.completions.create(
            model="math", messages=HELLO, extra_headers={"x-fake-fault": fault}
        )


def test_fixed_answer_keeps_its_spaces() -> None:
    text = "  The answer:\n\n  42.  "
    with (
        fake_expert(answer=text, token_ms=0) as expert,
        openai.OpenAI(base_url=expert.url, api_key="none") as client,
    ):
        answer = client.chat.completions.create(model="math", messages=HELLO)
        assert answer.choices[0].message.content == text
        answer = client.chat.completions.create(model="math", messages=HELLO, max_tokens=2)
        assert answer.choices[0].message.content == "  The answer:"
        assert answer.choices[0].finish_reason == "length"
