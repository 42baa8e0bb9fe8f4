"""What the browser's code made once (tests/vectors/browser.json), read by the member's code."""

import hashlib
import json
from typing import Any

import pytest

from portal.member.e2ee.asides import Route, open_aside
from portal.member.e2ee.box import BoxKey
from portal.member.e2ee.devices import statement_from_json, verify_device_list
from portal.member.e2ee.files import FileOpener, seal_chunk
from portal.member.e2ee.identity import Credential, epoch_code, parse_credential, safety_half, safety_number
from portal.member.e2ee.inspect import inspect_commit
from portal.member.e2ee.private import open_private, open_private_key
from portal.member.e2ee.record import derive_record_key, is_signed, open_content
from portal.member.e2ee.recovery import parse_recovery_key, print_recovery_key, recovery_auth, recovery_wrap_key
from portal.member.e2ee.refusal import Refusal
from portal.member.e2ee.ring import grant_from_json, is_grant_signed, open_grant
from portal.member.e2ee.signing import SigningKey
from portal.member.e2ee.vault import SealedVault, open_vault, passphrase_wrap_key, unwrap_vault_key
from portal.member.e2ee.vouching import verified_vouching, vouching_from_json
from portal.wire.commit_data import commit_data
from portal.wire.device_list import ListedDevice
from portal.wire.enrolment import enrolment_code, parse_enrolment, print_code
from portal.wire.envelope import ItemKind, decode_envelope, first_head, next_head
from portal.wire.founding import parse_founding
from portal.wire.ids import AccountId, DeviceId, Id, b64, new_id, unb64
from portal.wire.padding import stream_shape
from tests.wire.browser_vectors import VECTORS, vectors


def test_a_record_opens() -> None:
    record = vectors("record")
    exporter, share = bytes.fromhex(record["exporter"]), bytes.fromhex(record["share"])
    key = derive_record_key(exporter, share, record["room"], record["epoch"], record["bucket"])
    assert key.value.hex() == record["key"]
    head, texts = first_head(record["room"]), []
    for number, vector in enumerate(record["items"], start=1):
        envelope = decode_envelope(bytes.fromhex(vector["raw"]))
        assert is_signed(envelope, bytes.fromhex(record["deviceKey"]))
        head = next_head(head, number, envelope.item_hash)
        assert head.hex() == record["heads"][number]
        if envelope.kind is ItemKind.FOUNDING:
            assert parse_founding(envelope.body, record["room"]) == "from:3"
        if envelope.kind is ItemKind.CONTENT:
            texts.append(open_content(key, envelope).decode())
    assert texts == record["plaintexts"]


def test_a_record_of_other_libraries_opens() -> None:
    other = json.loads((VECTORS / "other.json").read_text("utf-8"))
    record = other["record"]
    exporter, share = bytes.fromhex(record["exporter"]), bytes.fromhex(record["share"])
    key = derive_record_key(exporter, share, record["room"], record["epoch"], record["bucket"])
    opened = [open_content(key, decode_envelope(bytes.fromhex(raw))).decode() for raw in record["items"]]
    assert opened == record["texts"]


def test_a_commit_authenticates_its_header() -> None:
    record = vectors("record")
    head = decode_envelope(bytes.fromhex(record["items"][1]["raw"])).body_sha256
    assert commit_data(12, head, record["bucket"], record["going"]).hex() == record["commitData"]


def test_the_public_half_of_a_commit() -> None:
    vector = vectors("commit")
    commit = inspect_commit(decode_envelope(bytes.fromhex(vector["raw"])))
    assert commit.committer_leaf == 0
    assert commit.removed_leaves == tuple(vector["removed"])
    assert commit.going == tuple(vector["going"])
    assert commit.history == vector["history"]
    for leaf, added in zip(commit.added, vector["added"], strict=True):
        assert leaf.credential == Credential(added["account"], added["device"], added["kind"])
        assert leaf.key.hex() == added["key"]


def test_a_device_list_and_its_numbers() -> None:
    vector, identity = vectors("deviceList"), vectors("identity")
    devices = verify_device_list(vector["account"], list(map(statement_from_json, vector["statements"])))
    assert devices.head.hex() == vector["head"]
    assert [box.hex() for box in devices.boxes] == vector["boxes"]
    assert {device: listed.revoked for device, listed in devices.devices.items()} == {
        one["device"]: one["revoked"] for one in vector["devices"]
    }
    other = identity["account"], bytes.fromhex(identity["sign"])
    assert safety_half(*other) == identity["half"]
    assert safety_number(other, (vector["account"], devices.sign)) == identity["number"]
    credential = bytes.fromhex(identity["credential"])
    assert parse_credential(credential).encode() == credential
    code = epoch_code(vectors("record")["room"], 4, bytes.fromhex(identity["authenticator"]))
    assert code == identity["epochCode"]


def test_another_history_of_a_list_is_refused() -> None:
    vector = vectors("deviceList")
    statements = list(map(statement_from_json, vector["statements"]))
    whole = verify_device_list(vector["account"], statements)
    before = verify_device_list(vector["account"], statements[:-1])
    assert verify_device_list(vector["account"], statements, before) == whole
    for code, chain, account, known in [
        ("device_list.rolled_back", statements[:-1], vector["account"], whole),
        ("device_list.malformed", statements[1:], vector["account"], None),
        ("device_list.malformed", [], vector["account"], None),
        ("device_list.malformed", statements, AccountId(new_id()), None),
    ]:
        with pytest.raises(Refusal, match=code):
            verify_device_list(account, chain, known)


