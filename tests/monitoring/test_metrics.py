"""Histograms, and the names that dashboards and alerts use."""

import json
import re
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families as parse

from xr.metrics import BOUNDS, Histogram, Metrics
from xr.monitoring.vitals import Health, Vitals
from xr.pages.exposition import exposition, registry
from xr.settings import Settings

FOLDER = Path(__file__).parents[2] / "docs" / "monitoring"


def shown(metrics: Metrics | None = None) -> CollectorRegistry:
    return registry(metrics or Metrics(), Vitals(health=Health("degraded", ("x",))), Settings())


def test_a_reason_that_the_server_knows_is_there_before_it_is_met() -> None:
    for reason in ("voice: another connection", "voice: replaced", "voice: too fast"):
        assert shown().get_sample_value("xr_dropped_total", {"reason": reason}) == 0


def test_a_histogram_counts_by_upper_bound() -> None:
    histogram = Histogram()
    for seconds in (0.0, 0.001, 0.0011, 7.0, 60.0):
        histogram.observe(seconds)
    assert histogram.counts == [2, 1, *[0] * (len(BOUNDS) - 3), 1, 1]
    assert histogram.seconds == pytest.approx(67.0021)


def test_a_quantile_is_of_what_came_since() -> None:
    histogram = Histogram()
    assert histogram.quantile(0.99, histogram.counts) == 0
    histogram.observe(60)
    before = list(histogram.counts)
    for seconds in [0.002] * 98 + [0.2, 0.2]:
        histogram.observe(seconds)
    assert histogram.quantile(0.5, before) == 0.0025
    assert histogram.quantile(0.99, before) == 0.25
    assert Histogram().quantile(1, [0] * len(before)) == 0
    assert histogram.quantile(1, [0] * len(before)) == BOUNDS[-1], "beyond the last bound"


def test_histograms_are_shown_with_sums_of_buckets() -> None:
    metrics = Metrics()
    for seconds in (0.002, 0.3, 60):
        metrics.tick_lateness.observe(seconds)
    metrics.answered(204, 0.002)
    metrics.answered(101, 0.002)  # not answered: it became a websocket
    found = shown(metrics)
    name = "xr_tick_lateness_seconds"
    for bound, count in (("0.001", 0), ("0.0025", 1), ("0.5", 2), ("10.0", 2), ("+Inf", 3)):
        assert found.get_sample_value(f"{name}_bucket", {"le": bound}) == count
    assert found.get_sample_value(f"{name}_count") == 3
    assert found.get_sample_value(f"{name}_sum") == pytest.approx(60.302)
    http = "xr_http_request_duration_seconds_count"
    counts = [found.get_sample_value(http, {"code": f"{n}xx"}) for n in (2, 3, 4, 5)]
    assert counts == [1, 0, 0, 0]


def test_labels_are_there_before_their_first_increase() -> None:
    metrics = Metrics()
    metrics.refused["something else"] += 2
    found = shown(metrics)
    assert found.get_sample_value("xr_refused_total", {"reason": "room is full"}) == 0
    assert found.get_sample_value("xr_refused_total", {"reason": "something else"}) == 2
    assert found.get_sample_value("xr_closed_total", {"code": "1013"}) == 0
    assert found.get_sample_value("xr_health", {"status": "degraded"}) == 1
    assert found.get_sample_value("xr_health", {"status": "ok"}) == 0


def names() -> set[str]:
    """Every name of a sample that ``/metrics`` has."""
    text = exposition(Metrics(), Vitals(health=Health("ok")), Settings()).decode()
    return {sample.name for family in parse(text) for sample in family.samples}


@pytest.mark.parametrize("file", ["alerts.yml", "grafana.json"])
def test_each_metric_that_is_used_is_there(file: str) -> None:
    text = (FOLDER / file).read_text()
    used = set(re.findall(r"\b(?:xr|process)_[a-z_]+\b", text))
    assert len(used) >= 5
    assert used <= names()


def test_the_dashboard_asks_for_its_source_of_data() -> None:
    board = json.loads((FOLDER / "grafana.json").read_text())
    assert board["templating"]["list"][0]["type"] == "datasource"
    panels = [each for each in board["panels"] if each["type"] != "row"]
    assert all(each["targets"] and each["title"] for each in panels)
    for panel in panels:
        assert panel["datasource"]["uid"] == "${source}"
