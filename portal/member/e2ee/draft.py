"""Items of a draft's streams: sealed under the epoch's record key, signed by the device (docs/protocol.md §10).

Twin of static/src/e2ee/draft.ts.
"""

import hashlib
import hmac
from dataclasses import dataclass
from typing import Final

from portal.member.e2ee import aead
from portal.member.e2ee.record import COMMITMENT_BYTES, RecordKey
from portal.member.e2ee.refusal import Refusal, require
from portal.member.e2ee.signing import SigningKey, verify
from portal.wire.drafts.envelope import HASH_BYTES, SIGNATURE_BYTES, DraftEnvelope, is_sealed, padded_max_bytes
from portal.wire.drafts.padding import pad_draft, smallest_class, unpad_draft
from portal.wire.drafts.streams import DraftItemKind, Stream
from portal.wire.ids import DeviceId, DraftId, ItemId
from portal.wire.padding import PaddingError

BUNDLE_LABEL: Final = b"portal draft bundle v1\0"


@dataclass(frozen=True, slots=True)
class DraftPlace:
    """Where an item stands: the draft's stream, its device's count there, and what the device had seen of it."""

    draft: DraftId
    stream: Stream
    device: DeviceId
    sequence: int
    item: ItemId
    seen_number: int
    seen_head: bytes


def seal_draft_item(
    key: RecordKey, kind: DraftItemKind, place: DraftPlace, plaintext: bytes, signer: SigningKey
) -> DraftEnvelope:
    """Seal and sign ``plaintext`` as one item; Refusal item.too_large beyond what its kind may hold."""
    require(is_sealed(kind), "item.kind")
    blank = _unsigned(key, kind, place)
    try:
        padded = pad_draft(plaintext, smallest_class(kind, place.stream.kind), padded_max_bytes(kind))
    except PaddingError as error:
        raise Refusal("item.too_large", bytes=len(plaintext)) from error
    cipher_key, commitment = _item_secret(key, blank)
    sealed = aead.seal(cipher_key, padded, blank.content_aad)
    return _signed(blank, sealed[: aead.NONCE_BYTES] + commitment + sealed[aead.NONCE_BYTES :], signer)


def sign_draft_item(
    key: RecordKey, kind: DraftItemKind, place: DraftPlace, body: bytes, signer: SigningKey
) -> DraftEnvelope:
    """Sign an item whose body everybody may read, the server included; ``key`` says room, epoch and bucket only."""
    require(not is_sealed(kind), "item.kind")
    return _signed(_unsigned(key, kind, place), body, signer)


def is_draft_item_signed(envelope: DraftEnvelope, device_key: bytes) -> bool:
    """Tell whether the device with this key (32 bytes) signed the item."""
    return verify(device_key, envelope.signed_bytes, envelope.signature)


def open_draft_item(key: RecordKey, envelope: DraftEnvelope) -> bytes:
    """Return the plaintext of a sealed item, whose signature is the caller's to verify.

    Raises:
        Refusal: item.kind, item.other_epoch, item.commitment, item.cipher or item.padding.
    """
    require(is_sealed(envelope.kind), "item.kind")
    here = (envelope.room, envelope.epoch, envelope.bucket) == (key.room, key.epoch, key.bucket)
    require(here, "item.other_epoch", epoch=envelope.epoch, bucket=envelope.bucket)
    cipher_key, commitment = _item_secret(key, envelope)
    nonce, rest = envelope.body[: aead.NONCE_BYTES], envelope.body[aead.NONCE_BYTES :]
    require(hmac.compare_digest(commitment, rest[:COMMITMENT_BYTES]), "item.commitment")
    padded = aead.open_with(cipher_key, nonce, rest[COMMITMENT_BYTES:], envelope.content_aad)
    if padded is None:
        raise Refusal("item.cipher")
    try:
        return unpad_draft(padded, smallest_class(envelope.kind, envelope.stream.kind))
    except PaddingError as error:
        raise Refusal("item.padding") from error


def draft_bundle_signed_bytes(lines_sha256: bytes) -> bytes:
    """Return what the exporter of a draft signs: the hash of all lines before the last (32 bytes)."""
    return BUNDLE_LABEL + lines_sha256


def _unsigned(key: RecordKey, kind: DraftItemKind, place: DraftPlace) -> DraftEnvelope:
    return DraftEnvelope(
        kind=kind,
        room=key.room,
        draft=place.draft,
        stream=place.stream,
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


def _signed(blank: DraftEnvelope, body: bytes, signer: SigningKey) -> DraftEnvelope:
    hashed = blank._replace(body=body, body_sha256=hashlib.sha256(body).digest())
    return hashed._replace(signature=signer.sign(hashed.signed_bytes))


def _item_secret(key: RecordKey, item: DraftEnvelope) -> tuple[bytes, bytes]:
    """The cipher's key and the commitment to it, 32 bytes each."""
    secret = aead.hkdf(key.value, b"", item.key_info, aead.KEY_BYTES + COMMITMENT_BYTES)
    return secret[: aead.KEY_BYTES], secret[aead.KEY_BYTES :]
