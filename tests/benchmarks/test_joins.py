"""The bytes of a join."""

from benchmarks.joins import sizes


def test_bytes_are_those_of_the_frames() -> None:
    reply = '["1","1","room:a","phx_reply",{}]'
    chat = f'["1",null,"room:a","chat",{{"lines":[{" " * 200}]}}]'
    state = f'["1",null,"room:a","snapshot",{{"a":"{"x" * 70_000}"}}]'
    poses = b"\x02\x06\x05room:aposes" + b"\x00" * 16
    assert list(sizes([reply, chat, state, poses])) == [
        ("phx_reply", len(reply) + 2),
        ("chat", len(chat) + 4),
        ("snapshot", len(state) + 10),
        ("poses", len(poses) + 2),
    ]
