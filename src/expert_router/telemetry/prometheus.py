"""Prometheus metrics: fed once per finished request; gauges are read when scraped."""

from collections.abc import Callable, Iterable

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from expert_router.types import ExpertState, Record

# Seconds. Tokens take milliseconds to a second; answers take up to minutes.
_LATENCY = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)
_FINE = (5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 1e-2, 5e-2, 0.25, 1)


class PrometheusObserver:
    """Counts finished requests. One instance has one registry, so nothing is global."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "expert_router_requests",
            "Finished requests.",
            ["expert", "outcome"],
            registry=self.registry,
        )
        self._tokens = self._counter("output_tokens", "Tokens in replies.")
        self._retries = self._counter("retries", "Replicas asked after another failed.")
        self._shed = self._counter("shed", "Calls refused because the expert was full.")
        self._request = self._histogram("request_seconds", "Arrival to the reply's end.", _LATENCY)
        self._first = self._histogram(
            "time_to_first_token_seconds", "Arrival to the first byte of the reply.", _LATENCY
        )
        self._per_token = self._histogram(
            "time_per_output_token_seconds",
            "First byte to the end, for each later token.",
            _LATENCY,
        )
        self._decision = self._histogram("decision_seconds", "Choosing the expert.", _FINE)
        self._overhead = self._histogram(
            "overhead_seconds", "Arrival to sending to a replica, less the wait in a queue.", _FINE
        )
        self._outcomes: dict[tuple[str, str], Counter] = {}
        self._experts: dict[str, _ExpertMetrics] = {}

    def watch(self, state: Callable[[], Iterable[ExpertState]]) -> None:
        """Show the pools too, read whenever somebody scrapes."""
        self.registry.register(_PoolGauges(state))

    def finished(self, record: Record) -> None:
        """Take one finished record; see `seams.Observer`."""
        key = (record.expert or "none", record.outcome)
        counter = self._outcomes.get(key)
        if counter is None:
            counter = self._outcomes[key] = self._requests.labels(*key)
        counter.inc()
        if record.expert:
            self._of(record.expert).finished(record)

    def render(self) -> bytes:
        """Return the text of ``/metrics`` (Prometheus text format 0.0.4)."""
        return generate_latest(self.registry)

    def _of(self, expert: str) -> "_ExpertMetrics":
        metrics = self._experts.get(expert)
        if metrics is None:
            metrics = self._experts[expert] = _ExpertMetrics(self, expert)
        return metrics

    def _counter(self, name: str, help_text: str) -> Counter:
        return Counter(f"expert_router_{name}", help_text, ["expert"], registry=self.registry)

    def _histogram(self, name: str, help_text: str, buckets: tuple[float, ...]) -> Histogram:
        return Histogram(
            f"expert_router_{name}", help_text, ["expert"], buckets=buckets, registry=self.registry
        )


class _ExpertMetrics:
    """The metrics of one expert with their labels looked up once."""

    def __init__(self, parent: PrometheusObserver, expert: str) -> None:
        self._tokens = parent._tokens.labels(expert)
        self._retries = parent._retries.labels(expert)
        self._shed = parent._shed.labels(expert)
        self._request = parent._request.labels(expert)
        self._first = parent._first.labels(expert)
        self._per_token = parent._per_token.labels(expert)
        self._decision = parent._decision.labels(expert)
        self._overhead = parent._overhead.labels(expert)

    def finished(self, record: Record) -> None:
        if record.outcome == "overloaded":
            self._shed.inc()
        if record.retries:
            self._retries.inc(record.retries)
        if record.decision_seconds is not None:
            self._decision.observe(record.decision_seconds)
        if record.sent is not None:
            self._overhead.observe(record.sent - record.received - record.queued_seconds)
        if record.outcome == "ok":
            self._answered(record)

    def _answered(self, record: Record) -> None:
        if record.finished is None or record.first_byte is None:
            return
        self._request.observe(record.finished - record.received)
        self._first.observe(record.first_byte - record.received)
        if record.output_tokens:
            self._tokens.inc(record.output_tokens)
        if record.stream and record.output_tokens > 1:
            gap = (record.finished - record.first_byte) / (record.output_tokens - 1)
            self._per_token.observe(gap)


class _PoolGauges(Collector):
    """Reads the pools when somebody scrapes; requests pay nothing for it."""

    def __init__(self, state: Callable[[], Iterable[ExpertState]]) -> None:
        self._state = state

    def collect(self) -> Iterable[Metric]:
        in_flight = GaugeMetricFamily(
            "expert_router_in_flight", "Calls on a replica now.", labels=["expert", "replica"]
        )
        queue = GaugeMetricFamily(
            "expert_router_queue_depth", "Calls waiting for a replica.", labels=["expert"]
        )
        up = GaugeMetricFamily(
            "expert_router_replica_up",
            "1 if the replica answered when last asked.",
            labels=["expert", "replica"],
        )
        for expert in self._state():
            queue.add_metric([expert.name], expert.queue_depth)
            for replica in expert.replicas:
                in_flight.add_metric([expert.name, replica.url], replica.in_flight)
                up.add_metric([expert.name, replica.url], float(replica.up))
        return in_flight, queue, up
