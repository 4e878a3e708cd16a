"""The figures of a page's frames."""

import pytest

from benchmarks.frames import cpu_times, summary


def test_medians_and_the_slow_tail_are_told() -> None:
    frames = [(1.0, 20)] * 18 + [(3.0, 22), (9.0, 40)]
    figures = summary(frames, [0.5, 2.0, 2.5])
    assert figures.cpu_p50 == 2.0
    assert (figures.frames, figures.script_p50, figures.script_p95) == (20, 1.0, 9.0)
    assert (figures.draw_calls_p50, figures.draw_calls_most) == (20, 40)


def test_a_few_frames_say_nothing() -> None:
    with pytest.raises(SystemExit, match="only 3 frames"):
        summary([(1.0, 20)] * 3, [])


def test_cpu_time_is_that_of_the_frames_that_draw() -> None:
    drawn = {"name": "FireAnimationFrame", "tdur": 2100}
    skipped = {"name": "FireAnimationFrame", "tdur": 40}
    cut_off = {"name": "FireAnimationFrame"}
    assert cpu_times([drawn, skipped, cut_off, {"name": "Paint", "tdur": 900}]) == [2.1]
