"""Drafts in the ledger: what their members can hold the host to, and what outsiders see of it."""

import flask
import pytest

from portal.server.core.context import Portal
from portal.server.drafts.roots import record_roots
from portal.server.ledger import tree
from portal.server.ledger.feature import Ledger
from portal.wire.drafts.streams import ACTS, TEXT, DraftItemKind
from portal.wire.ids import b64, unb64
from portal.wire.ledger.entries import Entry, Kind, commitment, parse_entry
from tests.server.drafts.conftest import Scene
from tests.server.rooms.driver import portal_of


def entered(portal: Portal) -> list[Entry]:
    """Let the roots of now enter the ledger; return all its entries."""
    portal.database.write(record_roots)
    portal.get(Ledger).sequence()
    return list(map(parse_entry, portal.database.read(lambda unit: tree.entries(unit, 0, 256))))


def test_acts_and_revisions_enter_the_ledger(app: flask.Flask, scene: Scene) -> None:
    portal, table = portal_of(app), scene.table
    assert record_roots in portal.get(Ledger).every_ten_minutes
    before = portal.get(Ledger).sequence()
    table.says(scene.pen)
    revision = table.says(scene.pen, TEXT, DraftItemKind.REVISION)
    table.says(scene.pen, TEXT, DraftItemKind.SNAPSHOT)
    act = table.says(scene.other, ACTS, DraftItemKind.ENTRY)
    entries = entered(portal)
    kinds = [entry.kind for entry in entries[before:]]
    assert (kinds.count(Kind.DRAFT_ACT), kinds.count(Kind.DRAFT_VERSION)) == (16, 16)  # one of each, and fifteen
    assert len(entered(portal)) == len(entries)  # nothing new, nothing entered
    roots = scene.reader.browser.ok("GET", f"{table.path}/roots")
    for word, kind, placed in (("acts", Kind.DRAFT_ACT, act), ("versions", Kind.DRAFT_VERSION, revision)):
        (root,) = roots[word]
        assert (root["number"], root["head"]) == (placed["number"], placed["head"])
        entry = entries[root["index"]]
        statement = {"draft": table.draft, "head": root["head"], "number": root["number"]}
        assert b64(entry.tag) == root["tag"]
        assert entry.commitment == commitment(kind, unb64(root["nonce"]), statement)
    assert roots["versions"][0]["item"]
    assert scene.stranger.browser.refused("GET", f"{table.path}/roots") == "room.not_found"
    for unlabelled in (b"example.org/ledger\n5\n", b"note\0", b"portal draft receipt v1"):
        with pytest.raises(ValueError, match="label"):
            portal.get(Ledger).sign(unlabelled)
