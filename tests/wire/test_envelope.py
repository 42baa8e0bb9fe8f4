"""Envelopes and heads, made by the browser's code and read by the server's, and the other way round."""

import hashlib
import secrets

import pytest
from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

from portal.wire.envelope import (
    COMMIT_BODY_MAX_BYTES,
    CONTENT_BODY_MAX_BYTES,
    HEADER_BYTES,
    PREFIX_BYTES,
    Envelope,
    ItemKind,
    MalformedEnvelopeError,
    decode_envelope,
    first_head,
    next_head,
)
from portal.wire.ids import DeviceId, ItemId, RoomId, new_id
from tests.wire.browser_vectors import vectors


def envelope(body: bytes = b"body", kind: ItemKind = ItemKind.CONTENT) -> Envelope:
    return Envelope(
        kind=kind,
        room=RoomId(new_id()),
        epoch=3,
        bucket=20_000,
        device=DeviceId(new_id()),
        sequence=7,
        item=ItemId(new_id()),
        seen_number=41,
        seen_head=secrets.token_bytes(32),
        body_sha256=hashlib.sha256(body).digest(),
        signature=secrets.token_bytes(64),
        body=body,
    )


def test_the_browsers_items_say_what_it_meant_and_make_the_same_heads() -> None:
    record = vectors("record")
    head = first_head(record["room"])
    assert head.hex() == record["heads"][0]
    key = VerifyKey(bytes.fromhex(record["deviceKey"]))
    for number, (item, due_head) in enumerate(zip(record["items"], record["heads"][1:], strict=True), start=1):
        raw = bytes.fromhex(item["raw"])
        read = decode_envelope(raw)
        assert read.encode() == raw
        fields = item["fields"]
        assert (read.kind, read.room, read.epoch, read.bucket) == tuple(
            fields[k] for k in ("kind", "room", "epoch", "bucket")
        )
        assert (read.device, read.sequence, read.item) == tuple(fields[k] for k in ("device", "sequence", "item"))
        assert (read.seen_number, read.seen_head.hex()) == (fields["seenNumber"], fields["seenHead"])
        assert read.item_hash.hex() == item["hash"]
        key.verify(read.signed_bytes, read.signature)
        head = next_head(head, number, read.item_hash)
        assert head.hex() == due_head


def test_every_byte_of_the_header_is_signed() -> None:
    record = vectors("record")
    key = VerifyKey(bytes.fromhex(record["deviceKey"]))
    raw = bytes.fromhex(record["items"][1]["raw"])
    for place in range(HEADER_BYTES + 64):
        changed = bytes([*raw[:place], raw[place] ^ 1, *raw[place + 1 :]])
        try:
            read = decode_envelope(changed)
        except MalformedEnvelopeError:
            continue
        with pytest.raises(BadSignatureError):
            key.verify(read.signed_bytes, read.signature)


def test_impossible_shapes_are_refused() -> None:
    raw = envelope().encode()
    assert decode_envelope(raw).encode() == raw
    changed = [raw[:n] for n in (0, 1, HEADER_BYTES, PREFIX_BYTES)]
    changed += [b"\2" + raw[1:], raw[:-1] + bytes([raw[-1] ^ 1]), raw + b"\0"]
    changed += [raw[:1] + bytes([kind]) + raw[2:] for kind in (0, 4, 255)]
    changed += [raw[:place] + b"\x20" + raw[place + 1 :] for place in (18, 46, 70)]
    for other in changed:
        with pytest.raises(MalformedEnvelopeError):
            decode_envelope(other)


@pytest.mark.parametrize(
    ("kind", "limit"),
    [
        (ItemKind.CONTENT, CONTENT_BODY_MAX_BYTES),
        (ItemKind.FOUNDING, CONTENT_BODY_MAX_BYTES),
        (ItemKind.COMMIT, COMMIT_BODY_MAX_BYTES),
    ],
)
def test_bodies_have_a_largest_size(kind: ItemKind, limit: int) -> None:
    assert decode_envelope(envelope(bytes(limit), kind).encode()).kind is kind
    with pytest.raises(MalformedEnvelopeError):
        decode_envelope(envelope(bytes(limit + 1), kind).encode())
