"""A plot of the results as SVG: CPU and p99 latency of one room by its number of clients."""

from collections.abc import Callable, Mapping, Sequence

from benchmarks.scenarios import Figures

_SIZES = (10, 100, 400, 800, 1000, 2000)
_COLOURS = {"xr": "#1b7f5c", "colyseus": "#b3541e", "relay": "#5b5ea6"}
_WIDTH, _HEIGHT, _LEFT, _TOP = 360, 220, 50, 40
_Points = Sequence[tuple[float, float]]


def svg(medians: Mapping[str, Mapping[str, Figures]]) -> str:
    """Two panels side by side, a line for each server that was measured."""
    cpu = _lines(medians, lambda figures: figures["server_cpu"] * 100)
    p99 = _lines(medians, lambda figures: figures["latency_p99_ms"])
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


def _lines(
    medians: Mapping[str, Mapping[str, Figures]], value: Callable[[Figures], float]
) -> dict[str, _Points]:
    return {
        server: [
            (size, value(by_server[server]))
            for size in _SIZES
            if server in (by_server := medians.get(f"room-{size}", {}))
        ]
        for server in _COLOURS
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
        if not points:
            continue
        colour = _COLOURS[server]
        path = " ".join(f"{_across(size)},{_up(value, top)}" for size, value in points)
        parts.append(
            f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>\n'
        )
        parts.extend(
            f'<circle cx="{_across(size)}" cy="{_up(value, top)}" r="3" fill="{colour}"/>\n'
            for size, value in points
        )
        parts.append(
            f'<text x="{number * 110}" y="{_HEIGHT + 38}" fill="{colour}">{server}</text>\n'
        )
    parts.append("</g>\n")
    return "".join(parts)


def _across(size: float) -> float:
    return round(size / 2000 * _WIDTH, 1)


def _up(value: float, top: float) -> float:
    return round(_HEIGHT * (1 - min(value, top) / top), 1)
