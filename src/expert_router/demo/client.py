"""A small client for OpenAI's chat API: what the demo shows and checks, it asks over the wire."""

import http.client
import time
from collections.abc import Iterator

import msgspec

from expert_router.errors import ExpertRouterError

_TIMEOUT_SECONDS = 60.0


class AskFailed(ExpertRouterError):
    """The gateway answered with an error, or not at all."""


class _Delta(msgspec.Struct):
    content: str | None = None


class _Choice(msgspec.Struct):
    delta: _Delta


class _Chunk(msgspec.Struct):
    choices: list[_Choice] = []


_CHUNK = msgspec.json.Decoder(_Chunk)


class Answer:
    """A streamed answer: iterate for its pieces as they come; ``text`` holds those that came."""

    def __init__(self, reply: http.client.HTTPResponse, sent: float) -> None:
        self._reply = reply
        self._sent = sent
        self.text = ""
        self.first_token_seconds = 0.0  # from sending to the first content
        self.expert = reply.headers.get("x-expert", "")
        self.cluster = reply.headers.get("x-expert-cluster", "")
        self.distance = reply.headers.get("x-expert-distance", "")
        self.decision_us = reply.headers.get("x-expert-decision-us", "")

    def __iter__(self) -> Iterator[str]:
        try:
            for line in self._reply:
                if line.startswith(b"data:") and b"[DONE]" not in line:
                    yield from self._contents(line.removeprefix(b"data:"))
        except (OSError, http.client.HTTPException, msgspec.DecodeError) as error:
            raise AskFailed(f"the answer broke off: {error}") from error

    def _contents(self, event: bytes) -> Iterator[str]:
        for choice in _CHUNK.decode(event).choices:
            if choice.delta.content:
                if not self.text:
                    self.first_token_seconds = time.perf_counter() - self._sent
                self.text += choice.delta.content
                yield choice.delta.content


class Client:
    """One keep-alive connection to a gateway. Not for several threads at once."""

    def __init__(self, host: str, port: int) -> None:
        self._connection = http.client.HTTPConnection(host, port, timeout=_TIMEOUT_SECONDS)

    def stream(self, prompt: str, model: str = "auto") -> Answer:
        """Ask; the answer's pieces are yet to come. Raises AskFailed."""
        message = {"role": "user", "content": prompt}
        body = msgspec.json.encode({"model": model, "messages": [message], "stream": True})
        sent = time.perf_counter()
        try:
            self._connection.request(
                "POST", "/v1/chat/completions", body, {"content-type": "application/json"}
            )
            reply = self._connection.getresponse()
        except (OSError, http.client.HTTPException) as error:
            raise AskFailed(f"no answer: {error}") from error
        if reply.status != 200:
            raise AskFailed(f"{reply.status}: {reply.read(500).decode(errors='replace')}")
        return Answer(reply, sent)

    def ask(self, prompt: str, model: str = "auto") -> Answer:
        """Ask and wait for the whole answer. Raises AskFailed."""
        answer = self.stream(prompt, model)
        for _ in answer:
            pass
        return answer

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
