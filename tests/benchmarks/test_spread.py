import pytest

from benchmarks.spread import MS, NUMBER, PERCENT, Unit, shown


@pytest.mark.parametrize(
    ("values", "unit", "text"),
    [
        ([0.512, 0.539, 0.501], PERCENT, "51 % (50–54)"),
        ([0.512, 0.513, 0.511], PERCENT, "51 %"),
        ([3.46, 3.61, 3.39], MS, "3.5 ms (3.4–3.6)"),
        ([68.1, 90.6, 71.2], MS, "70 ms (70–90)"),
        ([45.2, 51.4, 57.3], MS, "51 ms (45–57)"),
        ([12_479_805, 12_412_345, 12_498_000], NUMBER, "12,480,000 (12,410,000–12,500,000)"),
        ([854], NUMBER, "854"),
        ([0.3, 0.3, 0.3], Unit(places=3), "0.300"),
    ],
)
def test_a_figure_shows_no_digit_that_the_rounds_do_not_share(
    values: list[float], unit: Unit, text: str
) -> None:
    assert shown(values, unit) == text
