"""Prometheus text: requests of this process, jobs and workers of the whole installation.

`Meter` counts requests (called by `shell`); `render` is the body of `GET /metrics`. Names and units follow
Prometheus's naming rules. Nothing here names an owner.
"""

import time
from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from headway import __version__
from headway.store import Depth, KindStatus, Store, WorkerRow

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60)


async def live_workers(store: Store, lease_s: float) -> list[WorkerRow]:
    """The workers that were seen within two leases and have not said that they stopped."""
    oldest = time.time() * 1000 - 2000 * lease_s
    return [w for w in await store.workers() if w.state != "stopped" and w.heartbeat_at > oldest]


class _Installation(Collector):
    """Turns one look at the store into metrics."""

    def __init__(self) -> None:
        self.stats: list[KindStatus] = []
        self.depth: Depth | None = None
        self.workers: list[WorkerRow] = []

    def collect(self) -> Iterable[Metric]:
        """The families of the last look."""
        jobs = GaugeMetricFamily("headway_jobs", "Jobs by kind and status", labels=("kind", "status"))
        for row in self.stats:
            jobs.add_metric((row.kind, str(row.status)), row.count)
        yield jobs
        yield GaugeMetricFamily("headway_workers", "Workers alive", value=len(self.workers))
        if self.depth is not None:
            tasks = GaugeMetricFamily("headway_tasks", "Unfinished tasks by phase", labels=("phase",))
            tasks.add_metric(("ready",), self.depth.ready)
            tasks.add_metric(("waiting",), self.depth.waiting)
            tasks.add_metric(("leased",), self.depth.leased)
            yield tasks
            yield GaugeMetricFamily(
                "headway_oldest_ready_seconds",
                "How long the oldest ready task has waited",
                value=self.depth.oldest_ready_s or 0.0,
            )
            yield GaugeMetricFamily(
                "headway_failed_last_hour",
                "Jobs that failed in the last hour",
                value=self.depth.failed_last_hour,
            )


class Meter:
    """The counters of one application; each has a registry of its own, so that tests can build many."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._installation = _Installation()
        self.registry.register(self._installation)
        labels = ("method", "route", "status")
        self._requests = Counter("headway_http_requests", "Requests answered", labels, registry=self.registry)
        self._seconds = Histogram(
            "headway_http_request_seconds",
            "Time from the request to the end of its answer",
            ("method", "route"),
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self._accepting = Histogram(
            "headway_accept_seconds",
            "Time from a submission's checked body to the job being durable",
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self.watchers = Gauge("headway_watchers", "Open watches of this process", registry=self.registry)
        Gauge("headway_info", "Version", ("version",), registry=self.registry).labels(__version__).set(1)

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answered request; `route` is the template, so that ids make no new series; nor does a made-up method."""
        method = method if method in _METHODS else "other"
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(method, route).observe(seconds)

    def accepted(self, seconds: float) -> None:
        """Count one submission that is durable; what its request waits for afterwards is another matter."""
        self._accepting.observe(seconds)

    def accepted_within_ms(self) -> float | None:
        """The bound, in milliseconds, within which half of the submissions to this process were durable; None
        before the first."""
        counts: dict[float, float] = {}
        for sample in (s for family in self._accepting.collect() for s in family.samples):
            if sample.name.endswith("_bucket"):
                counts[float(sample.labels["le"])] = sample.value
        half = max(counts.values(), default=0.0) / 2
        reached = [bound for bound, count in counts.items() if count >= half]
        return min(reached) * 1000 if half and min(reached) != float("inf") else None

    async def render(self, store: Store, lease_s: float) -> bytes:
        """The exposition text, after one look at the store; a worker counts while it was seen within two
        leases."""
        self._installation.stats = await store.stats()
        self._installation.depth = await store.depth()
        self._installation.workers = await live_workers(store, lease_s)
        return generate_latest(self.registry)
