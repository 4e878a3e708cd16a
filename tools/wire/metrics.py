"""The table of docs/metrics.md, of the metrics as ``/metrics`` shows them."""

from collections.abc import Iterator

from prometheus_client.metrics_core import Metric

from tools.wire.markdown import Row, table
from xr.metrics import Metrics
from xr.monitoring.vitals import Health, Vitals
from xr.pages.exposition import registry
from xr.settings import Settings

_OURS = "xr_"  # the others are those of each program with Prometheus' client


def metrics_table() -> str:
    """Each metric of ours with its type, labels and meaning."""
    return table(("metric", "type", "labels", "meaning"), _rows())


def _rows() -> Iterator[Row]:
    found = registry(Metrics(), Vitals(health=Health("ok")), Settings()).collect()
    for metric in found:
        if metric.name.startswith(_OURS):
            suffix = "_total" if metric.type == "counter" else ""
            name = f"`{metric.name}{suffix}`"
            yield name, metric.type, _labels(metric), metric.documentation


def _labels(metric: Metric) -> str:
    """Each label; the bounds of a histogram's buckets are none that anybody chose."""
    names = {name for sample in metric.samples for name in sample.labels} - {"le"}
    return ", ".join(f"`{name}`" for name in sorted(names))
