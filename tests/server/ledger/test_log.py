"""What is recorded becomes provable to anyone, stays what it was, and says nothing by itself."""

import json
import time
from itertools import pairwise

import pytest

from portal.server.core.secret_files import SecretFileError
from portal.server.ledger import service
from portal.server.ledger.feature import Ledger, LedgerRolledBackError
from portal.tlog.verifiers import verify_checkpoint, verify_note
from portal.wire.ledger.base64 import std_unb64
from portal.wire.ledger.entries import Entry, Kind, commitment, parse_entry
from portal.wire.ledger.merkle import leaf_hash, root_of, verify_consistency, verify_inclusion
from portal.wire.ledger.promise import parse_promise
from portal.wire.ledger.proof import parse_proof
from portal.wire.ledger.tiles import TiledTree, parse_bundle, width_in
from tests.server.ledger.conftest import Installation, Start


def test_what_is_recorded_is_proven_by_what_everyone_can_fetch(installation: Installation) -> None:
    recorded = installation.record(700)
    assert installation.index(recorded[0].entry) is None
    assert installation.proof(recorded[0].entry) is None
    installation.ledger.sequence()
    for number in (0, 255, 256, 699):
        one = recorded[number]
        text = installation.proof(one.entry)
        assert text is not None
        proof = parse_proof(text)
        assert proof.checkpoint == verify_checkpoint(proof.note.to_text(), installation.ledger.key)
        assert one.commitment == commitment(Kind.HALL, one.nonce, {"number": number})
        assert proof.includes(Entry(Kind.HALL, one.tag, one.commitment).to_bytes())
        assert not proof.includes(Entry(Kind.AGENDA, one.tag, one.commitment).to_bytes())


def test_tiles_and_bundles_hold_the_tree(installation: Installation) -> None:
    installation.record(600)
    installation.ledger.sequence()
    client, checkpoint = installation.app.test_client(), installation.checkpoint()

    def read(level: int, index: int, _width: int) -> bytes:
        width = width_in(checkpoint.size, level, index)
        partial = "" if width == 256 else f".p/{width}"
        hashes: bytes = client.get(f"/ledger/tile/{level}/{index:03d}{partial}").data
        return hashes

    assert TiledTree(checkpoint.size, read).root() == checkpoint.root
    leaves: list[bytes] = []
    for index, width in enumerate((256, 256, checkpoint.size - 512)):
        partial = "" if width == 256 else f".p/{width}"
        entries = parse_bundle(client.get(f"/ledger/tile/entries/{index:03d}{partial}").data, width)
        assert all(parse_entry(entry).to_bytes() == entry for entry in entries)
        leaves += map(leaf_hash, entries)
    assert root_of(leaves) == checkpoint.root


def test_every_checkpoint_continues_the_one_before(installation: Installation) -> None:
    checkpoints = []
    for count in (0, 1, 254, 256, 300):
        installation.record(count)
        installation.ledger.sequence()
        checkpoints.append(installation.checkpoint())
    assert [later.size - earlier.size for earlier, later in pairwise(checkpoints)] == [1, 254, 256, 300]
    for earlier, later in pairwise(checkpoints):
        answer = json.loads(installation.text(f"consistency?old={earlier.size}&new={later.size}"))
        hashes = list(map(std_unb64, answer["hashes"]))
        assert verify_consistency(earlier.size, later.size, earlier.root, later.root, hashes)
    old = checkpoints[2]
    answer = json.loads(installation.text(f"proof?index=5&size={old.size}"))
    leaf = leaf_hash(parse_bundle(installation.app.test_client().get("/ledger/tile/entries/000").data, 256)[5])
    assert verify_inclusion(leaf, 5, old.size, list(map(std_unb64, answer["hashes"])), old.root)


def test_nothing_is_shown_that_is_not_signed(installation: Installation) -> None:
    client = installation.app.test_client()
    for path in ("checkpoint", "milestone", "tile/0/000.p/1", "tile/entries/000.p/1", "proof?index=0&size=1"):
        assert client.get(f"/ledger/{path}").get_json()["error"]["code"] == "ledger.absent"
    installation.record(10)
    installation.ledger.sequence()
    size = installation.checkpoint().size
    absent = (
        f"proof?index={size}&size={size}",
        f"proof?index=0&size={size + 1}",
        f"consistency?old=1&new={size + 1}",
        "consistency?old=2&new=1",
        f"tile/0/000.p/{size + 1}",
        "tile/0/000",
        "tile/1/000.p/1",
        "tile/0/0",
        "tile/data/000",
    )
    for path in absent:
        response = client.get(f"/ledger/{path}")
        assert (response.status_code, response.get_json()["error"]["code"]) == (404, "ledger.absent"), path
    for path in ("proof?index=x&size=1", "proof?index=0", "consistency?old=-1&new=1", "proof?index=01&size=2"):
        assert client.get(f"/ledger/{path}").status_code == 400


