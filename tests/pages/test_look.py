"""The pages and the room look alike: the same colours and corners, in daylight and in the dark."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = (ROOT / "xr/pages/static/pages.css").read_text()
ROOM = (ROOT / "web/src/style.css").read_text()
SHARED = ("--card", "--text", "--soft", "--line", "--accent", "--on-accent")


def token(css: str, name: str, dark: bool) -> str:
    values = re.findall(rf"{name}: ([^;]+);", css)
    assert len(values) == 2, f"{name}: once for daylight, once for the dark"
    return str(values[dark])


def luminance(color: str) -> float:
    """WCAG 2: of #rgb or #rrggbb, 0 to 1."""
    digits = color.removeprefix("#")
    digits = digits if len(digits) == 6 else "".join(digit * 2 for digit in digits)
    parts = [int(digits[index : index + 2], 16) / 255 for index in (0, 2, 4)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("dark", [False, True])
def test_the_room_has_the_colours_of_the_pages(dark: bool) -> None:
    for name in SHARED:
        assert token(ROOM, name, dark) == token(PAGES, name, dark)


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize(
    ("text", "ground"),
    [
        ("--text", "--card"),
        ("--soft", "--card"),
        ("--accent", "--card"),
        ("--on-accent", "--accent"),
        ("--soft", "--line"),
        ("--on-warning", "--warning"),
    ],
)
def test_text_stands_out_from_its_ground(text: str, ground: str, dark: bool) -> None:
    one, other = (luminance(token(ROOM, name, dark)) for name in (text, ground))
    assert (max(one, other) + 0.05) / (min(one, other) + 0.05) >= 4.5


@pytest.mark.parametrize("css", [ROOM, PAGES])
def test_placeholders_are_text_that_stands_out(css: str) -> None:
    [rule] = re.findall(r"::placeholder \{([^}]*)\}", css)
    assert rule.split() == ["color:", "var(--soft);", "opacity:", "1;"]
