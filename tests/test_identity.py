import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.clock import Clock
from tests.pages.app_under_test import SECRET
from xr.identity import ADMIN_SECONDS, TOKEN_SECONDS, Identity

NOW = Clock().time
DAY = 86400


@pytest.fixture
def identity(clock: Clock) -> Identity:
    return Identity(SECRET, clock)


def test_user_ids_differ_and_suit_urls_and_command_lines(identity: Identity) -> None:
    ids = {identity.new_user() for _ in range(1000)}
    assert len(ids) == 1000
    assert all(re.fullmatch(r"[a-z0-9]{16}", user_id) for user_id in ids)


def test_what_is_signed_is_read_again(identity: Identity) -> None:
    assert identity.read_cookie(identity.sign_cookie("ann")) == "ann"
    assert identity.read_token(identity.sign_token("ann")) == "ann"
    assert identity.is_admin(identity.sign_admin())


def test_one_kind_is_not_taken_for_another(identity: Identity) -> None:
    cookie, token, admin = (
        identity.sign_cookie("ann"),
        identity.sign_token("ann"),
        identity.sign_admin(),
    )
    assert [identity.read_cookie(value) for value in (token, admin)] == [None, None]
    assert [identity.read_token(value) for value in (cookie, admin)] == [None, None]
    assert not identity.is_admin(cookie)
    assert not identity.is_admin(token)


def test_another_secret_reads_nothing(identity: Identity) -> None:
    other = Identity("another secret, just as long", lambda: NOW)
    assert other.read_cookie(identity.sign_cookie("ann")) is None
    assert other.read_token(identity.sign_token("ann")) is None
    assert not other.is_admin(identity.sign_admin())


def test_a_token_ages_and_a_cookie_does_not(identity: Identity, clock: Clock) -> None:
    cookie, token, admin = (
        identity.sign_cookie("ann"),
        identity.sign_token("ann"),
        identity.sign_admin(),
    )
    clock.time = NOW + ADMIN_SECONDS + 1
    assert not identity.is_admin(admin)
    clock.time = NOW + TOKEN_SECONDS
    assert identity.read_token(token) == "ann"
    clock.time = NOW + TOKEN_SECONDS + 1
    assert identity.read_token(token) is None
    clock.time = NOW + 399 * DAY
    assert identity.read_cookie(cookie) == "ann"


def test_a_clock_set_back_by_a_day_turns_nobody_away(identity: Identity, clock: Clock) -> None:
    cookie, token = identity.sign_cookie("ann"), identity.sign_token("ann")
    clock.time = NOW - DAY
    assert identity.read_cookie(cookie) == "ann"
    assert identity.read_token(token) == "ann"
    clock.time = NOW - DAY - 1
    assert identity.read_token(token) is None


@given(st.from_regex(r"[a-z0-9_-]{1,40}", fullmatch=True))
def test_a_token_is_made_of_its_alphabet(user_id: str) -> None:
    identity = Identity(SECRET, lambda: NOW)
    assert re.fullmatch(r"[A-Za-z0-9_.-]+", identity.sign_token(user_id))
    assert re.fullmatch(r"[A-Za-z0-9_.-]+", identity.sign_admin())


@given(st.text())
def test_garbage_is_nobody(value: str) -> None:
    identity = Identity(SECRET, lambda: NOW)
    assert identity.read_cookie(value) is None
    assert identity.read_token(value) is None
    assert not identity.is_admin(value)


@given(st.data())
def test_a_token_that_says_something_else_is_forged(data: st.DataObject) -> None:
    identity = Identity(SECRET, lambda: NOW)
    token = identity.sign_token("somebody")
    place = data.draw(st.integers(0, token.rindex(".")))
    other = data.draw(st.characters(codec="ascii").filter(lambda c: c != token[place]))
    assert identity.read_token(token[:place] + other + token[place + 1 :]) is None


@pytest.mark.parametrize("missing", [None, ""])
def test_nothing_is_nobody(identity: Identity, missing: str | None) -> None:
    assert identity.read_cookie(missing) is None
    assert identity.read_token(missing) is None
