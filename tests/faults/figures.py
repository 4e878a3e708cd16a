"""The figures that a round has measured, for people to read."""

from collections.abc import Mapping

Figures = Mapping[str, int | str]


def seconds(value: float) -> str:
    return f"{value:.2f} s"


def megabytes(value: float) -> str:
    return f"{value / 1e6:.1f} MB"
