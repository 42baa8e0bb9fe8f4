"""The member's cryptography against the browser's, in both directions: Node makes, Python reads, and the other way."""

import hashlib
import json
import secrets
from collections.abc import Callable
from typing import Any

import pytest

from portal.member.content import (
    Content,
    Correction,
    File,
    Message,
    Name,
    Notice,
    Reaction,
    Withdrawal,
    encode_content,
    parse_content,
)
from portal.member.e2ee.aead import seal_with
from portal.member.e2ee.box import BoxKey
from portal.member.e2ee.devices import add_device, found, revoke_device, statement_to_json, verify_device_list
from portal.member.e2ee.files import FileOpener, hash_file, new_file_key, seal_chunk
from portal.member.e2ee.identity import DeviceIdentity, safety_number
from portal.member.e2ee.refusal import Refusal
from portal.member.e2ee.ring import Base, GrantContent, RingEntry, grant_from_json, open_grant, seal_grant
from portal.member.e2ee.signing import SigningKey
from portal.member.e2ee.vault import VaultContent, new_vault_key, open_vault, seal_vault, vault_from_json
from portal.wire.ids import AccountId, BlobId, DeviceId, ItemId, RoomId, b64, new_id, unb64
from portal.wire.padding import CHUNK_BYTES, stream_shape
from tests.member.differential import failures
from tests.member.twin import Twin, TwinRefusedError


@pytest.mark.slow
def test_items_whole_and_damaged(twin: Twin) -> None:
    assert list(failures(twin, 120, seed=7)) == []


def identity() -> DeviceIdentity:
    return DeviceIdentity(AccountId(new_id()), DeviceId(new_id()), "browser", SigningKey.generate())


def test_device_lists_and_safety_numbers(twin: Twin) -> None:
    account, sign, boxes = AccountId(new_id()), SigningKey.generate(), [BoxKey.generate(), BoxKey.generate()]
    device = identity()
    statements = [found(account, sign, boxes[0].public, 1)]
    devices = verify_device_list(account, statements)
    statements.append(add_device(devices, sign, 2, (device.device, device.key.public, "interpreter"), 1))
    devices = verify_device_list(account, statements, devices)
    statements.append(revoke_device(devices, sign, 3, device.device, boxes[1].public))
    devices = verify_device_list(account, statements, devices)
    seen = twin.ask("list", account=account, statements=list(map(statement_to_json, statements)))
    assert seen == {"head": b64(devices.head), "devices": [device.device], "box": b64(boxes[1].public)}
    other = AccountId(new_id()), secrets.token_bytes(32)
    there = twin.ask("safety", one=[account, b64(sign.public)], other=[other[0], b64(other[1])])
    assert there == safety_number((account, sign.public), other)


def test_grants(twin: Twin) -> None:
    depositor, box, room = identity(), BoxKey.generate(), RoomId(new_id())
    assert twin.ask("box", seed=b64(box.seed)) == b64(box.public)
    ring = tuple(RingEntry(epoch, 20_000 + epoch, secrets.token_bytes(32)) for epoch in (1, 4, 5))
    content = GrantContent(depositor.account, room, 5, Base(9, secrets.token_bytes(32)), ring)
    written = [[entry.epoch, entry.bucket, b64(entry.value)] for entry in ring]
    public, seeds = b64(depositor.key.public), [b64(box.seed), b64(secrets.token_bytes(32))]
    grant = seal_grant(content, box.public, depositor).to_json()
    opened = twin.ask("openGrant", room=room, grant=grant, seeds=seeds, public=public)
    assert opened == {"base": [9, b64(content.base.head)], "ring": written}
    fields = {"account": content.account, "room": room, "epoch": 5, "ring": written}
    fields["base"] = {"number": 9, "head": b64(content.base.head)}
    names = {"box": b64(box.public), "device": depositor.device, "seed": b64(depositor.key.seed)}
    there = twin.ask("sealGrant", content=fields, **names)
    assert open_grant(grant_from_json(room, there), [box]) == content
    with pytest.raises(TwinRefusedError, match=r"grant\.forged"):
        twin.ask("openGrant", room=new_id(), grant=grant, seeds=seeds, public=public)


def test_vaults(twin: Twin) -> None:
    sign, box, account, key = SigningKey.generate(), BoxKey.generate(), AccountId(new_id()), new_vault_key()
    content = VaultContent(sign.seed, (box.seed,), {}, {DeviceId(account): "집무실 🕊️"})
    here = seal_vault(content, key, account, 3)
    opened = twin.ask("openVault", key=b64(key), account=account, **here.to_json())
    assert opened == {"sign": b64(sign.seed), "box": [b64(box.seed)], "labels": {account: "집무실 🕊️"}}
    names = {"sign": b64(sign.seed), "box": b64(box.seed), "label": "집무실 🕊️", "key": b64(key), "account": account}
    there = vault_from_json(twin.ask("sealVault", version=4, **names))
    assert open_vault(there, key, account, known=here) == content
    with pytest.raises(Refusal, match=r"vault\.rolled_back"):
        open_vault(here, key, account, known=there)
    with pytest.raises(Refusal, match=r"vault\.cipher"):
        open_vault(there, key, AccountId(new_id()))


