"""The decision of a room's door, for every visitor that there can be."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace as with_options

from xr.roles import Capability, Role, may
from xr.rooms.door import SENTENCES, Visitor, refusal
from xr.rooms.options import Options, Who
from xr.wire.reasons import Reason

roles = st.sampled_from(Role)
epochs = st.integers(0, 2)
passwords = st.none() | st.just("a hash")
options = st.builds(
    Options,
    locked=st.booleans(),
    password=passwords,
    password_epoch=epochs,
    listed=st.booleans(),
    capacity=st.none() | st.integers(1, 5),
)
visitors = st.builds(
    Visitor,
    role=roles,
    inside=st.booleans(),
    invited=st.booleans(),
    let_in=st.none() | epochs,
    password_right=st.none() | st.booleans(),
)


@given(options, visitors)
def test_each_refusal_has_its_one_cause(room: Options, visitor: Visitor) -> None:
    reason = refusal(room, visitor)
    stranger = not (visitor.inside or visitor.invited or visitor.role is not Role.GUEST)
    knows = visitor.let_in == room.password_epoch or bool(visitor.password_right)
    assert (reason is Reason.ROOM_IS_LOCKED) == (stranger and room.locked)
    stopped = stranger and not room.locked and room.password is not None and not knows
    assert (reason is Reason.PASSWORD_NEEDED) == (stopped and visitor.password_right is None)
    assert (reason is Reason.WRONG_PASSWORD) == (stopped and visitor.password_right is False)
    assert reason is None or reason in SENTENCES


@given(options, visitors)
def test_an_open_room_lets_in_everybody(room: Options, visitor: Visitor) -> None:
    assert refusal(with_options(room, locked=False, password=None), visitor) is None


@given(options, visitors, roles)
def test_no_fact_in_favour_of_a_visitor_shuts_them_out(
    room: Options, visitor: Visitor, role: Role
) -> None:
    before = refusal(room, visitor)
    better = [
        replace(visitor, inside=True),
        replace(visitor, invited=True),
        replace(visitor, let_in=room.password_epoch),
        replace(visitor, password_right=True),
    ]
    if role.outranks(visitor.role):
        better.append(replace(visitor, role=role))
    for favoured in better:
        assert before is not None or refusal(room, favoured) is None


@given(options, visitors)
def test_a_password_that_changed_is_asked_of_those_let_in_before(
    room: Options, visitor: Visitor
) -> None:
    guest = replace(
        visitor, role=Role.GUEST, inside=False, invited=False, password_right=None, let_in=1
    )
    secret = with_options(room, locked=False, password="a hash", password_epoch=1)
    assert refusal(secret, guest) is None
    assert refusal(with_options(secret, password_epoch=2), guest) is Reason.PASSWORD_NEEDED


def test_whether_a_room_is_listed_or_how_many_it_takes_is_no_matter_of_the_door() -> None:
    for changed in ({"listed": False}, {"capacity": 1}):
        assert refusal(with_options(Options(), **changed), Visitor()) is None


@given(roles, st.sampled_from(Who), st.sampled_from(Who), st.booleans())
def test_options_narrow_and_widen_the_table_of_roles(
    role: Role, build: Who, speak: Who, voice: bool
) -> None:
    room = Options(who_may_build=build, who_may_speak=speak, voice=voice)
    least = {Who.EVERYBODY: 0, Who.MEMBERS: 1, Who.MODERATORS: 2}
    rank = list(Role).index(role)
    assert room.allow(role, Capability.BUILD) == (rank >= least[build])
    assert room.allow(role, Capability.UPLOAD) == (rank >= max(1, least[build]))
    assert room.allow(role, Capability.SPEAK) == (voice and rank >= least[speak])
    for capability in {*Capability} - {Capability.BUILD, Capability.UPLOAD, Capability.SPEAK}:
        assert room.allow(role, capability) == may(role, capability)


def test_without_a_change_the_table_of_roles_holds() -> None:
    for role in Role:
        for capability in Capability:
            assert Options().allow(role, capability) == may(role, capability)
