"""The envelopes of drafts: what the browser's twin makes too, and everything that is refused."""

import hashlib
import json
from collections.abc import Callable

import pytest
from nacl.signing import VerifyKey

from portal.wire.drafts.envelope import (
    ENVELOPE_MAX_BYTES,
    HEADER_BYTES,
    PREFIX_BYTES,
    DraftEnvelope,
    MalformedDraftItemError,
    decode_draft_item,
    first_draft_head,
    item_place_of,
    next_draft_head,
    padded_max_bytes,
)
from portal.wire.drafts.padding import SEALED_EXTRA_BYTES, is_size_class, pad_draft, size_class, unpad_draft
from portal.wire.drafts.streams import ACTS, NO_OWNER, TALK, TEXT, DraftItemKind, Stream, StreamKind, parse_stream_name
from portal.wire.ids import DraftId, unb64
from portal.wire.padding import PaddingError
from tests.wire.drafts.make_envelope_vectors import FILE, KEY, an_id, document, item

HEAD = bytes(32)


def again(envelope: DraftEnvelope, body: bytes) -> DraftEnvelope:
    return envelope._replace(body=body, body_sha256=hashlib.sha256(body).digest())


def test_the_file_that_the_browser_reads_is_what_is_made_here() -> None:
    assert json.loads(FILE.read_text("utf-8")) == document()


def test_every_item_reads_back_and_is_signed_and_chained() -> None:
    key = VerifyKey(KEY.verify_key.encode())
    for chain in document()["streams"]:
        stream = parse_stream_name(chain["stream"])
        assert stream is not None
        assert stream.name == chain["stream"]
        head = first_draft_head(DraftId(an_id("draft")), stream)
        for number, vector in enumerate(chain["items"], start=1):
            raw = unb64(vector["raw"])
            read = decode_draft_item(raw)
            assert read.encode() == raw
            assert (read.stream, read.sequence, read.seen_head) == (stream, number, head)
            assert item_place_of(raw) == (read.draft, stream, read.item)
            key.verify(read.signed_bytes, read.signature)
            head = next_draft_head(head, number, vector["at_ms"], read.item_hash)
        assert head.hex() == chain["heads"][-1]


def _short(raw: bytes) -> bytes:
    return raw[:PREFIX_BYTES]


def _version(raw: bytes) -> bytes:
    return b"\2" + raw[1:]


def _stream(kind: int, owner: bytes) -> Callable[[bytes], bytes]:
    return lambda raw: raw[:34] + bytes([kind]) + owner + raw[51:]


def _large_number(raw: bytes) -> bytes:
    return raw[:79] + (1 << 53).to_bytes(8, "big") + raw[87:]


def _other_body(raw: bytes) -> bytes:
    return raw[:-1] + bytes([raw[-1] ^ 1])


@pytest.mark.parametrize(
    "spoil",
    [
        _short,
        _version,
        _stream(0, bytes(16)),
        _stream(6, bytes(16)),
        _stream(StreamKind.TEXT, b"x" * 16),
        _stream(StreamKind.PROPOSALS, bytes(16)),
        _stream(StreamKind.TALK, bytes(16)),
        _large_number,
        _other_body,
    ],
)
def test_what_is_no_item_is_refused(spoil: Callable[[bytes], bytes]) -> None:
    raw = item(TEXT, DraftItemKind.UPDATE, 1, HEAD).encode()
    assert decode_draft_item(raw).body
    with pytest.raises(MalformedDraftItemError):
        decode_draft_item(spoil(raw))


@pytest.mark.parametrize(
    ("stream", "kind", "padded"),
    [
        (ACTS, DraftItemKind.ENTRY, 256),
        (ACTS, DraftItemKind.ENTRY, 1024),
        (TALK, DraftItemKind.ENTRY, 300),
        (TALK, DraftItemKind.ENTRY, 0),
        (TEXT, DraftItemKind.UPDATE, 4097),
        (TEXT, DraftItemKind.UPDATE, (1 << 20) + (1 << 17)),
        (TEXT, DraftItemKind.SNAPSHOT, 70_000),
    ],
)
def test_a_body_that_is_no_padding_class_is_refused(stream: Stream, kind: DraftItemKind, padded: int) -> None:
    with pytest.raises(MalformedDraftItemError):
        decode_draft_item(again(item(stream, kind, 1, HEAD), bytes(padded + SEALED_EXTRA_BYTES)).encode())


def test_the_longest_items_fit() -> None:
    for kind in (DraftItemKind.UPDATE, DraftItemKind.SNAPSHOT):
        longest = again(item(TEXT, kind, 1, HEAD), bytes(padded_max_bytes(kind) + SEALED_EXTRA_BYTES)).encode()
        assert decode_draft_item(longest).kind is kind
        assert len(longest) <= ENVELOPE_MAX_BYTES


def test_silence_objection_and_consent_have_one_length() -> None:
    assert {size_class(length, 2048) for length in (0, 60, 700, 2044)} == {2048}


def test_padding_comes_off_again_or_is_refused() -> None:
    for length in (0, 1, 251, 253, 5000, 70_000):
        plain = b"x" * length
        padded = pad_draft(plain, 256, 1 << 20)
        assert unpad_draft(padded, 256) == plain
        assert is_size_class(len(padded))
        with pytest.raises(PaddingError):
            unpad_draft(padded[:-1] + b"\1", 256)
    with pytest.raises(PaddingError):
        unpad_draft(pad_draft(b"x", 256, 1 << 20), 2048)
    with pytest.raises(PaddingError):
        unpad_draft(b"\0\0", 256)
    with pytest.raises(PaddingError):
        pad_draft(bytes(1 << 20), 256, 1 << 20)


@pytest.mark.parametrize(
    "name", ["", "texts", "text/", f"text/{NO_OWNER}", "proposals", f"proposals/{NO_OWNER}", "machine/x"]
)
def test_what_names_no_stream(name: str) -> None:
    assert parse_stream_name(name) is None


def test_the_header_is_as_long_as_the_protocol_says() -> None:
    made = item(TEXT, DraftItemKind.UPDATE, 1, HEAD)
    assert len(made.header) == HEADER_BYTES
    assert len(made.content_aad) - len(b"portal draft content v1\0") == 143
