"""Writes tests/vectors/other.json: what other libraries make by docs/protocol.md, for the browser's code to read.

Run it after a change of the protocol: ``.venv/bin/python -m tests.wire.make_vectors``. The reader is
static/test/e2ee/vectors.test.ts.
"""

import hashlib
import json
import secrets
import struct
from typing import Any, Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from nacl.signing import SigningKey

from portal.wire.canonical import canonical_json
from portal.wire.device_list import LABEL
from portal.wire.envelope import Envelope, ItemKind, first_head, next_head
from portal.wire.ids import AccountId, BlobId, DeviceId, ItemId, RoomId, b64, id_bytes, new_id
from portal.wire.vault import vault_signed_bytes
from tests.wire.browser_vectors import VECTORS
from tests.wire.sealing import box_key, box_suite, hkdf

ROOM: Final = RoomId(new_id())
ACCOUNT: Final = AccountId(new_id())
DEVICE: Final = DeviceId(new_id())
SIGN: Final = SigningKey.generate()
DEVICE_KEY: Final = SigningKey.generate()
EPOCH: Final = 6
BUCKET: Final = 20_712
TEXTS: Final = ("", "제12조를 삭제한다.", "x" * 5000)


def sealed(key: bytes, plaintext: bytes, aad: bytes) -> bytes:
    """Return nonce, ciphertext and tag."""
    nonce = secrets.token_bytes(12)
    return nonce + AESGCM(key).encrypt(nonce, plaintext, aad)


def padded(content: bytes, size_bytes: int) -> bytes:
    """Return ``content`` after its length, with zeros up to ``size_bytes``."""
    return struct.pack(">I", len(content)) + content + bytes(size_bytes - 4 - len(content))


def statements() -> list[dict[str, str]]:
    """Return the device list of the account: founded, two devices added, one revoked."""
    boxes = [box_key(secrets.token_bytes(32))[1] for _ in range(2)]
    lost = DeviceId(new_id())
    common = {"account": ACCOUNT, "at": 1_790_000_000, "v": 1}
    bodies: list[dict[str, Any]] = [
        {"op": "found", "sign": b64(SIGN.verify_key.encode()), "box": b64(boxes[0])},
        {"op": "add", "device": DEVICE, "key": b64(DEVICE_KEY.verify_key.encode()), "kind": "archive", "vault": 1},
        {"op": "add", "device": lost, "key": b64(secrets.token_bytes(32)), "kind": "browser", "vault": 2},
        {"op": "revoke", "device": lost, "box": b64(boxes[1])},
    ]
    made = []
    prev = ""
    for seq, own in enumerate(bodies):
        body = canonical_json(common | own | {"seq": seq, "prev": prev})
        prev = b64(hashlib.sha256(LABEL + body).digest())
        made.append({"body": b64(body), "sig": b64(SIGN.sign(LABEL + body).signature)})
    return made


def content_item(key: bytes, sequence: int, head: bytes, text: str) -> Envelope:
    """Return one sealed and signed item of content."""
    item = ItemId(new_id())
    blank = Envelope(
        kind=ItemKind.CONTENT,
        room=ROOM,
        epoch=EPOCH,
        bucket=BUCKET,
        device=DEVICE,
        sequence=sequence,
        item=item,
        seen_number=sequence - 1,
        seen_head=head,
        body_sha256=bytes(32),
        signature=bytes(64),
        body=b"-",
    )
    place = id_bytes(DEVICE) + struct.pack(">Q", sequence) + id_bytes(item)
    secret = hkdf(key, b"", b"portal item key v1\0" + place, 64)
    raw = text.encode()
    size = next(size for size in (256, 512, 1024, 2048, 4096, 8192) if size >= 4 + len(raw))
    box = sealed(secret[:32], padded(raw, size), b"portal content v1\0" + blank.header[:110])
    body = box[:12] + secret[32:] + box[12:]
    hashed = {"body": body, "body_sha256": hashlib.sha256(body).digest()}
    unsigned = Envelope(**({name: getattr(blank, name) for name in Envelope.__slots__} | hashed))
    signature = DEVICE_KEY.sign(unsigned.signed_bytes).signature
    return Envelope(**({name: getattr(unsigned, name) for name in Envelope.__slots__} | {"signature": signature}))


