"""Write tests/vectors/drafts/acts.json: scripts of acts and what each comes to, statements' bytes, who may write what.

Run as ``python -m tests.wire.drafts.make_act_vectors``. static/test/wire/drafts/acts.test.ts plays the same.
"""

import hashlib
import json
from dataclasses import asdict
from itertools import product
from typing import Any, Final

from portal.wire.canonical import canonical_json
from portal.wire.drafts.acts import ActLine
from portal.wire.drafts.rights import RIGHTS, Author, may_write
from portal.wire.drafts.statements import detached_in, receipt_bytes
from portal.wire.drafts.stored import state_bytes
from portal.wire.drafts.streams import NO_OWNER, DraftItemKind, StreamKind
from tests.wire.browser_vectors import VECTORS
from tests.wire.drafts.act_scripts import CONTEXT, DRAFT, NORTH, ROOM, SCRIPTS, SOUTH, Script, name_hash, name_id, table

FILE: Final = VECTORS / "drafts/acts.json"


def vectors() -> dict[str, Any]:
    played = [script() for script in SCRIPTS]
    return {
        "scripts": [_script(script) for script in played],
        "receipt": _receipt(),
        "writers": _writers(),
        "tables": _tables(),
    }


def _script(script: Script) -> dict[str, Any]:
    detached = {str(line.number): signed for line in script.lines if (signed := _detached(line)) is not None}
    return {
        "name": script.name,
        "context": {"draft": CONTEXT.draft, "silence_min_ms": CONTEXT.silence_min_ms},
        "lines": script.to_json(),
        "verdicts": script.verdicts,
        "detached": detached,
        "state": script.state,
        "state_hash": hashlib.sha256(state_bytes(script.state)).hexdigest(),
    }


def _detached(line: ActLine) -> dict[str, str] | None:
    signed = detached_in(line, DRAFT)
    if signed is None:
        return None
    return {"device": signed.device, "message": signed.message.hex(), "sig": signed.sig.hex()}


def _receipt() -> dict[str, Any]:
    fields: dict[str, Any] = {
        "room": ROOM,
        "draft": DRAFT,
        "item": name_hash("item"),
        "number": 2**53 - 1,
        "head": name_hash("head"),
        "at_ms": 1_790_000_000_000,
    }
    return {**fields, "bytes": receipt_bytes(**fields).hex()}


def _writers() -> list[dict[str, Any]]:
    """Say of every author and stream which kinds of items that author may write there."""
    authors = [Author(name_id("author"), NORTH, right) for right in RIGHTS]
    authors.append(Author(name_id("author"), NORTH, "read", interpreter=True))
    owners = (NO_OWNER, NORTH, SOUTH, name_id("author"))
    return [
        {**asdict(author), "stream": stream, "owner": owner, "items": items}
        for author, stream, owner in product(authors, StreamKind, owners)
        if (items := [kind for kind in DraftItemKind if may_write(author, stream, owner, kind)])
    ]


def _tables() -> list[dict[str, Any]]:
    """Bodies of rights items, and whether they are any."""
    good = table()
    members = good["members"]
    guest: dict[str, Any] = {**members[0], "right": "king"}
    bad: list[dict[str, Any]] = [
        {**good, "default": "pen"},
        {**good, "default": "none"},
        {**good, "v": 2},
        {**good, "draft": ROOM},
        {**good, "room": DRAFT},
        {**good, "more": ""},
        {**good, "members": []},
        {**good, "members": {}},
        {**good, "members": [members[1], members[0], *members[2:]]},
        {**good, "members": [members[0], *members]},
        {**good, "members": [guest, *members[1:]]},
        {**good, "members": [{**members[0], "delegation": "none"}, *members[1:]]},
        {**good, "members": [{**members[0], "name": "?"}, *members[1:]]},
        {**good, "members": [one for one in members if one["right"] != "chair"]},
        {key: value for key, value in good.items() if key != "default"},
    ]
    bodies: list[dict[str, Any]] = [{"body": canonical_json(one).decode(), "good": False} for one in bad]
    spaced = {"body": json.dumps(good, sort_keys=True), "good": False}
    return [{"body": canonical_json(good).decode(), "good": True}, *bodies, spaced]


def text() -> str:
    return json.dumps(vectors(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
