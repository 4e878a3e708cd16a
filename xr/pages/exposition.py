"""The metrics page: the server's counters and vitals in Prometheus' terms.

Names follow its conventions: base units, ``_total`` for counters. Each label that the server knows
of is there from the start with 0, so that its first increase is seen.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate

from prometheus_client import (
    GC_COLLECTOR,
    PLATFORM_COLLECTOR,
    CollectorRegistry,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from xr import __version__
from xr.errors import CloseCode
from xr.metrics import BOUNDS, Histogram, Metrics
from xr.monitoring.vitals import STATUSES, Vitals
from xr.settings import Settings
from xr.wire.reasons import Reason

_COUNTERS = {
    "messages": "Messages received on websockets",
    "poses": "Poses accepted",
    "voice_packets": "Packets of voice accepted",
    "joins": "Joins that were granted",
    "ticks": "Ticks reflected",
    "sent_bytes": "Bytes handed to websockets",
    "received_bytes": "Bytes received on websockets",
    "poses_flushed": "Poses written to the database",
    "flush_failures": "Writes of poses that failed",
    "room_crashes": "Rooms that failed and were restarted",
    "connection_faults": "Connections that ended by an error before they were websockets",
    "lagging": "Times that a client fell behind",
    "paused": "Times that a client was not read from for a while, as it sent too much",
}
_HISTOGRAMS = {
    "tick_lateness": "Seconds that the tick of a room came after its time",
    "flush_duration": "Seconds that a write of a room's changes took",
    "join_duration": "Seconds from the request of a join until its room has taken it",
}
_VOICE = ("behind", "replaced", "another connection", Reason.TOO_FAST)
_LABELLED: Mapping[str, tuple[str, str, Iterable[object]]] = {
    "refused": (
        "reason",
        "Websockets, joins, pages and new rooms that were refused",
        (
            *(*Reason, "host", "page rate", "room rate", "password", "admin"),
            *("redirect", "out of file descriptors"),
        ),
    ),
    "dropped": (
        "reason",
        "Messages that were not obeyed",
        ("message rate", "stale join_ref", Reason.INVALID_POSE, *map("voice: {}".format, _VOICE)),
    ),
    "closed": (
        "code",
        "Websockets closed, by close code",
        (*map(int, CloseCode), 1001, 1005, 1006),
    ),
}
_LIMITS = (
    *("max_clients", "max_per_room", "max_per_address", "max_rooms"),
    *("message_rate", "join_rate", "page_rate", "room_rate"),
)


class _Exposition(Collector):
    def __init__(self, metrics: Metrics, vitals: Vitals, settings: Settings) -> None:
        self._metrics = metrics
        self._vitals = vitals
        self._settings = settings

    def collect(self) -> Iterator[Metric]:
        yield _labelled("build_info", "The version, as a label", "version", {__version__: 1})
        yield from self._gauges()
        yield from self._counters()
        yield from self._histograms()

    def _gauges(self) -> Iterator[Metric]:
        vitals, files = self._vitals, self._vitals.files
        states = {str(status): float(vitals.health.status == status) for status in STATUSES}
        yield _labelled("health", "1 for the state that /healthz tells, else 0", "status", states)
        limits = {name: getattr(self._settings, name) for name in _LIMITS}
        yield _labelled("limit", "Limits as they are set; 0 is none", "setting", limits)
        yield _gauge("websockets", "Websockets that are open", vitals.websockets)
        speaking = self._metrics.http_connections
        yield _gauge("http_connections", "Connections that speak HTTP, tasks in each", speaking)
        yield _gauge("rooms", "Rooms that are open", vitals.rooms)
        yield _gauge("users", "Users present in rooms", vitals.users)
        tasks = vitals.tasks
        yield _gauge("tasks", "Tasks of the server; they go with the rooms that had them", tasks)
        yield _gauge("database_bytes", "Size of the database", files.database)
        yield _gauge("database_log_bytes", "Size of SQLite's log beside it", files.log)
        yield _gauge("disk_free_bytes", "Free on the disk of the database", files.free)
        text = "Seconds for which a change of a room waits to be written, at most"
        yield _gauge("unwritten_seconds", text, vitals.unwritten)

    def _counters(self) -> Iterator[Metric]:
        metrics = self._metrics
        for name, text in _COUNTERS.items():
            yield CounterMetricFamily(f"xr_{name}", text, value=getattr(metrics, name))
        for name, (label, text, known) in _LABELLED.items():
            family = CounterMetricFamily(f"xr_{name}", text, labels=[label])
            counts = {str(each): 0 for each in known}
            counts |= {str(each): count for each, count in getattr(metrics, name).items()}
            for value, count in counts.items():
                family.add_metric([value], count)
            yield family

    def _histograms(self) -> Iterator[Metric]:
        for name, text in _HISTOGRAMS.items():
            family = HistogramMetricFamily(f"xr_{name}_seconds", text)
            _fill(family, [], getattr(self._metrics, name))
            yield family
        text = "Seconds from a request of HTTP to the end of its answer"
        family = HistogramMetricFamily("xr_http_request_duration_seconds", text, labels=["code"])
        for code, histogram in self._metrics.http_duration.items():
            _fill(family, [code], histogram)
        yield family


def registry(metrics: Metrics, vitals: Vitals, settings: Settings) -> CollectorRegistry:
    """All metrics of a server as they are now, and those of its process."""
    made = CollectorRegistry()
    made.register(_Exposition(metrics, vitals, settings))
    ProcessCollector(registry=made)
    made.register(PLATFORM_COLLECTOR)
    made.register(GC_COLLECTOR)
    return made


def exposition(metrics: Metrics, vitals: Vitals, settings: Settings) -> bytes:
    """All metrics as Prometheus' text."""
    return generate_latest(registry(metrics, vitals, settings))


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"xr_{name}", text, value=value)


def _labelled(name: str, text: str, label: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(f"xr_{name}", text, labels=[label])
    for value, number in values.items():
        family.add_metric([value], number)
    return family


def _fill(family: HistogramMetricFamily, labels: list[str], histogram: Histogram) -> None:
    names = [*map(repr, BOUNDS), "+Inf"]
    buckets = list(zip(names, map(float, accumulate(histogram.counts)), strict=True))
    family.add_metric(labels, buckets, histogram.seconds)
