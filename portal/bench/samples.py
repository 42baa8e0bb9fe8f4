"""Good input for the parsers of portal.bench.parsers, made by the programs that write such things."""

import hashlib
import io
import json
import time
import zipfile
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from pycrdt import Array, Doc, Map, Text

from portal.bench.client_frames import masked_frame
from portal.member.content import Message, Reaction, encode_content
from portal.member.e2ee.box import BoxKey
from portal.member.e2ee.devices import add_device, found, verify_device_list
from portal.member.e2ee.draft import DraftPlace, seal_draft_item, sign_draft_item
from portal.member.e2ee.draft_state import DraftStateItem
from portal.member.e2ee.group import GroupChange, found_group, make_offer, make_room_commit
from portal.member.e2ee.identity import DeviceIdentity
from portal.member.e2ee.record import Place, RecordKey, seal_content
from portal.member.e2ee.recovery import new_recovery_key, print_recovery_key
from portal.member.e2ee.signing import SigningKey
from portal.tlog.signers import NoteSigner
from portal.wire.commit_data import bucket_of
from portal.wire.device_list import DeviceList, ListedDevice
from portal.wire.drafts.countersign import Countersign, countersign_body
from portal.wire.drafts.envelope import first_draft_head
from portal.wire.drafts.jcs import jcs
from portal.wire.drafts.rights import rights_body
from portal.wire.drafts.streams import ACTS, TEXT, DraftItemKind
from portal.wire.enrolment import EnrolmentRequest, enrolment_code, print_code
from portal.wire.envelope import first_head
from portal.wire.founding import founding_body
from portal.wire.ids import AccountId, DeviceId, DraftId, Id, ItemId, RoomId, new_id
from portal.wire.ledger.checkpoint import Checkpoint
from portal.wire.ledger.entries import Entry, Kind
from portal.wire.ledger.promise import Promise
from portal.wire.ledger.proof import LedgerProof
from portal.wire.ledger.receipt import Receipt
from portal.wire.vouching import Vouching

ANY_ROOM: Final = RoomId(Id("A" * 22))
ANY_DRAFT: Final = DraftId(Id("A" * 22))
"""What parsers that compare ids are told to expect."""
_HASH: Final = bytes(range(32))
_HEAD: Final = b"GET /hall/a%20b?lang=en HTTP/1.1\r\nHost: localhost\r\nCookie: a=b\r\nContent-Length: 0\r\n\r\n"


class _Alone:
    """A directory that knows one device's own list."""

    def __init__(self, devices: DeviceList) -> None:
        self._devices = devices

    def device(self, account: AccountId, device: DeviceId) -> ListedDevice | None:
        """Return the device, if the list is this account's and has it."""
        return self._devices.devices.get(device) if account == self._devices.account else None


def samples() -> Mapping[str, list[bytes]]:
    """Return good inputs by the parser's name; fresh keys and ids each time."""
    return MappingProxyType(_transport() | _people() | _room() | _draft() | _ledger() | _files())


def _transport() -> dict[str, list[bytes]]:
    ping, text = masked_frame(b"hello", opcode=0x9), masked_frame(b'42["typing","A",true]')
    return {
        "frames": [text, ping + text, masked_frame(bytes(300), opcode=0x2), masked_frame(b"\x03\xe8bye", opcode=0x8)],
        "head": [_HEAD, _HEAD.replace(b"GET", b"POST")],
        "packet": [
            b'2["room.open","A",1]',
            b'0{"ticket":"AAAA"}',
            b'51-7["a",{"_placeholder":true,"num":0}]',
            b"1",
        ],
    }


def _identity() -> DeviceIdentity:
    return DeviceIdentity(AccountId(new_id()), DeviceId(new_id()), "browser", SigningKey.generate())


def _people() -> dict[str, list[bytes]]:
    own, sign = _identity(), SigningKey.generate()
    founding = found(own.account, sign, BoxKey.generate().public, int(time.time()))
    request = EnrolmentRequest(own.account, own.device, own.key.public, "machine", sign.public)
    vouching = Vouching(own.account, 1_795_000_000, AccountId(new_id()), "room", sign.public)
    return {
        "statement": [founding.body],
        "canonical": [founding.body, request.to_bytes()],
        "credential": [own.credential.encode()],
        "vouching": [vouching.to_bytes()],
        "enrolment": [request.to_bytes()],
        "enrolment code": [print_code(enrolment_code(request.to_bytes())).encode()],
        "recovery key": [print_recovery_key(new_recovery_key()).encode()],
    }


def _room() -> dict[str, list[bytes]]:
    own, sign, now_s = _identity(), SigningKey.generate(), int(time.time())
    room, bucket = RoomId(new_id()), bucket_of(now_s)
    founding = found(own.account, sign, BoxKey.generate().public, now_s)
    alone = verify_device_list(own.account, [founding])
    devices = verify_device_list(
        own.account, [founding, add_device(alone, sign, now_s, (own.device, own.key.public, own.kind), 1)]
    )
    group = found_group(room, bucket, "all", own)
    change = GroupChange(bucket, 1, _HASH)
    made = make_room_commit(group, change, _Alone(devices), now_s)
    key = RecordKey(room, 0, bucket, bytes(32))
    content = encode_content(Message(text="Good morning", lang="en"), now_s * 1000)
    item = seal_content(key, Place(own.device, 1, ItemId(new_id()), 0, first_head(room)), content, own.key)
    reaction = encode_content(Reaction(target=ItemId(new_id()), mark="agree", on=True), now_s * 1000)
    line = {"bundle": "portal room bundle", "v": 1, "room": room}
    return {
        "envelope": [item.encode()],
        "content": [content, reaction],
        "founding": [founding_body(ANY_ROOM, "all")],
        "key package": [make_offer(own, now_s).public],
        "group info": [group.mls.group_info()],
        "commit": [made.body],
        "room bundle": [json.dumps(line).encode() + b"\n"],
    }


