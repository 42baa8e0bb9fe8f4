"""A draft to take away, as JSON lines that others can verify (docs/protocol.md §10, Exported drafts).

Twin of static/src/member/drafts/bundles.ts; ``portal verify draft`` reads it.
"""

import hashlib
import json
from collections.abc import Iterable
from typing import Any, Final, Literal

from portal.member.answers import has_shape, is_b64, is_hash
from portal.member.drafts.draft import Draft
from portal.member.drafts.serving import fetch_revisions
from portal.member.drafts.stream import SentItem, StreamLog
from portal.member.e2ee.devices import statement_to_json
from portal.member.e2ee.draft import draft_bundle_signed_bytes
from portal.member.ledger.rounds import Rounds
from portal.member.work import MemberError, Work, get, is_passing
from portal.wire.drafts.clauses import text_of_runs
from portal.wire.drafts.envelope import DraftEnvelope, decode_draft_item
from portal.wire.drafts.projection import project
from portal.wire.drafts.state import ActsState
from portal.wire.drafts.statements import initial_statement
from portal.wire.drafts.streams import TEXT
from portal.wire.drafts.text import canonical_text
from portal.wire.ids import AccountId, b64, unb64
from portal.wire.ledger.entries import Kind

Grade = Literal["audit", "public"]
BUNDLE_KIND: Final = "portal draft bundle"
_ROOT: Final = {"number": int, "head": is_hash, "index": int, "nonce": is_hash, "tag": is_b64}
_Line = dict[str, Any]