def record() -> dict[str, Any]:
    """Return a record of content, its heads and what its key is made of."""
    exporter, share = secrets.token_bytes(32), secrets.token_bytes(32)
    info = b"portal record key v1\0" + id_bytes(ROOM) + struct.pack(">QI", EPOCH, BUCKET)
    key = hkdf(exporter, share, info, 32)
    head = first_head(ROOM)
    items, heads = [], [head.hex()]
    for sequence, text in enumerate(TEXTS, start=1):
        envelope = content_item(key, sequence, head, text)
        head = next_head(head, sequence, envelope.item_hash)
        items.append(envelope.encode().hex())
        heads.append(head.hex())
    parts = {"room": ROOM, "epoch": EPOCH, "bucket": BUCKET, "exporter": exporter.hex(), "share": share.hex()}
    return parts | {"items": items, "heads": heads, "texts": TEXTS}


def grant() -> dict[str, Any]:
    """Return a ring grant, and the seed that opens it."""
    seed = secrets.token_bytes(32)
    private, _ = box_key(seed)
    ring = [[epoch, BUCKET - EPOCH + epoch, b64(secrets.token_bytes(32))] for epoch in (1, 4, EPOCH)]
    base = {"head": b64(secrets.token_bytes(32)), "number": 3}
    content = {"account": ACCOUNT, "base": base, "epoch": EPOCH, "ring": ring, "room": ROOM, "v": 1}
    place = b"portal ring grant v1\0" + id_bytes(ROOM) + struct.pack(">Q", EPOCH) + id_bytes(ACCOUNT)
    box = box_suite().encrypt(canonical_json(content), private.public_key(), place)
    signature = DEVICE_KEY.sign(place + hashlib.sha256(box).digest()).signature
    json_form = {"account": ACCOUNT, "epoch": EPOCH, "sealed": b64(box), "device": DEVICE, "sig": b64(signature)}
    return {"room": ROOM, "seed": seed.hex(), "grant": json_form, "content": content}


def vault() -> dict[str, Any]:
    """Return a sealed vault and its two wraps."""
    key, export_key, recovery_key = (secrets.token_bytes(size) for size in (32, 64, 20))
    content = {
        "v": 1,
        "sign": b64(SIGN.encode()),
        "box": [b64(secrets.token_bytes(32))],
        "pins": {},
        "labels": {DEVICE: "집"},
    }
    account = id_bytes(ACCOUNT)
    box = sealed(key, padded(json.dumps(content).encode(), 4096), b"portal vault v1\0" + account + struct.pack(">Q", 9))
    secret_of = {
        "passphrase": hkdf(export_key, b"", b"portal wrap passphrase v1", 32),
        "recovery": hkdf(recovery_key, b"", b"portal wrap recovery v1", 32),
    }
    wraps = {
        kind: sealed(of, key, b"portal wrap v1\0" + account + kind.encode()).hex() for kind, of in secret_of.items()
    }
    signature = SIGN.sign(vault_signed_bytes(ACCOUNT, 9, box)).signature
    made = {"version": 9, "sealed": box.hex(), "sig": signature.hex(), "content": content, "wraps": wraps}
    return made | {"account": ACCOUNT, "export_key": export_key.hex(), "recovery_key": recovery_key.hex()}


def file() -> dict[str, Any]:
    """Return a small file's only chunk."""
    key, content, blob = secrets.token_bytes(32), secrets.token_bytes(3000), BlobId(new_id())
    stream = struct.pack(">Q", len(content)) + content + bytes(4096 - 8 - len(content))
    chunk = AESGCM(key).encrypt(bytes(11) + b"\1", stream, b"portal file v1\0" + id_bytes(blob))
    return {"key": key.hex(), "blob": blob, "content": content.hex(), "chunk": chunk.hex()}


def main() -> None:
    """Write the file anew."""
    made = {
        "account": ACCOUNT,
        "device": DEVICE,
        "device_key": DEVICE_KEY.verify_key.encode().hex(),
        "statements": statements(),
        "record": record(),
        "grant": grant(),
        "vault": vault(),
        "file": file(),
    }
    (VECTORS / "other.json").write_text(json.dumps(made, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
