"""The streams of an exported draft: signatures, chains, rights, snapshots and receipts, as members judge them."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from portal.member.drafts.acts import ActsFollower, Surely
from portal.member.drafts.document import DraftDocument
from portal.member.drafts.lib0 import NoUpdateError
from portal.member.drafts.rights import RightsHistory
from portal.member.drafts.stream import Circumstances, StreamLog
from portal.member.drafts.texts import DocumentFollower
from portal.member.e2ee.draft import is_draft_item_signed, open_draft_item
from portal.member.e2ee.draft_state import parse_draft_state
from portal.member.e2ee.refusal import Refusal, require
from portal.member.e2ee.signing import verify
from portal.verify.draft_bundle import DraftBundle, StreamPart
from portal.verify.verdict import Verdict
from portal.wire.drafts.envelope import MalformedDraftItemError, decode_draft_item, first_draft_head
from portal.wire.drafts.rights import may_write
from portal.wire.drafts.statements import receipt_bytes
from portal.wire.drafts.streams import ACTS, PURGED, DraftItemKind, Stream
from portal.wire.ids import AccountId, DeviceId, b64, unb64

_ACTS: Final = frozenset({DraftItemKind.FOUNDING, DraftItemKind.RIGHTS, DraftItemKind.ENTRY})
_PROBLEMS: Final = {
    "fork": "its author had seen another history",
    "dropped": "something that this device wrote is missing",
    "forged": "it is not by the device that it names, or it comes twice",
    "foreign-client": "it edits under the name of somebody else's browser",
    "snapshot": "it shortens the text to another one than it was",
    "right": "its author had no right to write it",
    "malformed": "it is not what it should be",
}


@dataclass
class FoundStreams:
    """What the streams come to: acts, and documents by stream. ``item_ids``: of items and revisions that are good."""

    rights: RightsHistory
    acts: ActsFollower
    logs: dict[Stream, StreamLog] = field(default_factory=dict)
    documents: dict[Stream, DocumentFollower] = field(default_factory=dict)
    item_ids: set[str] = field(default_factory=set)


def judge_streams(verdict: Verdict, bundle: DraftBundle, ledger_key: bytes | None) -> FoundStreams:
    """Follow every stream of the bundle as a member does, and say what does not hold."""
    rights = RightsHistory()

    def signer(device: DeviceId) -> tuple[AccountId, bytes] | None:
        owner = bundle.owners.get(device)
        return None if owner is None else (owner.account, owner.listed.key)

    def delegation(account: AccountId) -> str:
        return bundle.delegations.get(account, "")

    surely = Surely(signer, delegation, lambda: ledger_key)
    acts = ActsFollower(bundle.room, bundle.draft, rights, surely, bundle.silence_min_ms)
    found = FoundStreams(rights, acts)
    around = Circumstances(bundle.owners.get, lambda _epoch: None, bundle.keys.get, delegation, rights)
    if not bundle.streams or bundle.streams[0].stream != ACTS or bundle.streams[0].base.number != 0:
        verdict.bad("acts", "The acts are not there from their beginning.")
    for part in bundle.streams:
        _follow(verdict, bundle, part, found, around)
    return found


def judge_receipts(verdict: Verdict, bundle: DraftBundle, found: FoundStreams, ledger_key: bytes | None) -> None:
    """Say whether the server's receipts are good: what it signed of each act's place and time."""
    log = found.logs.get(ACTS)
    part = next((one for one in bundle.streams if one.stream == ACTS), None)
    if log is None or part is None:
        return
    wrong, missing = [], []
    for line, item in zip(log.lines, part.items, strict=False):
        if item.receipt is None:
            missing += [line.number] if line.envelope.kind in _ACTS else []
            continue
        signed = receipt_bytes(
            room=bundle.room,
            draft=bundle.draft,
            item=b64(line.envelope.item_hash),
            number=line.number,
            head=b64(line.head),
            at_ms=line.at_ms,
        )
        if ledger_key is None or not verify(ledger_key, signed, _signature(item.receipt)):
            wrong.append(line.number)
    if wrong:
        verdict.bad("receipt", f"Act {wrong[0]}: the server's receipt is wrong ({len(wrong)} in all).")
    elif missing:
        told = (
            f"{len(missing)} of {len(log.lines)} acts come without the server's receipt: when they came is only said."
        )
        verdict.unknown("receipt", told)
    else:
        verdict.good("receipt", "The server signed the place and time of every act.")


def _follow(
    verdict: Verdict, bundle: DraftBundle, part: StreamPart, found: FoundStreams, around: Circumstances
) -> None:
    name, begins = part.stream.name, first_draft_head(bundle.draft, part.stream)
    log = StreamLog.begin(bundle.room, bundle.draft, part.stream, part.base)
    found.logs[part.stream] = log
    if part.base.number == 0 and part.base.head != begins:
        verdict.bad("chain", f"The stream {name} does not begin where it says.")
    if part.stream == ACTS:
        found.acts.begin(log)
    elif part.stream.kind in PURGED:
        found.documents[part.stream] = DocumentFollower(log, found.rights)
    for item in part.items:
        line = log.take(item, around)
        if line is None:
            verdict.bad("chain", f"{_called(name)}: item {item.number} does not follow the one before it.")
            return
        if part.stream == ACTS:
            found.acts.take(line)
        elif part.stream in found.documents:
            found.documents[part.stream].take(line)
    found.item_ids |= {line.envelope.item for line in log.lines if line.state == "open"}
    _judge_stream(verdict, bundle, part, found)


def _judge_stream(verdict: Verdict, bundle: DraftBundle, part: StreamPart, found: FoundStreams) -> None:
    log, name = found.logs[part.stream], _called(part.stream.name)
    refused = Counter(line.code for line in log.lines if line.state == "refused")
    if log.problem is not None:
        verdict.bad(log.problem.kind, f"{name}, item {log.problem.number}: {_PROBLEMS[log.problem.kind]}.")
    elif refused:
        verdict.bad("refused", f"{name}: {sum(refused.values())} items break a rule ({', '.join(map(str, refused))}).")
    elif log.sealed():
        told = f"{name}: {len(log.sealed())} of {len(log.lines)} items can not be opened: their key is not in the file."
        verdict.unknown("sealed", told)
    else:
        count = f"item {log.number:,}" if len(log.lines) == 1 else f"items {log.base.number + 1:,} to {log.number:,}"
        told = f"{name}, {count}: each is by whom it says, who had the right to, in this order, nothing left out."
        verdict.good("stream", told if log.lines else f"{name}: nothing was written there.")
    if part.stream in found.documents:
        _judge_document(verdict, name, found.documents[part.stream])
    for item in part.revisions:
        _judge_revision(verdict, bundle, part.stream, item.raw, item.at_ms, found)


def _judge_document(verdict: Verdict, name: str, follower: DocumentFollower) -> None:
    base = follower.log.base
    if follower.document is None:
        verdict.unknown("document", f"{name}: what was there first is not in the file, so that it can not be rebuilt.")
        return
    seen = len(follower.snapshots)
    if base.number:
        first = next((one for one in follower.snapshots if one.content.through >= base.number), None)
        held = first is not None and first.line.envelope.seen_head == follower.log.head_at(first.content.through)
        if not held or follower.is_unconfirmed:
            told = f"{name}: what was before item {base.number + 1:,} rests on the word of one delegation alone."
            verdict.unknown("snapshot", told)
        else:
            told = f"{name}: what was before item {base.number + 1:,} was confirmed by another delegation."
            verdict.good("snapshot", told)
    elif seen:
        verdict.good("snapshot", f"{name}: {seen} snapshots and revisions are what the edits before them make.")


def _judge_revision(
    verdict: Verdict, bundle: DraftBundle, stream: Stream, raw: bytes, at_ms: int, found: FoundStreams
) -> None:
    """A revision from before the base: its place in the chain can not be shown any more, all else can."""
    name, around = _called(stream.name), found.rights
    try:
        envelope = decode_draft_item(raw)
        owner, key = bundle.owners.get(envelope.device), bundle.keys.get(envelope.epoch)
        here = (envelope.room, envelope.draft, envelope.stream, envelope.kind)
        require(
            owner is not None and here == (bundle.room, bundle.draft, stream, DraftItemKind.REVISION), "item.forged"
        )
        if owner is None or not is_draft_item_signed(envelope, owner.listed.key):
            raise Refusal("item.forged")  # noqa: TRY301 - told by the one message below
        authors = around.authors(owner.account, bundle.delegations[owner.account], at_ms, interpreter=False)
        allowed = any(may_write(one, stream.kind, stream.owner, envelope.kind) for one in authors)
        require(allowed, "item.forged")
        if key is None:
            verdict.unknown("revision", f"{name}: a kept revision can not be opened: its key is not in the file.")
            return
        content = parse_draft_state(open_draft_item(key, envelope))
        document = DraftDocument(stream.kind, content.state, content.clients)
    except (Refusal, MalformedDraftItemError, NoUpdateError):
        verdict.bad("revision", f"{name}: a kept revision is damaged, or not by whom it says.")
        return
    if document.unclaimed() or document.hash() != content.hash or content.through != envelope.seen_number:
        verdict.bad("revision", f"{name}: a kept revision is another text than its author has signed.")
        return
    found.item_ids.add(envelope.item)
    verdict.good("revision", f"{name}: the revision of item {content.through:,} is the text that its author signed.")


def _called(name: str) -> str:
    words = {"acts": "Acts", "text": "Text", "talk": "Comments", "proposals": "Proposals", "machine": "Machine text"}
    kind, _, owner = name.partition("/")
    return f"{words[kind]} of {owner}" if owner else words[kind]


def _signature(text: str) -> bytes:
    try:
        return unb64(text)
    except ValueError:
        return b""
