"""The figures of a page's frames."""

import pytest

from benchmarks.frames import summary


def test_medians_and_the_slow_tail_are_told() -> None:
    frames = [(1.0, 20)] * 18 + [(3.0, 22), (9.0, 40)]
    figures = summary(frames)
    assert (figures.frames, figures.script_p50, figures.script_p95) == (20, 1.0, 9.0)
    assert (figures.draw_calls_p50, figures.draw_calls_most) == (20, 40)


def test_a_few_frames_say_nothing() -> None:
    with pytest.raises(SystemExit, match="only 3 frames"):
        summary([(1.0, 20)] * 3)
