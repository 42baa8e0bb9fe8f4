"""Items of a record: content sealed under the epoch's exported key, everything signed (docs/protocol.md §4, §5)."""

import hashlib
import hmac
from dataclasses import dataclass, field, replace
from typing import Final

from portal.member.e2ee import aead
from portal.member.e2ee.refusal import Refusal, require
from portal.member.e2ee.signing import SigningKey, verify
from portal.wire.envelope import HASH_BYTES, SIGNATURE_BYTES, Envelope, ItemKind
from portal.wire.ids import DeviceId, ItemId, RoomId, id_bytes
from portal.wire.padding import PaddingError, content_class, is_content_class, pad, unpad

RECORD_KEY_LABEL: Final = b"portal record key v1\0"
ITEM_KEY_LABEL: Final = b"portal item key v1\0"
CONTENT_LABEL: Final = b"portal content v1\0"
EXPORTER_LABEL: Final = b"portal record v1"
EXPORTER_BYTES: Final = 32
COMMITMENT_BYTES: Final = 32
CONTEXT_BYTES: Final = 110
"""The beginning of an envelope: all that is said of an item but its body's hash."""
_OVERHEAD_BYTES: Final = aead.NONCE_BYTES + COMMITMENT_BYTES + aead.TAG_BYTES


@dataclass(frozen=True, slots=True)
class RecordKey:
    """The key K (32 bytes) of one epoch of one room's record."""

    room: RoomId
    epoch: int
    bucket: int
    value: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Place:
    """Where an item of content stands; the record key says in which room, epoch and bucket."""

    device: DeviceId
    sequence: int
    item: ItemId
    seen_number: int
    seen_head: bytes


def exporter_context(room: RoomId, bucket: int) -> bytes:
    """Return the context of the MLS exporter whose value is E."""
    return id_bytes(room) + bucket.to_bytes(4, "big")


def derive_record_key(exported: bytes, share: bytes, room: RoomId, epoch: int, bucket: int) -> RecordKey:
    """Return K from the epoch's exporter value E and the bucket's shred share (32 bytes each)."""
    info = RECORD_KEY_LABEL + id_bytes(room) + epoch.to_bytes(8, "big") + bucket.to_bytes(4, "big")
    return RecordKey(room, epoch, bucket, aead.hkdf(exported, share, info, aead.KEY_BYTES))


def seal_content(key: RecordKey, place: Place, plaintext: bytes, signer: SigningKey) -> Envelope:
    """Seal and sign ``plaintext`` as one item; Refusal item.too_large beyond padding.PLAINTEXT_MAX_BYTES."""
    blank = Envelope(
        kind=ItemKind.CONTENT,
        room=key.room,
        epoch=key.epoch,
        bucket=key.bucket,
        device=place.device,
        sequence=place.sequence,
        item=place.item,
        seen_number=place.seen_number,
        seen_head=place.seen_head,
        body_sha256=bytes(HASH_BYTES),
        signature=bytes(SIGNATURE_BYTES),
        body=b"",
    )
    return sign_item(replace(blank, body=_seal_body(key, blank, plaintext)), signer)


def sign_item(unsigned: Envelope, signer: SigningKey) -> Envelope:
    """Return ``unsigned``, whose body is made, with the body's hash and the device's signature in place."""
    hashed = replace(unsigned, body_sha256=hashlib.sha256(unsigned.body).digest())
    return replace(hashed, signature=signer.sign(hashed.signed_bytes))


def is_signed(envelope: Envelope, device_key: bytes) -> bool:
    """Tell whether the device with this key (32 bytes) signed the item."""
    return verify(device_key, envelope.signed_bytes, envelope.signature)


def open_content(key: RecordKey, envelope: Envelope) -> bytes:
    """Return the plaintext of an item of content whose signature is the caller's to verify.

    Raises:
        Refusal: item.kind, item.other_epoch, item.malformed, item.commitment, item.cipher or item.padding.
    """
    require(envelope.kind is ItemKind.CONTENT, "item.kind")
    here = (envelope.room, envelope.epoch, envelope.bucket) == (key.room, key.epoch, key.bucket)
    require(here, "item.other_epoch", epoch=envelope.epoch, bucket=envelope.bucket)
    body = envelope.body
    require(is_content_class(len(body) - _OVERHEAD_BYTES), "item.malformed", bytes=len(body))
    cipher_key, commitment = _item_secret(key, envelope)
    nonce, claimed = body[: aead.NONCE_BYTES], body[aead.NONCE_BYTES : aead.NONCE_BYTES + COMMITMENT_BYTES]
    require(hmac.compare_digest(commitment, claimed), "item.commitment")
    sealed = body[aead.NONCE_BYTES + COMMITMENT_BYTES :]
    padded = aead.open_with(cipher_key, nonce, sealed, CONTENT_LABEL + envelope.header[:CONTEXT_BYTES])
    if padded is None:
        raise Refusal("item.cipher")
    try:
        return unpad(padded)
    except PaddingError as error:
        raise Refusal("item.padding") from error


def _seal_body(key: RecordKey, blank: Envelope, plaintext: bytes) -> bytes:
    try:
        padded = pad(plaintext, content_class(len(plaintext)))
    except PaddingError as error:
        raise Refusal("item.too_large", bytes=len(plaintext)) from error
    cipher_key, commitment = _item_secret(key, blank)
    sealed = aead.seal(cipher_key, padded, CONTENT_LABEL + blank.header[:CONTEXT_BYTES])
    return sealed[: aead.NONCE_BYTES] + commitment + sealed[aead.NONCE_BYTES :]


def _item_secret(key: RecordKey, item: Envelope) -> tuple[bytes, bytes]:
    """The cipher's key and the commitment to it, 32 bytes each."""
    info = ITEM_KEY_LABEL + id_bytes(item.device) + item.sequence.to_bytes(8, "big") + id_bytes(item.item)
    secret = aead.hkdf(key.value, b"", info, aead.KEY_BYTES + COMMITMENT_BYTES)
    return secret[: aead.KEY_BYTES], secret[aead.KEY_BYTES :]
