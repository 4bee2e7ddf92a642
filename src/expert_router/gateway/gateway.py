"""The way of a request, top to bottom."""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from expert_router.balancing import Pool, Replica
from expert_router.errors import (
    ExpertRouterError,
    ModelNotFound,
    Overloaded,
    ReplyError,
    UpstreamBroke,
    UpstreamTimeout,
    UpstreamUnreachable,
)
from expert_router.gateway.call import Call, ClientReply, Question, read_question
from expert_router.gateway.relay import Relay
from expert_router.seams import ExpertRequest, Headers, Observer, Router
from expert_router.types import Assignment, ExpertState, Record, ReplicaState

AUTO = "auto"
_READY_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Expert:
    """A named model with one purpose, and the pool of replicas that serve it."""

    name: str
    model: str  # what the replicas call it
    pool: Pool


class Gateway:
    """Answers calls: which expert, which replica, then bytes."""

    def __init__(
        self,
        router: Router,
        experts: Iterable[Expert],
        *,
        default_expert: str,
        observers: Iterable[Observer] = (),
        expose_replicas: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.router = router
        self.experts: Mapping[str, Expert] = {expert.name: expert for expert in experts}
        self.default_expert = default_expert
        self._observers = tuple(observers)
        self._expose_replicas = expose_replicas
        self.clock = clock
        self._readiness = _Readiness(self.experts[default_expert].pool, clock)

    async def answer(self, call: Call, client: ClientReply) -> None:
        """Answer one call and tell the observers, however it ends.

        Raises ReplyError when the client must be told of a failure; ``client.begun`` then says
        whether its reply had begun. Cancelling it (the client left) ends the expert's work.
        """
        record = Record(call.request_id, call.received)
        try:
            await self._answer(call, client, record)
        except asyncio.CancelledError:
            record.outcome = "client_left"
            raise
        except ReplyError as error:
            record.status = record.status or error.status
            record.outcome = _outcome(error)
            raise
        finally:
            record.finished = self.clock()
            for observer in self._observers:
                observer.finished(record)

    async def ready(self) -> bool:
        """Whether a replica of the default expert answers; asked at most once a second."""
        return await self._readiness.check()

    def state(self) -> list[ExpertState]:
        """Return the pools as they are now."""
        return [
            ExpertState(
                name,
                expert.pool.queue_depth,
                tuple(ReplicaState(r.url, r.in_flight, r.up) for r in expert.pool.replicas),
            )
            for name, expert in self.experts.items()
        ]

    async def close(self) -> None:
        """Close the connections to all replicas."""
        for expert in self.experts.values():
            await expert.pool.close()

    async def _answer(self, call: Call, client: ClientReply, record: Record) -> None:
        question = read_question(call)
        record.stream = question.stream
        assignment = self._decide(question, record)
        expert = self._expert(assignment)
        record.expert = expert.name
        headers = _decision_headers(assignment, record)
        request = ExpertRequest(
            call.path, call.headers, question.body_for(expert.model), call.request_id
        )
        relay = Relay(client, record, headers, self.clock)
        try:
            await self._ask(expert, request, relay, headers)
        except ReplyError as error:
            error.headers = headers
            raise
        finally:
            record.output_tokens = relay.output_tokens()
        record.outcome = _outcome_of_status(record.status)

    def _decide(self, question: Question, record: Record) -> Assignment:
        """Say which expert gets a question, and note what the decision cost.

        Raises ModelNotFound when the model is neither ``auto`` nor an expert.
        """
        started = self.clock()
        if question.model == AUTO:
            assignment = self.router.route(question.turns)
        elif question.model in self.experts:
            assignment = Assignment(question.model)
        else:
            names = ", ".join([AUTO, *self.experts])
            raise ModelNotFound(
                f"the model `{question.model}` does not exist; there are: {names}", param="model"
            )
        record.decision_seconds = self.clock() - started
        record.cluster = assignment.cluster
        return assignment

    def _expert(self, assignment: Assignment) -> Expert:
        try:
            return self.experts[assignment.expert]
        except KeyError:
            raise ReplyError(
                f"the router chose `{assignment.expert}`, which is no expert"
            ) from None

    async def _ask(
        self, expert: Expert, request: ExpertRequest, relay: Relay, headers: Headers
    ) -> None:
        """Ask one replica after another until one has begun to answer."""
        record = relay.record
        tried: list[Replica] = []
        while True:
            waiting_since = self.clock()
            async with expert.pool.lease(tried) as replica:
                record.sent = self.clock()
                record.queued_seconds += record.sent - waiting_since
                record.replica = replica.url
                if self._expose_replicas:
                    headers.append((b"x-expert-replica", replica.url.encode()))
                try:
                    await replica.upstream.relay(request, relay)
                except UpstreamUnreachable:
                    replica.up = False
                    tried.append(replica)
                    if relay.begun or len(tried) == len(expert.pool.replicas):
                        raise
                else:
                    replica.up = True
                    return
            record.retries += 1
            if self._expose_replicas:
                headers.pop()


class _Readiness:
    """Probes a pool for `/ready`; many who ask at once share one answer."""

    def __init__(self, pool: Pool, clock: Callable[[], float]) -> None:
        self._pool = pool
        self._clock = clock
        self._lock = asyncio.Lock()
        self._answer = False
        self._good_until = 0.0

    async def check(self) -> bool:
        async with self._lock:
            if self._clock() >= self._good_until:
                self._answer = await self._probe()
                self._good_until = self._clock() + _READY_SECONDS
            return self._answer

    async def _probe(self) -> bool:
        replicas = self._pool.replicas
        answers = await asyncio.gather(*(replica.upstream.probe() for replica in replicas))
        for replica, answer in zip(replicas, answers, strict=True):
            replica.up = answer
        return any(answers)


def _decision_headers(assignment: Assignment, record: Record) -> Headers:
    headers = [(b"x-expert", assignment.expert.encode())]
    if assignment.cluster is not None:
        headers.append((b"x-expert-cluster", b"%d" % assignment.cluster))
    if assignment.distance is not None:
        headers.append((b"x-expert-distance", b"%.4f" % assignment.distance))
    headers.append((b"x-expert-decision-us", b"%d" % ((record.decision_seconds or 0) * 1e6)))
    return headers


def _outcome_of_status(status: int) -> str:
    if status < 400:
        return "ok"
    return "client_error" if status < 500 else "expert_error"


def _outcome(error: ReplyError) -> str:
    """One of a few words: outcomes are labels of metrics, and labels must be few."""
    named: tuple[tuple[type[ExpertRouterError], str], ...] = (
        (UpstreamTimeout, "timeout"),
        (UpstreamUnreachable, "unreachable"),
        (UpstreamBroke, "broke"),
        (Overloaded, "overloaded"),
    )
    other = "client_error" if error.status < 500 else "error"
    return next((word for kind, word in named if isinstance(error, kind)), other)