def test_anyone_may_fetch_and_caches_may_keep(installation: Installation) -> None:
    installation.ledger.sequence()
    client = installation.app.test_client()
    tile = client.get("/ledger/tile/0/000.p/1")
    assert "immutable" in tile.headers["Cache-Control"]
    assert tile.content_type == "application/octet-stream"
    checkpoint = client.get("/ledger/checkpoint")
    assert checkpoint.headers["Cache-Control"] == "public, max-age=1"
    assert checkpoint.content_type == "text/plain; charset=utf-8"
    for response in (tile, checkpoint):
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        assert response.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert "Set-Cookie" not in response.headers


def test_held_entries_enter_when_the_hour_is_over_shuffled(installation: Installation) -> None:
    held = installation.record(40, held=True)
    (plain,) = installation.record(1)
    installation.ledger.sequence()
    assert installation.index(plain.entry) is not None
    assert all(installation.index(one.entry) is None for one in held)
    installation.clock.now_ms += service.HOUR_MS
    installation.record(1)
    installation.ledger.sequence()
    places = [installation.index(one.entry) for one in held]
    assert None not in places
    assert places != sorted(filter(None, places))
    assert max(filter(None, places)) - min(filter(None, places)) == 39
    assert [one.entry for one in held] != sorted(one.entry for one in held)


def test_held_entries_can_be_let_go(installation: Installation) -> None:
    held = installation.record(3, held=True)
    installation.ledger.release_held()
    installation.ledger.sequence()
    assert all(installation.index(one.entry) is not None for one in held)


def test_a_restart_goes_on_with_the_same_log(start: Start) -> None:
    first = start()
    first.record(5)
    first.ledger.sequence()
    before = first.checkpoint()
    second = start()
    assert second.ledger.key == first.ledger.key
    second.record(1)
    second.ledger.sequence()
    assert second.checkpoint().size == before.size + 1  # the policy, the release and the rest are said once


def test_what_was_shown_is_proven_at_once_after_a_restart(start: Start) -> None:
    """A log that refuses proofs of its own checkpoint looks like one with two histories."""
    first = start()
    first.record(3)
    first.ledger.sequence()
    second = start()  # its thread has not looked at anything yet
    size = second.checkpoint().size
    assert size >= 3
    assert json.loads(second.text(f"consistency?old=1&new={size}"))["hashes"]
    assert json.loads(second.text(f"proof?index=0&size={size}"))["hashes"]


def test_a_database_that_is_older_than_what_was_signed_is_not_signed(installation: Installation, start: Start) -> None:
    installation.ledger.sequence()
    installation.record(5)
    installation.ledger.sequence()
    signed = installation.checkpoint()
    # What a copy from before would look like: the last entry and its hash are gone.
    with installation.portal.database.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM ledger_checkpoint")
        connection.exec_driver_sql(f"DELETE FROM ledger_entry WHERE place = {signed.size - 1}")
    again = start()
    with pytest.raises(LedgerRolledBackError, match=f"has signed {signed.size} entries"):
        again.ledger.sequence()
    assert again.app.test_client().get("/ledger/checkpoint").status_code == 404
    again.ledger.start()
    again.ledger.close()
    assert not again.ledger.alive


def test_the_thread_signs_by_itself(installation: Installation) -> None:
    installation.record(3)
    ledger, deadline_s = installation.ledger, time.monotonic() + 60
    ledger.start()
    assert ledger.alive
    while installation.portal.database.read(service.newest_checkpoint) is None:
        assert time.monotonic() < deadline_s
        time.sleep(0.02)
    ledger.close()
    assert not ledger.alive


def test_a_promise_is_signed_by_the_log_and_is_no_checkpoint(installation: Installation) -> None:
    ledger = installation.ledger
    text = ledger.promise(b"c" * 32, "2026-11-22")
    promise = parse_promise(verify_note(text, ledger.key).text)
    assert (promise.commitment, promise.day) == (b"c" * 32, "2026-11-22")
    with pytest.raises(ValueError, match="name"):
        verify_checkpoint(text, ledger.key)


def test_a_key_that_others_can_read_is_not_used(installation: Installation, start: Start) -> None:
    settings = installation.portal.settings
    path = settings.keys_dir / "ledger"
    path.chmod(0o644)
    with pytest.raises(SecretFileError, match="chmod 600"):
        Ledger.open(settings, installation.portal.database)
    path.chmod(0o600)
    path.write_bytes(b"short")
    with pytest.raises(SecretFileError, match="restore it"):
        Ledger.open(settings, installation.portal.database)
