"""A plot of the results as SVG: CPU and p99 latency of one room by its number of clients.

A line goes through the medians; a bar at each goes from the least to the most.
"""

import statistics
from collections.abc import Mapping, Sequence

from benchmarks.spread import values_of
from benchmarks.tables import Found

_SIZES = (10, 100, 400, 800, 1000, 2000)
COLOURS = {"xr": "#1b7f5c", "colyseus": "#b3541e", "relay": "#5b5ea6", "picows": "#9a8211"}
_WIDTH, _HEIGHT, _LEFT, _TOP = 360, 220, 50, 40
_Points = Sequence[tuple[int, Sequence[float]]]
"""By the number of clients, the values of every round."""


def svg(found: Found) -> str:
    """Two panels side by side, a line for each server that was measured."""
    cpu = _lines(found, "server_cpu", 100)
    p99 = _lines(found, "latency_p99_ms", 1)
    panels = [
        _panel(0, "server CPU, % of a core", cpu, 100),
        _panel(_WIDTH + 2 * _LEFT, "latency p99, ms (cut at 200)", p99, 200),
    ]
    width, height = 2 * (_WIDTH + 2 * _LEFT), _HEIGHT + _TOP + 60
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"'
        ' font-family="sans-serif" font-size="12">\n'
        f'<rect width="{width}" height="{height}" fill="white"/>\n{"".join(panels)}</svg>\n'
    )


def _lines(found: Found, key: str, scale: float) -> dict[str, _Points]:
    return {
        server: [
            (size, [value * scale for value in values_of(found[f"room-{size}"][server], key)])
            for size in _SIZES
            if server in found.get(f"room-{size}", {})
        ]
        for server in COLOURS
    }


def _panel(x: float, title: str, lines: Mapping[str, _Points], top: float) -> str:
    parts = [f'<g transform="translate({x + _LEFT},{_TOP})">\n']
    parts.append(
        f'<text x="0" y="-16" font-weight="bold">{title}; clients in one room, 20 Hz</text>\n'
    )
    for step in range(5):
        y = _HEIGHT * (1 - step / 4)
        parts.append(f'<path d="M0 {y}H{_WIDTH}" stroke="#ddd"/>\n')
        parts.append(f'<text x="-6" y="{y + 4}" text-anchor="end">{top * step / 4:g}</text>\n')
    for size in (0, 400, 800, 1200, 1600, 2000):
        at = f'x="{_across(size)}" y="{_HEIGHT + 16}"'
        parts.append(f'<text {at} text-anchor="middle">{size}</text>\n')
    for number, (server, points) in enumerate(lines.items()):
        if points:
            parts.append(_line(server, points, top))
            at = f'x="{number * 90}" y="{_HEIGHT + 38}"'
            parts.append(f'<text {at} fill="{COLOURS[server]}">{server}</text>\n')
    parts.append("</g>\n")
    return "".join(parts)


def _line(server: str, points: _Points, top: float) -> str:
    colour = COLOURS[server]
    middles = [(_across(size), _up(statistics.median(values), top)) for size, values in points]
    path = " ".join(f"{x},{y}" for x, y in middles)
    parts = [f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>\n']
    for (x, y), (_, values) in zip(middles, points, strict=True):
        low, high = _up(min(values), top), _up(max(values), top)
        parts.append(f'<path d="M{x} {low}V{high}" stroke="{colour}" stroke-width="5"/>\n')
        parts.append(f'<circle cx="{x}" cy="{y}" r="3" fill="{colour}"/>\n')
    return "".join(parts)


def _across(size: float) -> float:
    return round(size / 2000 * _WIDTH, 1)


def _up(value: float, top: float) -> float:
    return round(_HEIGHT * (1 - min(value, top) / top), 1)
