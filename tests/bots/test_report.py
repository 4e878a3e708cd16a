"""The report of what bots have seen, counted and timed."""

import pytest

from xr.bots.report import Report, Sightings


def test_a_pose_that_was_sent_is_known_again_also_rounded() -> None:
    sightings = Sightings()
    sightings.sent("ann", (1.00010, 1.7, -2.0), 10.0)
    assert sightings.age("ann", (1.0, 1.7, -2.0), 10.25) == 0.25


def test_a_pose_of_somebody_else_or_from_elsewhere_is_not() -> None:
    sightings = Sightings()
    sightings.sent("ann", (1.0, 1.7, -2.0), 10.0)
    assert sightings.age("ben", (1.0, 1.7, -2.0), 11.0) is None
    assert sightings.age("ann", (1.01, 1.7, -2.0), 11.0) is None


def test_who_comes_by_again_is_timed_from_the_last_time() -> None:
    sightings = Sightings()
    sightings.sent("ann", (0.0, 0.0, 0.0), 10.0)
    sightings.sent("ann", (0.0, 0.0, 0.0), 20.0)
    assert sightings.age("ann", (0.0, 0.0, 0.0), 20.5) == 0.5


def test_old_poses_are_not_kept_for_ever() -> None:
    sightings = Sightings()
    for number in range(1000):
        sightings.sent("ann", (float(number), 0.0, 0.0), float(number))
    known = [n for n in range(1000) if sightings.age("ann", (float(n), 0.0, 0.0), 0.0) is not None]
    assert known == list(range(600, 1000))


def test_latencies_are_ranked() -> None:
    report = Report(print)
    for milliseconds in range(1, 101):
        report.arrived(milliseconds / 1000)
    assert report.latency(0.5) == pytest.approx(0.050)
    assert report.latency(0.99) == pytest.approx(0.099)
    assert report.latency(1.0) == pytest.approx(0.100)


def test_a_pose_of_unknown_age_counts_but_is_not_timed() -> None:
    report = Report(print)
    report.arrived(None)
    assert report.poses == 1
    assert report.latency(0.5) is None


def test_ages_beyond_all_bounds_count_as_the_longest() -> None:
    report = Report(print)
    report.arrived(3600.0)
    assert report.latency(0.5) == 10.0


def test_each_kind_of_trouble_is_told_once_and_counted() -> None:
    told: list[str] = []
    report = Report(told.append)
    for what in ("rain", "snow", "rain", "rain"):
        report.trouble(what)
    assert told == ["rain", "snow"]
    assert list(report.lines())[-2:] == ["error: rain (3 times)", "error: snow"]


def test_the_report_in_words() -> None:
    report = Report(print)
    report.joined, report.joins, report.leaves, report.seconds = 2, 1, 0, 10.0
    for _ in range(100):
        report.arrived(0.0042)
    assert list(report.lines()) == [
        "2 bots joined; they were there for 10.0 s",
        "joins seen: 1, leaves seen: 0",
        "poses of others received: 100 (10 a second)",
        "latency: p50 4.2 ms, p99 4.2 ms (of 100 poses)",
    ]


def test_a_report_of_nothing() -> None:
    assert list(Report(print).lines()) == [
        "0 bots joined; they were there for 0.0 s",
        "joins seen: 0, leaves seen: 0",
        "poses of others received: 0 (0 a second)",
    ]
