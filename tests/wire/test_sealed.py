"""What the browser seals opens with other libraries by docs/protocol.md alone: content, grants, the vault, files."""

import hashlib
import json
import struct
from typing import Any, Final

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from nacl.signing import SigningKey, VerifyKey

from portal.server.rooms.blob_store import sealed_size
from portal.server.rooms.commit_format import read_commit
from portal.server.rooms.key_package_format import read_key_package
from portal.wire.canonical import canonical_json, parse_canonical
from portal.wire.envelope import decode_envelope
from portal.wire.ids import b64, id_bytes, unb64
from portal.wire.vault import vault_signed_bytes
from tests.wire.browser_vectors import vectors
from tests.wire.sealing import box_key, box_suite, hkdf

NONCE: Final = 12


def test_content_opens_under_the_record_key() -> None:
    record = vectors("record")
    room, epoch, bucket = id_bytes(record["room"]), record["epoch"], record["bucket"]
    info = b"portal record key v1\0" + room + struct.pack(">QI", epoch, bucket)
    key = hkdf(bytes.fromhex(record["exporter"]), bytes.fromhex(record["share"]), info, 32)
    assert key.hex() == record["key"]
    contents = [decode_envelope(bytes.fromhex(item["raw"])) for item in record["items"][1:-1]]
    for envelope, text in zip(contents, record["plaintexts"], strict=True):
        item = id_bytes(envelope.device) + struct.pack(">Q", envelope.sequence) + id_bytes(envelope.item)
        secret = hkdf(key, b"", b"portal item key v1\0" + item, 64)
        nonce, commitment, sealed = envelope.body[:12], envelope.body[12:44], envelope.body[44:]
        assert commitment == secret[32:]
        padded = AESGCM(secret[:32]).decrypt(nonce, sealed, b"portal content v1\0" + envelope.header[:110])
        (length,) = struct.unpack_from(">I", padded)
        assert padded[4 : 4 + length].decode() == text
        assert not any(padded[4 + length :])
        assert len(padded) in {256, 512, 1024, 2048, 4096}


def test_a_commit_authenticates_number_head_bucket_and_who_goes() -> None:
    record = vectors("record")
    head = decode_envelope(bytes.fromhex(record["items"][1]["raw"])).body_sha256
    place = b"portal commit v1\0" + struct.pack(">Q", 12) + head + struct.pack(">I", record["bucket"])
    assert record["commitData"] == (place + b"".join(sorted(map(id_bytes, record["going"])))).hex()


def test_the_server_reads_the_public_half_of_the_browsers_commit() -> None:
    vector = vectors("commit")
    envelope = decode_envelope(bytes.fromhex(vector["raw"]))
    commit = read_commit(envelope.body)
    VerifyKey(bytes.fromhex(vector["deviceKey"])).verify(envelope.signed_bytes, envelope.signature)
    assert (commit.group, commit.epoch, commit.sender) == (id_bytes(envelope.room), envelope.epoch, 0)
    assert commit.path_leaf.key.hex() == vector["deviceKey"]
    assert commit.removed == vector["removed"]
    assert commit.history == vector["history"]
    for leaf, added in zip(commit.added, vector["added"], strict=True):
        identity = {name: added[name] for name in ("account", "device", "kind")} | {"v": 1}
        assert (parse_canonical(leaf.identity), leaf.key.hex()) == (identity, added["key"])
    seen = struct.pack(">Q", envelope.seen_number) + envelope.seen_head + struct.pack(">I", envelope.bucket)
    assert commit.authenticated_data == b"portal commit v1\0" + seen + b"".join(map(id_bytes, vector["going"]))


def test_a_grant_opens_with_the_accounts_key_alone() -> None:
    vector = vectors("grant")
    grant = vector["grant"]
    private, public = box_key(bytes.fromhex(vector["seed"]))
    assert public.hex() == vector["publicKey"]
    place = id_bytes(vector["room"]) + struct.pack(">Q", grant["epoch"]) + id_bytes(grant["account"])
    sealed = unb64(grant["sealed"])
    opened = parse_canonical(box_suite().decrypt(sealed, private, b"portal ring grant v1\0" + place))
    assert opened == {
        "account": grant["account"],
        "base": vector["base"],
        "epoch": grant["epoch"],
        "ring": vector["ring"],
        "room": vector["room"],
        "v": 1,
    }
    device_key = VerifyKey(bytes.fromhex(vectors("record")["deviceKey"]))
    device_key.verify(b"portal ring grant v1\0" + place + hashlib.sha256(sealed).digest(), unb64(grant["sig"], 64))
    with pytest.raises(InvalidTag):
        box_suite().decrypt(sealed, private, b"portal ring grant v1\0" + place[:-1] + b"\0")