def _draft() -> dict[str, list[bytes]]:
    own, draft, room = _identity(), DraftId(new_id()), RoomId(new_id())
    key = RecordKey(room, 0, 20_000, bytes(32))
    chair: Any = {"account": own.account, "delegation": "", "right": "chair"}
    rights = rights_body({"default": "read", "draft": ANY_DRAFT, "members": [chair], "room": ANY_ROOM, "v": 1})
    place = DraftPlace(draft, ACTS, own.device, 1, ItemId(new_id()), 0, first_draft_head(draft, ACTS))
    signed = sign_draft_item(key, DraftItemKind.FOUNDING, place, rights, own.key)
    edit = _update()
    there = DraftPlace(draft, TEXT, own.device, 1, ItemId(new_id()), 0, first_draft_head(draft, TEXT))
    sealed = seal_draft_item(key, DraftItemKind.UPDATE, there, edit, own.key)
    act = {"v": 1, "t": "reopen", "at": 1_795_000_000_000, "nodes": [new_id()], "reason": "new words"}
    state = DraftStateItem(TEXT, 3, _HASH, {1: (own.account, own.device)}, edit)
    return {
        "draft rights": [rights],
        "draft item": [signed.encode(), sealed.encode()],
        "draft update": [edit],
        "draft countersign": [countersign_body(Countersign(3, _HASH))],
        "draft act": [jcs(act)],
        "draft stream": [b"text", b"acts", b"talk"],
        "draft state": [state.to_bytes()],
        "jcs": [jcs(act), jcs({"a": [1, "ä", None, True]})],
    }


def _update() -> bytes:
    doc: Doc[Any] = Doc(client_id=7)
    doc["text"] = Text("Article 1\nThe Parties agree.")
    doc["map"] = Map({"title": "Treaty", "list": Array([1, "two", None])})
    return bytes(doc.get_update())


def _ledger() -> dict[str, list[bytes]]:
    signer = NoteSigner.from_seed("example.org/ledger", bytes(32))
    checkpoint = signer.sign(Checkpoint("example.org/ledger", 1, _HASH).to_text())
    promise = signer.sign(Promise(_HASH, "2026-11-22").to_text())
    entry = Entry(Kind.SUBMISSION, bytes(16), _HASH)
    proof = LedgerProof(0, (_HASH,), checkpoint)
    receipt = Receipt(_HASH, _HASH, bytes(16), {"text": "Bus 7"}, promise.to_text(), proof.to_text(), signer.key)
    vkey = signer.key.to_text().encode()
    return {
        "ledger entry": [entry.to_bytes()],
        "ledger tile": [b"0/x001/234", b"entries/000.p/7"],
        "ledger bundle": [b"".join(len(entry.to_bytes()).to_bytes(2, "big") + entry.to_bytes() for _ in range(2))],
        "ledger note": [checkpoint.to_text().encode()],
        "ledger checkpoint": [checkpoint.text.encode()],
        "ledger vkey": [vkey],
        "ledger proof": [proof.to_text().encode()],
        "ledger promise": [promise.text.encode()],
        "ledger policy": [b"log " + vkey + b"\nquorum none\n"],
        "receipt": [receipt.to_block().encode()],
        "receipt code": [b"12345 67890 12345 67890 12345 67890"],
        "ballots": [b'{"v":1,"week":"2026-W47","ballots":[]}\n'],
    }


def _files() -> dict[str, list[bytes]]:
    packed = io.BytesIO()
    metadata = {"from_code": "ko", "to_code": "en", "package_version": "1.9", "argos_version": "1.9", "from_name": "K"}
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("translate-ko_en/metadata.json", json.dumps(metadata | {"to_name": "E"}))
        archive.writestr("translate-ko_en/sentencepiece.model", bytes(100))
        archive.writestr("translate-ko_en/model/model.bin", hashlib.sha256(b"model").digest() * 8)
    return {
        "package": [packed.getvalue()],
        "glossary csv": ["ko,en\n조약,treaty\n".encode()],
        "glossary tbx": [_TBX],
        "memory tmx": [_TMX],
    }


_TBX: Final = (
    b'<?xml version="1.0"?><tbx type="TBX-Basic" style="dca" xml:lang="en" xmlns="urn:iso:std:iso:30042:ed-2">'
    b"<text><body>"
    b'<conceptEntry id="c1"><langSec xml:lang="en"><termSec><term>treaty</term></termSec></langSec></conceptEntry>'
    b"</body></text></tbx>"
)
_TMX: Final = (
    b'<?xml version="1.0"?><tmx version="1.4"><header srclang="en" segtype="sentence" o-tmf="x" adminlang="en" '
    b'datatype="plaintext" creationtool="x" creationtoolversion="1"/><body><tu><tuv xml:lang="en"><seg>Hi</seg></tuv>'
    b'<tuv xml:lang="ko"><seg>Hi</seg></tuv></tu></body></tmx>'
)