def draft_bundle(draft: Draft, rounds: Rounds, exported_s: int, grade: Grade = "audit") -> Work[list[str]]:
    """Return the lines of a bundle, each with its line feed, the last one signed by this device.

    ``audit``: all streams as they are here, and the keys of their epochs: whoever has it can read these epochs of the
    room whole. ``public``: the text as it stands, and what is signed.
    """
    logged = yield from _logged_lines(draft, rounds)
    logs = list(draft.logs.values()) if grade == "audit" else []
    parts: list[_Line] = []
    envelopes: list[DraftEnvelope] = []
    for log in logs:
        revisions = yield from _revisions(draft, log)
        parts += _stream_lines(log, revisions)
        envelopes += [line.envelope for line in log.lines]
        envelopes += [decode_draft_item(item.raw) for item in revisions]
    state = draft.acts.state()
    signatures = _signature_lines(draft, state)
    devices = [*(one.device for one in envelopes), *(line.pop("device") for line in signatures)]
    lines = [
        _beginning(draft, grade, exported_s),
        *_people_lines(draft, devices),
        *_key_lines(draft, {one.epoch for one in envelopes}),
        *([{"ledger": rounds.store.state.vkey}] if logs and rounds.store.state.vkey is not None else []),
        *parts,
        *_text_lines(draft, state),
        *signatures,
        *logged,
    ]
    written = [json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n" for line in lines]
    digest = hashlib.sha256("".join(written).encode()).digest()
    sig = draft.room.keyholder.device.key.sign(draft_bundle_signed_bytes(digest))
    return [*written, json.dumps({"end": len(lines), "sig": b64(sig)}, separators=(",", ":")) + "\n"]


def _beginning(draft: Draft, grade: Grade, exported_s: int) -> _Line:
    device = draft.room.keyholder.device
    return {
        "bundle": BUNDLE_KIND,
        "v": 1,
        "grade": grade,
        "room": draft.room.data.room,
        "draft": draft.draft,
        "exported_s": exported_s,
        "exporter": {"account": device.account, "device": device.device},
        "silence_min_ms": draft.acts.silence_min_ms,
    }


def _people_lines(draft: Draft, devices: Iterable[Any]) -> list[_Line]:
    people, own = draft.room.people, draft.room.keyholder.device.account
    owners = [people.owner(device, people.accounts()) for device in dict.fromkeys(devices)]
    accounts = {own, *(owner.account for owner in owners if owner is not None)}
    return [
        {
            "account": account,
            "delegation": draft.delegation_of(AccountId(account)),
            "statements": list(map(statement_to_json, people.statements(account))),
        }
        for account in sorted(accounts)
    ]


def _key_lines(draft: Draft, epochs: Iterable[int]) -> list[_Line]:
    keys = [key for epoch in sorted(epochs) if (key := draft.room.ring.key(epoch)) is not None]
    return [{"epoch": key.epoch, "bucket": key.bucket, "key": b64(key.value)} for key in keys]


def _revisions(draft: Draft, log: StreamLog) -> Work[list[SentItem]]:
    """Those that stand before what is here."""
    if log.whole or log.stream != TEXT:
        return []
    items = yield from fetch_revisions(draft.room.data.room, draft.draft, log.stream)
    return [item for item in items if item.number <= log.base.number]


def _stream_lines(log: StreamLog, revisions: Iterable[SentItem]) -> list[_Line]:
    base = {"number": log.base.number, "head": b64(log.base.head)}
    items = [
        {
            "number": line.number,
            "at_ms": line.at_ms,
            "envelope": b64(line.envelope.encode()),
            "receipt": line.receipt,
        }
        for line in log.lines
    ]
    kept = [{"revision": item.number, "at_ms": item.at_ms, "envelope": b64(item.raw)} for item in revisions]
    return [{"stream": log.stream.name, "base": base}, *items, *kept]


def _text_lines(draft: Draft, state: ActsState) -> list[_Line]:
    """The clean text of each authentic language that has a root."""
    document = draft.document(TEXT).document
    if document is None:
        return []
    text = document.text()
    projection = project(text, state, draft.draft)
    lines = []
    for lang in state["authentic"] or text["meta"]["langs"][:1]:
        if projection["roots"].get(lang) is None:
            continue
        leaves = []
        for clause in projection["clauses"]:
            words = text_of_runs(clause["runs"].get(lang, []))
            named = {"v": 1, "node": clause["node"], "kind": clause["kind"], "number": clause["number"]}
            leaves += [] if clause["gone"] else [{**named, "text": words.text, "notes": words.notes}]
        lines.append({"text": lang, "title": canonical_text(text["meta"]["title"].get(lang, "")), "leaves": leaves})
    return lines


def _signature_lines(draft: Draft, state: ActsState) -> list[_Line]:
    """Detached signatures in the order of the acts, each with the device that made it."""
    found: list[tuple[int, _Line]] = []
    for one in state["initials"]:
        statement = initial_statement(
            account=one["account"],
            delegation=one["delegation"],
            device=one["device"],
            draft=draft.draft,
            at=one["at"],
            items=one["items"],
            root=one["root"],
        )
        line = {"signature": "initial", "statement": statement, "sig": one["sig"], "device": one["device"]}
        found.append((one["number"], line))
    signing = state["signing"]
    for signed in () if signing is None else signing["signatures"]:
        line = {"signature": "sign", "statement": signed["statement"], "sig": signed["sig"], "device": signed["device"]}
        found.append((signed["number"], line))
    return [line for _, line in sorted(found, key=lambda one: one[0])]


def _logged_lines(draft: Draft, rounds: Rounds) -> Work[list[_Line]]:
    """What of the draft stands in the ledger, as far as that can be had now."""
    room = draft.room.data.room
    try:
        yield from rounds.log_follower.advance()
        answer = yield from get(f"/api/rooms/{room}/drafts/{draft.draft}/roots")
    except MemberError as error:
        if is_passing(error) or error.code == "ledger.malformed":
            return []
        raise
    lines = []
    for name, kind in (("acts", Kind.DRAFT_ACT), ("versions", Kind.DRAFT_VERSION)):
        roots = answer.get(name) if isinstance(answer, dict) else None
        known = [root for root in roots or () if has_shape(root, _ROOT)]
        for root in known[:1] if kind is Kind.DRAFT_ACT else known:
            lines += yield from _logged_line(draft, rounds, kind, root)
    return lines


def _logged_line(draft: Draft, rounds: Rounds, kind: Kind, root: _Line) -> Work[list[_Line]]:
    statement = {"draft": draft.draft, "number": root["number"], "head": root["head"]}
    opening = unb64(root["nonce"]), unb64(root["tag"])
    proven = yield from rounds.logged_entry(kind, statement, root["index"], opening)
    if proven is None:
        return []
    vkey, proof = proven
    told = {name: root[name] for name in ("number", "head", "nonce", "tag")}
    word = "draft_act" if kind is Kind.DRAFT_ACT else "draft_version"
    return [{"logged": word, **told, "vkey": vkey, "proof": proof}]