def test_the_vault_opens_by_passphrase_and_by_recovery_key() -> None:
    vector = vectors("vault")
    account = id_bytes(vector["account"])
    keys = {
        "passphrase": hkdf(bytes.fromhex(vector["exportKey"]), b"", b"portal wrap passphrase v1", 32),
        "recovery": hkdf(bytes.fromhex(vector["recoveryKey"]), b"", b"portal wrap recovery v1", 32),
    }
    for kind, key in keys.items():
        wrap = bytes.fromhex(vector[f"{kind}Wrap"])
        aad = b"portal wrap v1\0" + account + kind.encode()
        assert AESGCM(key).decrypt(wrap[:NONCE], wrap[NONCE:], aad).hex() == vector["vaultKey"]
    auth = hkdf(bytes.fromhex(vector["recoveryKey"]), b"", b"portal recovery auth v1", 32)
    assert auth.hex() == vector["recoveryAuth"]

    sealed = bytes.fromhex(vector["sealed"])
    aad = b"portal vault v1\0" + account + struct.pack(">Q", vector["version"])
    padded = AESGCM(bytes.fromhex(vector["vaultKey"])).decrypt(sealed[:NONCE], sealed[NONCE:], aad)
    (length,) = struct.unpack_from(">I", padded)
    content = json.loads(padded[4 : 4 + length])
    assert not len(padded) % 4096
    assert not any(padded[4 + length :])
    assert content["v"] == 1
    assert content["sign"] == b64(bytes.fromhex(vector["seed"]))
    signing = SigningKey(bytes.fromhex(vector["seed"]))
    assert signing.verify_key.encode().hex() == vector["sign"]
    signed = vault_signed_bytes(vector["account"], vector["version"], sealed)
    signing.verify_key.verify(signed, bytes.fromhex(vector["sig"]))


def test_the_printed_recovery_key_is_crockfords_base32_with_a_check() -> None:
    vector = vectors("vault")
    key = bytes.fromhex(vector["recoveryKey"])
    raw = key + hashlib.sha256(b"portal recovery check v1\0" + key).digest()[:2]
    number = int.from_bytes(raw, "big") << 4
    alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    text = "".join(alphabet[number >> 5 * place & 31] for place in reversed(range(36)))
    assert vector["printed"] == " ".join(text[start : start + 4] for start in range(0, 36, 4))


def test_a_file_opens_chunk_by_chunk() -> None:
    vector = vectors("file")
    cipher = AESGCM(bytes.fromhex(vector["key"]))
    aad = b"portal file v1\0" + id_bytes(vector["blob"])
    stream = b""
    for index, chunk in enumerate(vector["chunks"]):
        nonce = bytes(7) + struct.pack(">I", index) + bytes([index == len(vector["chunks"]) - 1])
        stream += cipher.decrypt(nonce, bytes.fromhex(chunk), aad)
    (size,) = struct.unpack_from(">Q", stream)
    assert stream[8 : 8 + size].hex() == vector["content"]
    assert not any(stream[8 + size :])
    assert len(stream) == vector["shape"]["padded_bytes"]


def test_the_server_expects_the_sizes_that_the_browser_sends() -> None:
    for shape in vectors("fileShapes"):
        assert sealed_size(shape["size"]) == shape["sealed_bytes"]


def test_the_server_reads_the_browsers_key_package() -> None:
    vector = vectors("keyPackage")
    claims = read_key_package(bytes.fromhex(vector["raw"]))
    identity: Any = parse_canonical(claims.leaf.identity)
    assert identity == {"account": vector["account"], "device": vector["device"], "kind": "browser", "v": 1}
    assert canonical_json(identity) == claims.leaf.identity
    assert claims.leaf.key.hex() == vectors("record")["deviceKey"]
    assert claims.not_after_s == vector["notAfter_s"]
    assert claims.not_after_s - claims.not_before_s == 90 * 86_400 + 3600
