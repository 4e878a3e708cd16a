"""The figures of clicks, made of the times at which they went in and out."""

import pytest

from benchmarks.mouth_to_ear import summary


def test_each_click_is_matched_with_the_next_that_is_heard() -> None:
    mouth = [800.0 * click for click in range(50)]
    ear = [at + 150 for at in mouth]
    ear[7] += 200
    del ear[20]
    found = summary(mouth, ear)
    assert (found.clicks, found.lost) == (50, 1)
    assert (found.p50, found.p99, found.most) == (150, 350, 350)


def test_what_came_before_or_after_the_other_page_listened_is_left_out() -> None:
    mouth = [800.0 * click for click in range(50)]
    assert summary(mouth, [at + 150 for at in mouth[10:40]]).clicks == 30


def test_a_few_clicks_are_no_measure() -> None:
    with pytest.raises(SystemExit, match="only 0 clicks"):
        summary([800.0 * click for click in range(50)], [])
