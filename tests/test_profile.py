"""The rules of names, colours and avatars."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xr.profile import (
    AVATARS,
    LONGEST_NAME,
    clean_avatar,
    clean_color,
    clean_name,
    default_profile,
)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Ann", "Ann"),
        ("  Ann   Lee ", "Ann Lee"),
        ("Ann\u00a0Lee", "Ann Lee"),
        ("Zoe\u0308", "Zoë"),
        ("部屋のひと", "部屋のひと"),
        ("سلمى", "سلمى"),
        ("👩🏽 Ada", "👩🏽 Ada"),
        ("x" * LONGEST_NAME, "x" * LONGEST_NAME),
        ("e\u0301" * LONGEST_NAME, "é" * LONGEST_NAME),
    ],
)
def test_names_are_trimmed_and_composed(text: str, name: str) -> None:
    assert clean_name(text) == name


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "x" * (LONGEST_NAME + 1),
        "Ann\nLee",
        "Ann\tLee",
        "Ann\x00",
        "\u202eAnn",
        "Ann\u200b",
        "Ann\u200d",
        "\ufeffAnn",
        "Ann\u2066",
        "\ue000",
        "\U000f0000",
        "\ud800",
        "\u3164",
        "\u2800",
        "Ann\u2028Lee",
        "\x85Ann",
    ],
)
def test_names_that_deceive_or_break_lines_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^A name has"):
        clean_name(text)


@given(st.text(max_size=80))
def test_a_clean_name_is_visible_short_and_stays_as_it_is(text: str) -> None:
    try:
        name = clean_name(text)
    except ValueError:
        return
    assert 1 <= len(name) <= LONGEST_NAME
    assert name == unicodedata.normalize("NFC", name) == name.strip() == clean_name(name)
    assert all(unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp") for c in name)


@given(st.text(max_size=100))
def test_a_default_profile_is_valid_and_always_the_same(user_id: str) -> None:
    profile = default_profile(user_id)
    assert profile == default_profile(user_id)
    assert clean_name(profile.name) == profile.name
    assert clean_color(profile.color) == profile.color
    assert clean_avatar(profile.avatar) in AVATARS


def test_users_who_chose_nothing_look_different() -> None:
    profiles = {default_profile(f"user-{number}") for number in range(200)}
    assert len(profiles) > 190
    assert {profile.avatar for profile in profiles} == set(AVATARS)


def test_colors_are_written_in_one_way() -> None:
    assert clean_color("#AbCdEf") == "#abcdef"
    for text in ("abcdef", "#abc", "#abcdeg", "#abcdef0", "red", "#abcdef\n", ""):
        with pytest.raises(ValueError, match="#rrggbb"):
            clean_color(text)


def test_an_avatar_is_one_of_those_shipped() -> None:
    with pytest.raises(ValueError, match="round, robot, fox, ghost"):
        clean_avatar("dragon")
