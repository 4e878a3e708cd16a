"""The rule for a room's name."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xr.errors import RequestRefused
from xr.names import NAME_LIMIT, room_name


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Hall", "Hall"),
        ("  Hall \n", "Hall"),
        ("<b>&amp;", "<b>&amp;"),
        ("Café", "Caf\u00e9"),
        ("Cafe\u0301", "Caf\u00e9"),
        ("👨‍👩‍👧", "👨‍👩‍👧"),
        ("غرفة", "غرفة"),
        ("?", "?"),
        ("x" * 80, "x" * 80),
        ("🎈" * 80, "🎈" * 80),
    ],
)
def test_a_name_is_taken_as_it_was_typed(typed: str, name: str) -> None:
    assert room_name(typed) == name


@pytest.mark.parametrize("typed", ["", " ", "\t\n", "\u200b", "\u2060\u200d", "\u0301", "\u3164"])
def test_a_name_that_shows_nothing_is_none(typed: str) -> None:
    with pytest.raises(RequestRefused, match="needs a name"):
        room_name(typed)


@pytest.mark.parametrize(
    "typed", ["a\nb", "a\x00b", "a\x1b[31m", "a\x7f", "a\u202eb", "a\u2066b", "a\u2028b", "a\ue000"]
)
def test_control_characters_are_refused(typed: str) -> None:
    with pytest.raises(RequestRefused, match="control characters"):
        room_name(typed)


def test_a_name_that_is_too_long_says_by_how_much() -> None:
    with pytest.raises(RequestRefused, match="at most 80 characters; this one has 81"):
        room_name("x" * 81)


@given(st.text(max_size=100))
def test_what_passes_is_fit_and_passes_again(typed: str) -> None:
    try:
        name = room_name(typed)
    except RequestRefused:
        return
    assert 0 < len(name) <= NAME_LIMIT
    assert name == name.strip() == unicodedata.normalize("NFC", name)
    assert room_name(name) == name
