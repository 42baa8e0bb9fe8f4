"""``portal verify draft``: which versions and acts of a draft stand in the ledger.

The interface that drafts have to keep: a bundle is JSON lines (UTF-8, each ended by a line feed). The first is
``{"bundle": "portal draft bundle", "v": 1, "draft": id}``. Each line with the key ``logged`` says that the head of a
version or an act stands in the ledger::

    {"logged": "draft_version" | "draft_act", "number": n, "head": b64(32), "nonce": b64(32), "tag": b64(16),
     "vkey": text, "proof": c2sp.org/tlog-proof}

The entry's statement is ``{"draft": id, "number": n, "head": b64(32)}``. All other lines are for those who can judge
versions and acts themselves; this release can not, so that its verdict is never better than "cannot tell".
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from portal.verify.asked import AskedWrongError, Trust, add_trust, judge_checkpoint, judge_key, read_text, run, trust_of
from portal.verify.verdict import Verdict
from portal.wire.ids import unb64
from portal.wire.ledger.entries import NONCE_BYTES, TAG_BYTES, Entry, Kind, commitment
from portal.wire.ledger.merkle import HASH_BYTES
from portal.wire.ledger.note import VerifierKey, parse_vkey
from portal.wire.ledger.proof import LedgerProof, parse_proof

BUNDLE_KIND: Final = "portal draft bundle"
_BUNDLE_MAX_BYTES: Final = 256 << 20
_KINDS: Final = {"draft_version": Kind.DRAFT_VERSION, "draft_act": Kind.DRAFT_ACT}
_WORDS: Final = {Kind.DRAFT_VERSION: "Version", Kind.DRAFT_ACT: "Act"}


def main(arguments: Sequence[str]) -> int:
    """Run ``portal verify draft``; returns the exit status."""
    words = "Which versions and acts of a draft stand in the ledger. The acts themselves this release can not judge."
    parser = argparse.ArgumentParser(prog="portal verify draft", description=words)
    parser.add_argument("file", type=Path, metavar="BUNDLE", help="the file that was exported (JSON lines)")
    add_trust(parser)
    return run(parser, arguments, lambda options: check_draft(options.file, trust_of(options)))


def check_draft(file: Path, trust: Trust) -> Verdict:
    """Check the ledger's part of a draft's bundle."""
    verdict = Verdict("this draft")
    first, *lines = read_text(file, _BUNDLE_MAX_BYTES).splitlines() or [""]
    begun = _object(first)
    draft = begun.get("draft")
    if begun.get("bundle") != BUNDLE_KIND or begun.get("v") != 1 or not isinstance(draft, str):
        msg = f"{file} is no exported draft"
        raise AskedWrongError(msg)
    keys: set[VerifierKey] = set()
    others = 0
    for number, line in enumerate(lines, 2):
        fields = _object(line)
        if "logged" not in fields:
            others += 1
            continue
        try:
            _judge(verdict, fields, draft, keys, trust)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            verdict.bad("line", f"Line {number} is damaged: {error}.")
    told = (
        f"Versions and acts themselves ({others} lines) can not be judged by this release; only what the ledger holds."
    )
    verdict.unknown("acts", told)
    return verdict


def _judge(verdict: Verdict, fields: Mapping[str, Any], draft: str, keys: set[VerifierKey], trust: Trust) -> None:
    kind, key = _KINDS[fields["logged"]], parse_vkey(fields["vkey"])
    unb64(fields["head"], HASH_BYTES)
    statement = {"draft": draft, "number": fields["number"], "head": fields["head"]}
    opened = commitment(kind, unb64(fields["nonce"], NONCE_BYTES), statement)
    proof: LedgerProof = parse_proof(fields["proof"])
    if key not in keys:
        keys.add(key)
        judge_key(verdict, key, trust)
    if judge_checkpoint(verdict, proof.note.to_text(), key, trust.policy) is None:
        return
    what = f"{_WORDS[kind]} {fields['number']}"
    if proof.includes(Entry(kind, unb64(fields["tag"], TAG_BYTES), opened).to_bytes()):
        verdict.good("ledger", f"{what} stands in the ledger, entry {proof.index:,}.")
    else:
        verdict.bad("ledger", f"{what}: the proof does not show that it stands in the ledger.")


def _object(line: str) -> dict[str, Any]:
    """Return the object of a line, empty for anything else: what is no object belongs to no part known here."""
    try:
        read = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return read if isinstance(read, dict) else {}
