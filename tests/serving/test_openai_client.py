"""The official `openai` package works against the gateway unchanged."""

import asyncio
from collections.abc import Iterator

import openai
import pytest

from gateway_process import GatewayProcess

PROMPT = [{"role": "user", "content": "What is two plus two?"}]
ANSWER = "tok0 tok1 tok2 tok3 tok4 tok5 tok6 tok7"


@pytest.fixture
def client(door: GatewayProcess) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=door.url, api_key="none", max_retries=0) as client:
        yield client


def test_a_whole_answer(client: openai.OpenAI) -> None:
    answer = client.chat.completions.create(model="auto", messages=PROMPT)
    assert answer.choices[0].message.content == ANSWER
    assert answer.usage.completion_tokens == 8


def test_a_streamed_answer_comes_in_pieces(client: openai.OpenAI) -> None:
    stream = client.chat.completions.create(
        model="auto", messages=PROMPT, stream=True, stream_options={"include_usage": True}
    )
    chunks = list(stream)
    pieces = [chunk.choices[0].delta.content for chunk in chunks if chunk.choices]
    assert "".join(filter(None, pieces)) == ANSWER
    assert len(list(filter(None, pieces))) == 8
    assert chunks[-1].usage.completion_tokens == 8


def test_many_async_clients_get_their_own_answers(door: GatewayProcess) -> None:
    async def ask(client: openai.AsyncOpenAI, tokens: int) -> str:
        stream = await client.chat.completions.create(
            model="auto", messages=PROMPT, stream=True, max_tokens=tokens
        )
        pieces = [c.choices[0].delta.content async for c in stream if c.choices]
        return "".join(filter(None, pieces))

    async def everyone() -> list[str]:
        async with openai.AsyncOpenAI(base_url=door.url, api_key="none") as client:
            return await asyncio.gather(*(ask(client, 1 + n % 8) for n in range(64)))

    answers = asyncio.run(everyone())
    assert [len(answer.split()) for answer in answers] == [1 + n % 8 for n in range(64)]


def test_a_tool_call(client: openai.OpenAI) -> None:
    tool = {"type": "function", "function": {"name": "add", "parameters": {"type": "object"}}}
    answer = client.chat.completions.create(
        model="auto",
        messages=PROMPT,
        tools=[tool],
        tool_choice={"type": "function", "function": {"name": "add"}},
    )
    assert answer.choices[0].message.tool_calls[0].function.name == "add"


def test_several_choices_with_logprobs(client: openai.OpenAI) -> None:
    answer = client.chat.completions.create(
        model="auto", messages=PROMPT, n=3, logprobs=True, top_logprobs=2
    )
    assert len(answer.choices) == 3
    assert all(len(choice.logprobs.content) == 8 for choice in answer.choices)


def test_vision_parts_pass(client: openai.OpenAI) -> None:
    parts = [
        {"type": "text", "text": "What is this?"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64," + "A" * 200_000}},
    ]
    answer = client.chat.completions.create(
        model="auto", messages=[{"role": "user", "content": parts}]
    )
    assert answer.choices[0].message.content == ANSWER


def test_plain_completions_whole_and_streamed(client: openai.OpenAI) -> None:
    whole = client.completions.create(model="auto", prompt="two plus two is")
    stream = client.completions.create(model="auto", prompt="two plus two is", stream=True)
    assert whole.choices[0].text == "".join(c.choices[0].text for c in stream if c.choices)


def test_the_list_of_models(client: openai.OpenAI) -> None:
    assert [model.id for model in client.models.list()] == ["auto", "math"]
    assert client.models.retrieve("math").id == "math"


def test_an_expert_is_asked_by_its_name(client: openai.OpenAI) -> None:
    reply = client.chat.completions.with_raw_response.create(model="math", messages=PROMPT)
    assert reply.headers["x-expert"] == "math"
    assert reply.parse().choices[0].message.content == ANSWER


def test_an_unknown_model_is_not_found_and_the_models_are_named(client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as caught:
        client.chat.completions.create(model="gpt-9", messages=PROMPT)
    assert caught.value.code == "model_not_found"
    assert "auto, math" in caught.value.message


def test_messages_of_the_wrong_shape_are_a_bad_request(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        client.chat.completions.create(model="auto", messages="hello")
    assert caught.value.param == "messages"


def test_a_client_that_closes_its_stream_can_go_on(client: openai.OpenAI) -> None:
    with client.chat.completions.create(model="auto", messages=PROMPT, stream=True) as stream:
        next(iter(stream))
    assert client.chat.completions.create(model="auto", messages=PROMPT).choices
