"""RFC 6455 §5, read from bytes that come in any pieces."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.server.core.frames import CloseCode, FrameError, FrameReader, Opcode, apply_mask, close_frame, frame

KEY = b"\x12\x34\x56\x78"


def client_frame(opcode: int, payload: bytes, *, final: bool = True, key: bytes = KEY) -> bytes:
    head = (0x80 if final else 0) | opcode
    length = len(payload)
    if length < 126:
        lengths = bytes((0x80 | length,))
    elif length < 1 << 16:
        lengths = b"\xfe" + length.to_bytes(2, "big")
    else:
        lengths = b"\xff" + length.to_bytes(8, "big")
    masked = bytes(byte ^ key[place % 4] for place, byte in enumerate(payload))
    return bytes((head,)) + lengths + key + masked


def refusal(data: bytes, limit_bytes: int = 1000) -> CloseCode:
    with pytest.raises(FrameError) as caught:
        FrameReader(limit_bytes).feed(data)
    return caught.value.close_code


@given(st.binary(max_size=9000), st.binary(min_size=4, max_size=4))
def test_a_mask_is_undone_byte_by_byte(payload: bytes, key: bytes) -> None:
    assert apply_mask(payload, key) == bytes(byte ^ key[place % 4] for place, byte in enumerate(payload))


@given(
    st.lists(st.binary(max_size=70_000), max_size=4),
    st.lists(st.integers(1, 70_000), min_size=1, max_size=30),
)
def test_messages_are_the_same_however_the_bytes_are_cut(messages: list[bytes], cuts: list[int]) -> None:
    stream = b"".join(client_frame(Opcode.BINARY, message) for message in messages)
    reader, found, place = FrameReader(1 << 20), [], 0
    for turn in range(len(stream) // min(cuts) + 1):
        piece = stream[place : place + cuts[turn % len(cuts)]]
        if not piece:
            break
        place += len(piece)
        found += reader.feed(piece)
    assert [payload for _, payload in found] == messages


@given(st.lists(st.text(max_size=50), min_size=1, max_size=6), st.data())
def test_fragments_make_one_message_with_control_frames_between(parts: list[str], data: st.DataObject) -> None:
    whole = "".join(parts).encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=4)))
    pieces = [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    stream = b""
    for place, piece in enumerate(pieces):
        opcode = Opcode.TEXT if place == 0 else Opcode.CONTINUATION
        stream += client_frame(opcode, piece, final=place == len(pieces) - 1) + client_frame(Opcode.PING, b"p")
    found = FrameReader(1000).feed(stream)
    assert [payload for opcode, payload in found if opcode is Opcode.TEXT] == [whole.decode()]
    assert sum(opcode is Opcode.PING for opcode, _ in found) == len(pieces)


@given(st.binary(max_size=400))
def test_any_bytes_give_messages_or_a_refusal_and_nothing_else(data: bytes) -> None:
    try:
        found = FrameReader(100).feed(data)
    except FrameError:
        return
    assert all(len(payload) <= 125 for _, payload in found)


def test_a_large_frame_is_refused_by_its_header_before_any_payload() -> None:
    assert refusal(b"\x82\xff" + (200 << 20).to_bytes(8, "big") + KEY) is CloseCode.TOO_BIG


def test_fragments_together_are_bounded() -> None:
    reader = FrameReader(1000)
    reader.feed(client_frame(Opcode.BINARY, bytes(600), final=False))
    with pytest.raises(FrameError) as caught:
        reader.feed(client_frame(Opcode.CONTINUATION, bytes(600)))
    assert caught.value.close_code is CloseCode.TOO_BIG


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\x81\x01a", CloseCode.PROTOCOL),  # not masked
        (client_frame(0x3, b""), CloseCode.PROTOCOL),  # unknown opcode
        (b"\xc1" + client_frame(1, b"a")[1:], CloseCode.PROTOCOL),  # a reserved bit
        (client_frame(Opcode.PING, b"", final=False), CloseCode.PROTOCOL),  # a control frame in pieces
        (client_frame(Opcode.PING, bytes(126)), CloseCode.PROTOCOL),  # a long control frame
        (client_frame(Opcode.CONTINUATION, b"a"), CloseCode.PROTOCOL),  # nothing to continue
        (client_frame(1, b"a", final=False) + client_frame(1, b"b"), CloseCode.PROTOCOL),  # a message in a message
        (b"\x82\xfe\x00\x05" + KEY + bytes(5), CloseCode.PROTOCOL),  # a length longer than needed
        (b"\x82\xff" + (5).to_bytes(8, "big") + KEY, CloseCode.PROTOCOL),
        (b"\x82\xff" + (1 << 63).to_bytes(8, "big") + KEY, CloseCode.PROTOCOL),
        (client_frame(Opcode.TEXT, b"\xff\xfe"), CloseCode.BAD_DATA),  # not UTF-8
        (client_frame(Opcode.TEXT, b"\xed\xa0\x80"), CloseCode.BAD_DATA),  # a surrogate
        (client_frame(Opcode.CLOSE, b"\x03"), CloseCode.PROTOCOL),  # half a code
        (client_frame(Opcode.CLOSE, (1005).to_bytes(2, "big")), CloseCode.PROTOCOL),  # a code nobody may send
        (client_frame(Opcode.CLOSE, (1000).to_bytes(2, "big") + b"\xff"), CloseCode.BAD_DATA),
    ],
)
def test_malformed_frames_are_refused_with_their_code(data: bytes, code: CloseCode) -> None:
    assert refusal(data) is code


@pytest.mark.parametrize("length", [0, 125, 126, 65_535, 65_536])
def test_frames_sent_have_the_shortest_length_and_no_mask(length: int) -> None:
    sent = frame(Opcode.BINARY, bytes(length))
    header = 2 if length < 126 else 4 if length < 65_536 else 10
    assert len(sent) == header + length
    assert sent[0] == 0x82
    assert not sent[1] & 0x80


def test_a_close_frame_holds_its_reason_as_far_as_a_control_frame_can() -> None:
    sent = close_frame(CloseCode.POLICY, "x" * 300)
    assert sent[:4] == b"\x88\x7d" + (1008).to_bytes(2, "big")
    assert len(sent) == 127
