"""The metrics page: the server's counters in Prometheus' terms."""

from collections.abc import Callable, Iterator, Mapping

import trio
from prometheus_client import CollectorRegistry
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from xr import __version__
from xr.metrics import Metrics

_COUNTERS = {
    "messages": "Messages received on websockets",
    "poses": "Poses accepted",
    "voice_packets": "Packets of voice accepted",
    "joins": "Joins that were granted",
    "ticks": "Ticks reflected",
    "bytes_sent": "Bytes handed to websockets",
    "bytes_received": "Bytes received on websockets",
    "poses_flushed": "Poses written to the database",
    "flush_seconds": "Seconds spent on writing poses",
    "flush_failures": "Writes of poses that failed",
    "room_crashes": "Rooms that failed and were restarted",
    "connection_faults": "Connections that ended by an error before they were websockets",
    "lagging": "Times that a client fell behind",
    "paused": "Times that a client was not read from for a while, as it sent too much",
}
_LABELLED = {
    "refused": ("reason", "Websockets, joins, pages and new rooms that were refused"),
    "dropped": ("reason", "Messages that were not obeyed"),
    "closed": ("code", "Websockets closed, by close code"),
}


class _Exposition(Collector):
    def __init__(
        self,
        metrics: Metrics,
        present: Callable[[], Mapping[str, int]],
        sockets: Callable[[], int],
    ) -> None:
        self._metrics = metrics
        self._present = present
        self._sockets = sockets

    def collect(self) -> Iterator[Metric]:
        build = GaugeMetricFamily("xr_build_info", "The version, as a label", labels=["version"])
        build.add_metric([__version__], 1)
        yield build
        present = self._present()
        yield _gauge("websockets", "Websockets that are open", self._sockets())
        speaking = self._metrics.http_connections
        yield _gauge("http_connections", "Connections that speak HTTP, tasks in each", speaking)
        yield _gauge("rooms", "Rooms that are open", len(present))
        yield _gauge("users", "Users present in rooms", sum(present.values()))
        tasks = trio.lowlevel.current_statistics().tasks_living
        yield _gauge("tasks", "Tasks of the server; they go with the rooms that had them", tasks)
        for name, text in _COUNTERS.items():
            yield CounterMetricFamily(f"xr_{name}", text, value=getattr(self._metrics, name))
        for name, (label, text) in _LABELLED.items():
            family = CounterMetricFamily(f"xr_{name}", text, labels=[label])
            for value, count in getattr(self._metrics, name).items():
                family.add_metric([str(value)], count)
            yield family


def registry(
    metrics: Metrics, present: Callable[[], Mapping[str, int]], sockets: Callable[[], int]
) -> CollectorRegistry:
    """A registry of the server's own, so that two servers in one process keep apart."""
    made = CollectorRegistry()
    made.register(_Exposition(metrics, present, sockets))
    return made


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"xr_{name}", text, value=value)
