import random

from hypothesis import given, settings
from hypothesis import strategies as st
from wsproto.frame_protocol import FrameProtocol, ParseFailed
from wsproto.frame_protocol import Opcode as WsprotoOpcode

from tests.serving.client_frames import (
    BINARY,
    CLOSE,
    CONTINUATION,
    PING,
    PONG,
    TEXT,
    client_frame,
    close_payload,
    cut,
)
from tests.serving.rfc6455_cases import LIMIT, Messages
from xr.serving.framing import FrameParser

masks = st.binary(min_size=4, max_size=4)
payloads = st.one_of(
    st.binary(max_size=140),
    st.integers(126, LIMIT).map(lambda size: random.Random(size).randbytes(size)),
)
texts = st.text(max_size=80).map(str.encode)
randoms = st.randoms(use_true_random=False)


def code_of(parser: FrameParser) -> int | None:
    return None if parser.fault is None else parser.fault.code


def parse(data: bytes, rng: random.Random) -> tuple[Messages, int | None]:
    """The messages of ``data``, read in pieces of any size, and the code of the fault."""
    parser = FrameParser(LIMIT)
    messages: Messages = []
    places = [rng.randint(0, len(data)) for _ in range(rng.choice([0, 1, 10, 100]))]
    for read in cut(data, places):
        messages += parser.feed(read)
    return messages, code_of(parser)


@st.composite
def conversations(draw: st.DrawFn) -> tuple[Messages, bytes]:
    """Messages in the order of their ends and their bytes, fragmented, with control frames."""
    expected: Messages = []
    sent = b""
    for _ in range(draw(st.integers(0, 6))):
        opcode = draw(st.sampled_from([TEXT, BINARY]))
        payload = draw(texts if opcode == TEXT else payloads)
        pieces = cut(payload, draw(st.lists(st.integers(0, len(payload)), max_size=3)))
        for i, piece in enumerate(pieces):
            for control in draw(st.lists(st.sampled_from([PING, PONG]), max_size=2)):
                data = draw(st.binary(max_size=125))
                sent += client_frame(control, data, mask=draw(masks))
                expected.append((control, data))
            final = i == len(pieces) - 1
            kind = CONTINUATION if i else opcode
            sent += client_frame(kind, piece, final=final, mask=draw(masks))
        expected.append((opcode, payload))
    return expected, sent


@given(conversations(), randoms)
@settings(max_examples=100, deadline=None)
def test_messages_come_out_as_they_went_in(
    conversation: tuple[Messages, bytes], rng: random.Random
) -> None:
    expected, sent = conversation
    assert parse(sent, rng) == (expected, None)


def wsproto_parse(data: bytes) -> tuple[Messages, int | None]:
    """A client's bytes as wsproto reads them."""
    protocol = FrameProtocol(client=False, extensions=[])
    protocol.receive_bytes(data)
    messages: Messages = []
    pieces: list[bytes] = []
    try:
        for frame in protocol.received_frames():
            payload = frame.payload
            if frame.opcode is WsprotoOpcode.CLOSE:
                assert isinstance(payload, tuple)
                code, reason = payload
                messages.append(
                    (CLOSE, b"" if code == 1005 else close_payload(code, reason.encode()))
                )
                continue
            assert not isinstance(payload, tuple)
            piece = payload.encode() if isinstance(payload, str) else bytes(payload)
            if frame.opcode.iscontrol():
                messages.append((int(frame.opcode), piece))
                continue
            pieces.append(piece)
            if frame.message_finished:
                messages.append((int(frame.opcode), b"".join(pieces)))
                pieces.clear()
    except ParseFailed as error:
        return messages, int(error.code)
    return messages, None


# Frames of which each may be right or wrong; both parsers must draw the same line. wsproto does
# not know the close code 1014, which was registered after it.
close_payloads = st.builds(
    close_payload, st.integers(990, 1013) | st.integers(1015, 5010), st.binary(max_size=10) | texts
).map(lambda payload: payload[:125])
frames = st.one_of(
    st.builds(
        client_frame, st.sampled_from([TEXT, BINARY]), texts, final=st.booleans(), mask=masks
    ),
    st.builds(client_frame, st.just(CONTINUATION), texts, final=st.booleans(), mask=masks),
    st.builds(client_frame, st.just(CLOSE), close_payloads, mask=masks),
    st.builds(
        client_frame,
        st.sampled_from([CONTINUATION, TEXT, BINARY, PING, PONG, 3, 11]),
        st.binary(max_size=130),
        final=st.sampled_from([True, True, False]),
        reserved=st.sampled_from([0] * 10 + [1, 4]),
        mask=st.one_of(masks, masks, masks, st.none()),
        form=st.sampled_from([None] * 10 + [64]),
    ),
)


@given(st.lists(frames, max_size=8).map(b"".join), randoms)
@settings(max_examples=400, deadline=None)
def test_wsproto_draws_the_same_line(data: bytes, rng: random.Random) -> None:
    assert parse(data, rng) == wsproto_parse(data)


@given(st.binary(max_size=400), randoms)
@settings(max_examples=300, deadline=None)
def test_noise_has_one_meaning_however_it_is_cut(data: bytes, rng: random.Random) -> None:
    parser = FrameParser(LIMIT)
    messages = parser.feed(data)
    assert parse(data, rng) == (messages, code_of(parser))