@pytest.mark.parametrize("size", [0, 4088, 70_000, CHUNK_BYTES - 8, CHUNK_BYTES, 2 * CHUNK_BYTES + 5])
def test_files(twin: Twin, size: int) -> None:
    key, blob, content = new_file_key(), BlobId(new_id()), secrets.token_bytes(size)

    def source(start: int, end: int) -> bytes:
        return content[start:end]

    shape = stream_shape(size)
    sha256 = hash_file(source, size)
    assert sha256 == hashlib.sha256(content).digest()
    chunks = [seal_chunk(key, blob, source, size, index) for index in range(shape.chunks)]
    assert sum(map(len, chunks)) == shape.sealed_bytes
    assert twin.ask("sealFile", key=b64(key), blob=blob, content=b64(content)) == list(map(b64, chunks))
    opener = FileOpener(key, blob, size, sha256)
    assert b"".join(map(opener.push, chunks)) == content
    opener.finish()


def test_a_file_that_is_not_the_promised_one_is_refused() -> None:
    key, blob, content = new_file_key(), BlobId(new_id()), secrets.token_bytes(CHUNK_BYTES + 9)
    chunks = [seal_chunk(key, blob, lambda a, b: content[a:b], len(content), index) for index in range(2)]
    sha256 = hashlib.sha256(content).digest()

    def opened(parts: list[bytes], size: int = len(content), digest: bytes = sha256) -> None:
        opener = FileOpener(key, blob, size, digest)
        for part in parts:
            opener.push(part)
        opener.finish()

    opened(chunks)
    attempts: list[tuple[str, Callable[[], None]]] = [
        ("file.truncated", lambda: opened(chunks[:1])),
        ("file.extended", lambda: opened([*chunks, chunks[1]])),
        ("file.chunk", lambda: opened(chunks[::-1])),
        ("file.size", lambda: opened(chunks, len(content) + 1)),
        ("file.padding", lambda: opened(_longer_inside(key, blob, content), 5, hashlib.sha256(content[:5]).digest())),
        ("file.hash", lambda: opened(chunks, digest=bytes(32))),
    ]
    for code, attempt in attempts:
        with pytest.raises(Refusal, match=code.replace(".", r"\.")):
            attempt()


def _longer_inside(key: bytes, blob: BlobId, content: bytes) -> list[bytes]:
    """A stream that says 5 bytes and holds one more, which is not zero, before the zeros."""
    stream = (5).to_bytes(8, "big") + content[:5] + b"\1" + bytes(4096 - 14)
    return [seal_with(key, bytes(11) + b"\1", stream, b"portal file v1\0" + unb64(blob))]


def test_contents_are_read_alike(twin: Twin) -> None:
    item, account = ItemId(new_id()), AccountId(new_id())
    file = File(BlobId(new_id()), b64(bytes(32)), "제안.pdf", "application/pdf", 5, CHUNK_BYTES, b64(bytes(32)), 3, 4)
    contents: list[Content] = [
        Message("합의 🕊️", "ko", item, (account,), (file,)),
        Message("", "en"),
        Correction(item, "x", "en"),
        Withdrawal(item),
        Withdrawal(item, "settled"),
        Reaction(item, "agree", on=False),
        Name("Plenary"),
        Notice("archived"),
    ]
    for content in contents:
        plaintext = encode_content(content, 5)
        assert parse_content(plaintext) == content
        fields = json.loads(plaintext)
        there = twin.ask("content", text=plaintext.decode())
        assert there == {name: value for name, value in fields.items() if name not in {"v", "at"}}


MALFORMED: list[Any] = [
    "[]",
    "{",
    '{"v":2,"t":"name","name":"x"}',
    '{"v":true,"t":"name","name":"x"}',
    '{"v":1,"t":"toString"}',
    '{"v":1,"t":"name","name":5}',
    '{"v":1,"t":"notice","notice":"burnt"}',
    '{"v":1,"t":"message","text":"x","lang":"en","reply":null}',
    '{"v":1,"t":"message","text":"x","lang":"en","mentions":{}}',
    '{"v":1,"t":"message","text":"x","lang":"en","files":[{}]}',
    '{"v":1,"t":"reaction","target":"x","mark":"agree","on":true}',
    '{"v":1,"t":"withdrawal","target":"AAAAAAAAAAAAAAAAAAAAAA","reason":null}',
    '{"v":1,"t":"name","name":NaN}',
]


@pytest.mark.parametrize("text", MALFORMED)
def test_what_is_no_content_is_none_for_both(twin: Twin, text: str) -> None:
    assert parse_content(text.encode()) is None
    assert twin.ask("content", text=text) is None
