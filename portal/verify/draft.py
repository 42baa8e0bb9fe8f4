"""``portal verify draft``: an exported draft: who wrote, decided and signed what, and what of it the ledger holds.

Two grades. A bundle for audit holds the sealed items and the keys that open them: everything is recomputed. A public
one holds the authentic text and the signatures under it: these are checked, without any key.
"""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from portal.verify.asked import AskedWrongError, Trust, add_trust, judge_checkpoint, judge_key, run, trust_of
from portal.verify.draft_bundle import DraftBundle, NoBundleError, read_bundle
from portal.verify.draft_streams import FoundStreams, judge_receipts, judge_streams
from portal.verify.draft_texts import judge_projection, judge_signatures, judge_texts
from portal.verify.verdict import Verdict
from portal.wire.drafts.acts import SILENCE_MIN_MS
from portal.wire.drafts.projection import project
from portal.wire.drafts.streams import ACTS, TEXT
from portal.wire.ids import b64, unb64
from portal.wire.ledger.entries import NONCE_BYTES, TAG_BYTES, Entry, Kind, commitment
from portal.wire.ledger.merkle import HASH_BYTES
from portal.wire.ledger.note import NoteError, VerifierKey, parse_vkey
from portal.wire.ledger.proof import LedgerProof, parse_proof

_BUNDLE_MAX_BYTES: Final = 256 << 20
_KINDS: Final = {"draft_version": Kind.DRAFT_VERSION, "draft_act": Kind.DRAFT_ACT}
_WORDS: Final = {Kind.DRAFT_VERSION: "Revision", Kind.DRAFT_ACT: "The acts up to"}
_STREAMS: Final = {Kind.DRAFT_VERSION: TEXT, Kind.DRAFT_ACT: ACTS}


def main(arguments: Sequence[str]) -> int:
    """Run ``portal verify draft``; returns the exit status."""
    words = "Check an exported draft: who wrote, decided and signed what, and what of it the ledger holds."
    parser = argparse.ArgumentParser(prog="portal verify draft", description=words)
    parser.add_argument("file", type=Path, metavar="BUNDLE", help="the file that was exported (JSON lines)")
    add_trust(parser)
    return run(parser, arguments, lambda options: check_draft(options.file, trust_of(options)))


def check_draft(file: Path, trust: Trust) -> Verdict:
    """Check an exported draft by itself; nothing is asked of any server."""
    try:
        raw = file.read_bytes()
        bundle = read_bundle(raw)
    except OSError as error:
        msg = f"can not read {file}: {error.strerror}"
        raise AskedWrongError(msg) from error
    except NoBundleError as error:
        msg = f"{file} is no exported draft"
        raise AskedWrongError(msg) from error
    if len(raw) > _BUNDLE_MAX_BYTES:
        msg = f"{file} is too large"
        raise AskedWrongError(msg)
    verdict = Verdict("this draft")
    verdict.facts |= {"draft": bundle.draft, "room": bundle.room, "grade": bundle.grade}
    _judge_frame(verdict, bundle)
    keys: set[VerifierKey] = set()
    found = _judge_audit(verdict, bundle, keys, trust) if bundle.grade == "audit" else None
    root = judge_texts(verdict, bundle)
    state = None if found is None else found.acts.state()
    judge_signatures(verdict, bundle, root, state)
    _judge_logged(verdict, bundle, found, keys, trust)
    _remark(verdict, bundle)
    return verdict


def _judge_frame(verdict: Verdict, bundle: DraftBundle) -> None:
    """The file itself: its lines, the lists of devices, the exporter's signature."""
    for number in bundle.damaged[:3]:
        verdict.bad("line", f"Line {number} does not belong there, or is damaged.")
    for account in bundle.wrong_lists:
        verdict.bad("list", f"The list of devices of {account} breaks a rule, or comes twice.")
    if bundle.is_signed:
        verdict.good("end", "The file is as its exporter signed it.")
    else:
        verdict.bad("end", "The file is cut, or was changed after it was signed.")