def test_a_grant_opens() -> None:
    vector = vectors("grant")
    grant = grant_from_json(vector["room"], vector["grant"])
    box = BoxKey(bytes.fromhex(vector["seed"]))
    assert box.public.hex() == vector["publicKey"]
    assert is_grant_signed(grant, bytes.fromhex(vectors("record")["deviceKey"]))
    content = open_grant(grant, [BoxKey.generate(), box, BoxKey.generate()])
    assert [[entry.epoch, entry.bucket, b64(entry.value)] for entry in content.ring] == vector["ring"]
    assert {"number": content.base.number, "head": b64(content.base.head)} == vector["base"]
    with pytest.raises(Refusal, match=r"grant\.cipher"):
        open_grant(grant, [BoxKey.generate()])


def test_the_vault_opens_by_passphrase_and_by_recovery_key() -> None:
    vector = vectors("vault")
    recovery_key = bytes.fromhex(vector["recoveryKey"])
    passphrase_key = passphrase_wrap_key(bytes.fromhex(vector["exportKey"]))
    account = vector["account"]
    by_passphrase = unwrap_vault_key(bytes.fromhex(vector["passphraseWrap"]), account, "passphrase", passphrase_key)
    wrap = bytes.fromhex(vector["recoveryWrap"])
    by_recovery = unwrap_vault_key(wrap, account, "recovery", recovery_wrap_key(recovery_key))
    assert by_passphrase.hex() == by_recovery.hex() == vector["vaultKey"]
    assert recovery_auth(recovery_key).hex() == vector["recoveryAuth"]
    vault = SealedVault(vector["version"], bytes.fromhex(vector["sealed"]), bytes.fromhex(vector["sig"]))
    content = open_vault(vault, by_passphrase, account)
    assert content.sign.hex() == vector["seed"]
    assert SigningKey(content.sign).public.hex() == vector["sign"]
    assert list(content.labels.values()) == ["집무실"]


def test_the_printed_recovery_key_is_read_as_people_type_it() -> None:
    vector = vectors("vault")
    key = bytes.fromhex(vector["recoveryKey"])
    assert print_recovery_key(key) == vector["printed"]
    printed: str = vector["printed"]
    assert parse_recovery_key(printed.lower().replace(" ", "-")) == key
    assert parse_recovery_key(printed.replace("0", "o").replace("1", "l")) == key
    other = "1" if printed[3] == "0" else "0"
    for code, typed in [
        ("recovery_key.check", printed[:3] + other + printed[4:]),
        ("recovery_key.character", "U" + printed[1:]),
        ("recovery_key.length", printed[:-1]),
    ]:
        with pytest.raises(Refusal, match=code):
            parse_recovery_key(typed)


def test_a_file_opens_chunk_by_chunk() -> None:
    vector = vectors("file")
    key, content = bytes.fromhex(vector["key"]), bytes.fromhex(vector["content"])
    chunks = [bytes.fromhex(chunk) for chunk in vector["chunks"]]
    opener = FileOpener(key, vector["blob"], len(content), hashlib.sha256(content).digest())
    assert b"".join(map(opener.push, chunks)) == content
    opener.finish()
    assert [seal_chunk(key, vector["blob"], lambda a, b: content[a:b], len(content), 0)] == chunks


def test_files_travel_in_the_browsers_sizes() -> None:
    for vector in vectors("fileShapes"):
        shape: dict[str, Any] = {name: vector[name] for name in ("padded_bytes", "chunks", "sealed_bytes")}
        made = stream_shape(vector["size"])
        assert {name: getattr(made, name) for name in shape} == shape


def test_ids_are_canonical() -> None:
    assert unb64(new_id(), 16)
    with pytest.raises(ValueError, match="canonical"):
        unb64(Id("A" * 21 + "B"))


@pytest.fixture(scope="module")
def interpreters() -> Any:
    """What other libraries made of an interpreter (tests/wire/make_interpreter_vectors.py)."""
    return json.loads((VECTORS / "interpreters.json").read_text("utf-8"))


def test_an_interpreters_request_and_its_owners_word(interpreters: Any) -> None:
    devices = verify_device_list(interpreters["account"], list(map(statement_from_json, interpreters["statements"])))
    raw = unb64(interpreters["enrolment"]["request"])
    request = parse_enrolment(raw)
    assert (request.account, request.device) == (interpreters["account"], interpreters["device"])
    assert request.sign == devices.sign
    assert print_code(enrolment_code(raw)) == interpreters["enrolment"]["code"]
    word = verified_vouching(vouching_from_json(interpreters["vouching"]), unb64(interpreters["owner_sign"]))
    said = word.account, word.by, word.readers, word.sign
    assert said == (devices.account, interpreters["owner"], "delegation", devices.sign)
    with pytest.raises(Refusal, match=r"vouching\.forged"):
        verified_vouching(vouching_from_json(interpreters["vouching"]), devices.sign)


def test_asides_and_private_translations_open(interpreters: Any) -> None:
    account, room, device = interpreters["account"], interpreters["room"], interpreters["device"]
    listed = verify_device_list(account, list(map(statement_from_json, interpreters["statements"]))).devices

    class Lists:
        def device(self, owner: AccountId, one: DeviceId) -> ListedDevice | None:
            return listed.get(one) if owner == account else None

    for vector in interpreters["asides"]:
        boxes = [BoxKey(unb64(vector["seed"]))]
        opened = open_aside(Route(room, account, vector["to"]), unb64(vector["sealed"]), boxes, Lists())
        assert (opened.device, opened.content.decode()) == (device, vector["text"])
    given = interpreters["private"]
    boxes = [BoxKey(unb64(given["seed"]))]
    key = open_private_key(unb64(given["given"]), (room, given["key"]), given["to"], boxes)
    assert open_private(key, device, unb64(given["sealed"])).decode() == given["text"]
