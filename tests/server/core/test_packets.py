"""Socket.IO packets, read strictly."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.server.core.packets import (
    MalformedPacketError,
    PacketKind,
    attach,
    decode_packet,
    encode_ack,
    encode_event,
)


def test_an_event_with_a_number() -> None:
    packet = decode_packet('212["room.open","r",5]')
    assert (packet.kind, packet.ack, packet.data) == (PacketKind.EVENT, 12, ["room.open", "r", 5])


def test_a_connect_with_and_without_sign_in() -> None:
    assert decode_packet("0").data is None
    assert decode_packet('0{"ticket":"t"}').data == {"ticket": "t"}
    assert decode_packet('0/,{"ticket":"t"}').data == {"ticket": "t"}


def test_an_attachment_takes_its_place() -> None:
    packet = decode_packet('51-3["file",{"_placeholder":true,"num":0}]')
    assert packet.attachments == 1
    assert attach(packet, b"bytes").data == ["file", b"bytes"]
    with pytest.raises(MalformedPacketError):
        attach(decode_packet('51-["file",1]'), b"bytes")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "9",
        "x",
        "2",
        "2{}",
        "2[]",
        "2[1]",
        '2["a"',
        '2["a"]x',
        '2["a",NaN]',
        "0[]",
        '2/admin,["a"]',
        "4{}",
        "6[]",
        '5["a"]',
        '50-["a"]',
        '52-["a"]',
        '5200-["a",{"_placeholder":true,"num":0}]',
        '21-["a"]',
        "2" + "[" * 100_000,
        '2["a",' + "1" * 5000 + "]",
    ],
)
def test_what_no_client_sends_is_malformed(text: str) -> None:
    with pytest.raises(MalformedPacketError):
        decode_packet(text)


@given(st.text(max_size=60) | st.from_regex(r"[0-6][0-9]{0,3}-?[\[{].{0,40}", fullmatch=True))
def test_any_text_is_a_packet_or_malformed(text: str) -> None:
    try:
        packet = decode_packet(text)
    except MalformedPacketError:
        return
    assert packet.attachments <= 1


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.slow
@given(st.text(min_size=1), st.lists(json_values, max_size=4))
def test_what_is_encoded_is_decoded_alike(name: str, payload: list[object]) -> None:
    assert decode_packet(encode_event(name, tuple(payload))).data == [name, *payload]
    acknowledged = decode_packet(encode_ack(5, payload))
    assert (acknowledged.kind, acknowledged.ack, acknowledged.data) == (PacketKind.ACK, 5, [payload])
