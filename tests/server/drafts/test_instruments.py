"""The register of instruments: nothing is public before all who signed want exactly that, and nothing unsigned."""

import json
from typing import Any

import flask
import pytest

from portal.server.accounts.models import Device
from portal.server.core.db import Unit
from portal.wire.drafts.statements import SIGNATURE_LABEL, labelled, signature_statement
from portal.wire.ids import b64, new_id, unb64
from tests.server.drafts.conftest import Scene
from tests.server.rooms.driver import Json, Peer, portal_of

ROOT, BUNDLE = b64(bytes(range(32))), b64(bytes(32))
LANGS: list[Any] = [["en", b64(b"e" * 32)], ["fr", b64(b"f" * 32)]]


def signature(scene: Scene, peer: Peer, delegation: str, **changes: Any) -> Json:
    """A signature under the draft, as the browser makes it; ``changes`` are fields of the statement."""
    fields: Any = {
        "account": peer.account,
        "at": 1_795_000_000_000,
        "capacity": "Minister",
        "delegation": delegation,
        "device": peer.device,
        "draft": scene.table.draft,
        "langs": LANGS,
        "name": "Ada Example",
        "root": ROOT,
        "v": 1,
    } | changes
    statement = signature_statement(fields)
    return {"statement": statement, "sig": b64(peer.key.sign(labelled(SIGNATURE_LABEL, statement)).signature)}


def publication(scene: Scene, *signatures: Json, title: str = "Accord · 제네바 합의", bundle: str = BUNDLE) -> Json:
    """What is posted."""
    return {"title": title, "bundle": bundle, "signatures": list(signatures)}


def register(app: flask.Flask) -> Any:
    """What everybody reads."""
    answer = app.test_client().get("/instruments.json")
    assert answer.status_code == 200
    return json.loads(answer.data)


def test_an_instrument_is_public_once_all_who_signed_consent(app: flask.Flask, scene: Scene) -> None:
    path = f"{scene.table.path}/instruments"
    ours, theirs = signature(scene, scene.pen, scene.ours), signature(scene, scene.other, scene.theirs)
    first = scene.pen.browser.ok("POST", path, publication(scene, ours, theirs))
    assert (first["consented"], first["published_ms"]) == ([scene.ours], None)
    assert scene.aide.browser.ok("POST", path, publication(scene, theirs, ours)) == first  # the same delegation again
    assert register(app) == []
    # Consent to another title, or another file, is consent to something else.
    scene.other.browser.ok("POST", path, publication(scene, ours, theirs, title="Another title"))
    scene.other.browser.ok("POST", path, publication(scene, ours, theirs, bundle=ROOT))
    assert register(app) == []
    assert len(scene.reader.browser.ok("GET", path)) == 3
    public = scene.commenter.browser.ok("POST", path, publication(scene, ours, theirs))
    assert public["published_ms"] is not None
    (shown,) = register(app)
    assert shown == public
    assert (shown["root"], shown["langs"], shown["bundle"]) == (ROOT, LANGS, BUNDLE)
    for signer, peer in zip(shown["signatures"], sorted((scene.pen, scene.other), key=_place(scene)), strict=True):
        peer.key.verify_key.verify(labelled(SIGNATURE_LABEL, signer["statement"]), unb64(signer["sig"]))
        assert signer["key"] == b64(bytes(peer.key.verify_key))
    page = app.test_client().get("/instruments?lang=ko", headers={"Accept-Encoding": "identity"})
    assert "제네바 합의" in page.text
    assert "Ada Example" in page.text
    assert scene.stranger.browser.refused("GET", path) == "room.not_found"


def _place(scene: Scene) -> Any:
    delegations = {scene.pen.account: scene.ours, scene.other.account: scene.theirs}
    return lambda peer: delegations[peer.account]


@pytest.mark.slow
def test_what_does_not_verify_is_never_listed(app: flask.Flask, scene: Scene) -> None:
    path = f"{scene.table.path}/instruments"
    ours, theirs = signature(scene, scene.pen, scene.ours), signature(scene, scene.other, scene.theirs)

    def reason(*signatures: Json, **changes: Any) -> str:
        error = scene.pen.browser.error("POST", path, publication(scene, *signatures, **changes))
        return str(error["detail"].get("reason", error["code"]))

    assert reason(ours, theirs | {"sig": ours["sig"]}) == "signature"
    assert reason(ours, signature(scene, scene.other, scene.theirs, device=scene.pen.device)) == "signature"
    assert reason(ours, signature(scene, scene.other, scene.theirs, account=new_id())) == "signature"
    assert reason(ours, signature(scene, scene.other, scene.theirs, draft=new_id())) == "other_draft"
    assert reason(ours, signature(scene, scene.other, str(new_id()))) == "delegation"  # not the one that it is of
    assert reason(ours, signature(scene, scene.chair, "")) == "delegation"
    assert reason(ours, signature(scene, scene.aide, scene.ours)) == "twice"
    assert reason(ours, signature(scene, scene.other, scene.theirs, root=BUNDLE)) == "root"
    assert reason(ours, theirs | {"statement": "{}"}) == "statement"
    for title in ("  two", "\u202eabc", "a\nb", " "):
        assert reason(ours, theirs, title=title) == "title"
    assert reason(ours) == "request.malformed"
    refused = scene.chair.browser.refused
    assert refused("POST", path, publication(scene, ours, theirs)) == "draft.right_required"  # of no delegation
    assert scene.stranger.browser.refused("POST", path, publication(scene, ours, theirs)) == "room.not_found"

    def revoke(unit: Unit) -> None:
        unit.session.get_one(Device, scene.other.device).revoked_s = 1_794_000_000

    portal_of(app).database.write(revoke)
    assert reason(ours, theirs) == "signature"
    assert register(app) == []
