"""What Prometheus reads: every label from a small set that is known beforehand."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

METHODS = frozenset({"GET", "HEAD", "POST", "DELETE", "OPTIONS"})
CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series a label for what the process's start time says already

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_SIZES = (1, 2, 4, 8, 16, 32, 64, 128)


class Metrics:
    """The measures of one service, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)  # memory, CPU and open files, on Linux
        PlatformCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        self._requests = Counter(
            "modiste_requests",
            "Requests answered.",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "modiste_request_seconds",
            "From the head of a request to the end of its answer.",
            ("route",),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._in_flight = Gauge(
            "modiste_requests_in_flight", "Requests being answered.", registry=self.registry
        )
        self._batch_sizes = Histogram(
            "modiste_batch_size",
            "Requests that shared one call of the model.",
            buckets=_SIZES,
            registry=self.registry,
        )
        self._model_seconds = Histogram(
            "modiste_model_call_seconds",
            "One call of the model.",
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._swaps = Counter(
            "modiste_catalogue_swaps",
            "New versions of the catalogue taken up, or not.",
            ("outcome",),
            registry=self.registry,
        )

    def began(self) -> None:
        """A request came in."""
        self._in_flight.inc()

    def ended(self, method: str, route: str, status: int, seconds: float) -> None:
        """A request was answered."""
        self._in_flight.dec()
        known = method if method in METHODS else "other"
        self._requests.labels(known, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def called_model(self, size: int, seconds: float) -> None:
        """`size` requests shared one call of the model that took `seconds`."""
        self._batch_sizes.observe(size)
        self._model_seconds.observe(seconds)

    def swapped(self, succeeded: bool) -> None:
        """A new version of the catalogue was taken up, or failed to be."""
        self._swaps.labels("taken" if succeeded else "failed").inc()

    def read_when_asked(self, name: str, meaning: str, value: Callable[[], float]) -> None:
        """Show `value()` as the gauge `modiste_<name>` whenever somebody asks."""
        Gauge(f"modiste_{name}", meaning, registry=self.registry).set_function(value)

    def text(self) -> bytes:
        """All of it, in Prometheus' text format 0.0.4."""
        return generate_latest(self.registry)
