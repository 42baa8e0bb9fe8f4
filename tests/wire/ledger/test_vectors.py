"""Python against tests/vectors/ledger.json, which the browser's code reads too, and against what others published."""

import json
from typing import Any, Final

import pytest

from portal.tlog.verifiers import UnverifiedNoteError, cosigned, verify_checkpoint, verify_note
from portal.wire.ids import unb64
from portal.wire.ledger.base64 import std_b64, std_unb64
from portal.wire.ledger.checkpoint import parse_checkpoint
from portal.wire.ledger.cosignature import cosigned_message
from portal.wire.ledger.entries import Kind, commitment, device_list_tag, parse_entry
from portal.wire.ledger.merkle import leaf_hash, verify_consistency, verify_inclusion
from portal.wire.ledger.note import NoteError, parse_note, parse_vkey
from portal.wire.ledger.policy import parse_policy
from portal.wire.ledger.proof import parse_proof
from portal.wire.ledger.tiles import TilePlace, bundle, parse_bundle, parse_tile_place, width_in
from tests.wire.browser_vectors import VECTORS

Json = dict[str, Any]
MADE: Final[Json] = json.loads((VECTORS / "ledger.json").read_text(encoding="utf-8"))


def test_trees() -> None:
    tree = MADE["tree"]
    roots = {one["size"]: std_unb64(one["root"]) for one in tree["roots"]}
    for one in tree["inclusions"]:
        leaf = leaf_hash(f"entry {one['index']}".encode())
        hashes = list(map(std_unb64, one["hashes"]))
        assert verify_inclusion(leaf, one["index"], one["size"], hashes, roots[one["size"]])
    for one in tree["consistencies"]:
        hashes = list(map(std_unb64, one["hashes"]))
        assert verify_consistency(one["old"], one["new"], roots[one["old"]], roots[one["new"]], hashes)


@pytest.mark.parametrize("one", MADE["entries"], ids=lambda one: one["name"])
def test_entries(one: Json) -> None:
    raw = unb64(one["entry"])
    entry = parse_entry(raw)
    assert entry.to_bytes() == raw
    assert (entry.kind, entry.tag) == (Kind[one["name"].upper()], unb64(one["tag"]))
    assert entry.commitment == commitment(entry.kind, unb64(one["nonce"]), one["statement"])
    assert leaf_hash(raw) == unb64(one["leaf"])


def test_device_lists_have_the_tag_of_their_account() -> None:
    assert device_list_tag(MADE["device_list_tag"]["account"]) == unb64(MADE["device_list_tag"]["tag"])


def test_the_published_note_is_verified() -> None:
    published = MADE["notes"]["published"]
    key = parse_vkey(published["vkey"])
    assert key.to_text() == published["vkey"]
    note = verify_note(published["note"], key)
    assert note.text == "This is an example message.\n"
    assert note.to_text() == published["note"]
    with pytest.raises(UnverifiedNoteError):
        verify_note(published["note"].replace("example message", "example massage"), key)


def test_a_cosigned_checkpoint_and_a_proof_are_verified() -> None:
    made = MADE["notes"]
    key = parse_vkey(made["vkey"])
    checkpoint = verify_checkpoint(made["cosigned"], key)
    assert checkpoint == verify_checkpoint(made["checkpoint"], key)
    witnesses = {one["name"]: parse_vkey(one["vkey"]) for one in made["witnesses"]}
    assert cosigned(parse_note(made["cosigned"]), witnesses) == {one["name"]: one["at"] for one in made["witnesses"]}
    for one in made["witnesses"]:
        message = cosigned_message(one["kind"], one["name"], checkpoint, one["at"])
        assert std_b64(message) == one["message"]
    proof = parse_proof(made["proof"]["text"])
    assert proof.to_text() == made["proof"]["text"]
    assert proof.includes(made["proof"]["entry"].encode())
    assert not proof.includes(b"entry 258")


def test_tiles() -> None:
    made = MADE["tiles"]
    for one in made["paths"]:
        place = TilePlace(one["level"], one["index"], one["width"])
        assert place.to_text() == one["path"]
        assert parse_tile_place(one["path"]) == place
    for path in made["not_paths"]:
        with pytest.raises(NoteError):
            parse_tile_place(path)
    for one in made["widths"]:
        assert width_in(one["size"], one["level"], one["index"]) == one["width"]
    entries = [one.encode() for one in made["bundle"]["entries"]]
    raw = std_unb64(made["bundle"]["raw"])
    assert bundle(entries) == raw
    assert parse_bundle(raw, 3) == entries
    for broken, width in ((raw[:-1], 3), (raw + b"\0", 3), (raw, 2), (raw, 4)):
        with pytest.raises(NoteError):
            parse_bundle(broken, width)


@pytest.mark.parametrize("one", MADE["policies"]["policies"])
def test_policies(one: Json) -> None:
    policy = parse_policy(one["text"])
    assert all(policy.is_met(names) for names in one["met"])
    assert not any(policy.is_met(names) for names in one["unmet"])


@pytest.mark.parametrize("text", MADE["policies"]["refused"])
def test_what_is_no_policy_is_refused(text: str) -> None:
    with pytest.raises(NoteError):
        parse_policy(text)


def test_what_is_not_of_the_formats_is_refused() -> None:
    for text in MADE["refused"]["notes"]:
        with pytest.raises(NoteError):
            parse_note(text)
    for text in MADE["refused"]["checkpoints"]:
        with pytest.raises(NoteError):
            parse_checkpoint(text)
    for text in MADE["refused"]["vkeys"]:
        with pytest.raises(NoteError):
            parse_vkey(text)