def _judge_audit(verdict: Verdict, bundle: DraftBundle, keys: set[VerifierKey], trust: Trust) -> FoundStreams:
    """Everything that takes keys: streams, receipts, what the acts and the text come to."""
    key = _ledger_key(verdict, bundle)
    if key is not None:
        keys.add(key)
        judge_key(verdict, key, trust)
    ledger_key = None if key is None else key.key
    found = judge_streams(verdict, bundle, ledger_key)
    if key is not None:
        judge_receipts(verdict, bundle, found, ledger_key)
    else:
        verdict.unknown("receipt", "The file does not say whose receipts the acts have: when they came is only said.")
    _judge_acts(verdict, bundle, found)
    return found


def _judge_acts(verdict: Verdict, bundle: DraftBundle, found: FoundStreams) -> None:
    state = found.acts.state()
    refused = [{"number": int(number), "reason": reason} for number, reason in state["refused"].items()]
    verdict.facts |= {"stage": state["stage"], "acts": len(found.acts.acts), "refused": refused, "head": state["head"]}
    if found.acts.is_whole and found.acts.acts:
        told = f"{len(found.acts.acts)} acts come to the stage “{state['stage'].replace('_', ' ')}”"
        aside = f"; {len(refused)} of them count for nothing, by the rules" if refused else ""
        verdict.good("acts", f"{told}{aside}.")
    elif not found.acts.is_whole:
        verdict.unknown("acts", "Some acts can not be opened, so that what they come to is only said.")
    missing = [one["name"] for one in state["revisions"] if one["item"] not in found.item_ids]
    if missing:
        verdict.unknown("revision", f"Named revisions that are not in the file: {', '.join(missing)}.")
    text = found.documents.get(TEXT)
    if text is not None and text.document is not None:
        document = text.document.text()
        judge_projection(verdict, bundle, project(document, state, bundle.draft), state)


def _ledger_key(verdict: Verdict, bundle: DraftBundle) -> VerifierKey | None:
    if bundle.ledger is None:
        return None
    try:
        return parse_vkey(bundle.ledger)
    except NoteError as error:
        verdict.bad("key", f"The ledger's key is none: {error}.")
        return None


def _judge_logged(
    verdict: Verdict, bundle: DraftBundle, found: FoundStreams | None, keys: set[VerifierKey], trust: Trust
) -> None:
    """What the ledger holds of acts and revisions."""
    if not bundle.logged:
        verdict.remark("The file does not say what of the draft stands in the ledger.")
    for fields in bundle.logged:
        try:
            _judge_entry(verdict, bundle, found, fields, keys, trust)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            verdict.bad("ledger", f"A proof that the ledger holds something is damaged: {error}.")


def _judge_entry(
    verdict: Verdict,
    bundle: DraftBundle,
    found: FoundStreams | None,
    fields: Mapping[str, Any],
    keys: set[VerifierKey],
    trust: Trust,
) -> None:
    kind, key = _KINDS[fields["logged"]], parse_vkey(fields["vkey"])
    number, head = fields["number"], unb64(fields["head"], HASH_BYTES)
    statement = {"draft": bundle.draft, "number": number, "head": b64(head)}
    opened = commitment(kind, unb64(fields["nonce"], NONCE_BYTES), statement)
    proof: LedgerProof = parse_proof(fields["proof"])
    if key not in keys:
        keys.add(key)
        judge_key(verdict, key, trust)
    if judge_checkpoint(verdict, proof.note.to_text(), key, trust.policy) is None:
        return
    what = f"{_WORDS[kind]} {number}"
    log = None if found is None else found.logs.get(_STREAMS[kind])
    here = None if log is None else log.head_at(number)
    if not proof.includes(Entry(kind, unb64(fields["tag"], TAG_BYTES), opened).to_bytes()):
        verdict.bad("ledger", f"{what}: the proof does not show that the ledger holds it.")
    elif here is not None and here != head:
        verdict.bad("ledger", f"{what}: the ledger holds another history than this one.")
    else:
        verdict.good("ledger", f"{what} stands in the ledger, entry {proof.index:,}.")


def _remark(verdict: Verdict, bundle: DraftBundle) -> None:
    if bundle.silence_min_ms < SILENCE_MIN_MS:
        told = f"In this draft a silence could last {bundle.silence_min_ms / 1000:g} seconds: it is of a demonstration."
        verdict.remark(told)
    if bundle.grade == "public":
        verdict.remark("How the text came about can be checked with the members' own export alone.")
    verdict.remark("Whose account is whose is for you to compare, by the safety digits.")
    verdict.remark("A signature here is evidence of what was agreed; it is not the legal signature.")
