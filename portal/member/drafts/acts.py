"""The stream of acts: who may do what, what was decided, agreed and signed, and what it all comes to.

| the reader has     | a snapshot of the acts that comes                                                              |
|--------------------|------------------------------------------------------------------------------------------------|
| all acts           | is compared with what they come to; another state is an alarm                                  |
| some are sealed    | is gone on from, if it holds all that is sealed and agrees with what can be read               |
| gone on from one   | nobody's before: the same comparison once that one was confirmed; until then "unconfirmed",    |
|                    | and one that is confirmed takes its place                                                      |
"""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from portal.member.drafts.rights import RightsHistory
from portal.member.drafts.stream import Line, SentItem, StreamLog, table_in
from portal.member.e2ee.draft_state import DraftStateItem, parse_draft_state
from portal.member.e2ee.refusal import Refusal
from portal.member.e2ee.signing import verify
from portal.wire.drafts.acts import SILENCE_MIN_MS, ActLine, LineContent, OfflineObjection, Proof
from portal.wire.drafts.countersign import Countersign, parse_countersign
from portal.wire.drafts.envelope import MalformedDraftItemError, decode_draft_item, next_draft_head
from portal.wire.drafts.jcs import NotCanonicalError, jcs, parse_jcs
from portal.wire.drafts.reading import read_act
from portal.wire.drafts.reducer import reduce, step
from portal.wire.drafts.rights import Author, author_of
from portal.wire.drafts.state import STATE_LABEL, ActsContext, ActsState, empty_state
from portal.wire.drafts.statements import detached_in, read_objection, receipt_bytes
from portal.wire.drafts.stored import MalformedStateError, read_state
from portal.wire.drafts.streams import ACTS, DraftItemKind
from portal.wire.ids import AccountId, DeviceId, DraftId, RoomId, b64, unb64

MALFORMED: Final = "item.malformed"
SNAPSHOT: Final = "draft.snapshot"
_ACTS: Final = frozenset({DraftItemKind.FOUNDING, DraftItemKind.RIGHTS, DraftItemKind.ENTRY})

Signer: TypeAlias = Callable[[DeviceId], tuple[AccountId, bytes] | None]
"""The account of a device and its key (32 bytes), or None for one that nobody lists."""


@dataclass(frozen=True, slots=True)
class Surely:
    """What proofs within acts are checked by: devices, delegations by the list of people, the ledger's key (32 bytes).

    Without the key no receipt is good.
    """

    signer: Signer
    delegation: Callable[[AccountId], str]
    ledger_key: Callable[[], bytes | None]


@dataclass(frozen=True, slots=True)
class Act:
    """A line of the acts as the reducer took it, with the server's receipt, b64."""

    line: ActLine
    receipt: str | None


class ActsFollower:
    """Reads the acts of one draft as their stream grows."""

    def __init__(
        self, room: RoomId, draft: DraftId, rights: RightsHistory, surely: Surely, silence_min_ms: int = SILENCE_MIN_MS
    ) -> None:
        self._room = room
        self._draft = draft
        self._rights = rights
        self._surely = surely
        self._context = ActsContext(draft, silence_min_ms)
        self.begin(StreamLog.begin(room, draft, ACTS))

    def begin(self, log: StreamLog) -> None:
        """Start over with a stream that has no items yet."""
        self._log = log
        self.acts: list[Act] = []
        self._state: ActsState = empty_state()
        self.confirmed: set[int] = set()
        """Numbers of snapshots that were countersigned."""
        self._snapshots: list[_Snapshot] = []
        self._basis: _Snapshot | None = None
        """What is gone on from, where acts before it can not be read."""
        self._sealed = 0
        """The last act that could not be read."""

    @property
    def silence_min_ms(self) -> int:
        """The shortest time for an objection here."""
        return self._context.silence_min_ms

    @property
    def is_whole(self) -> bool:
        """Whether no act is missing here, or a snapshot stands for those that are."""
        return self._sealed == 0 or (self._basis is not None and self._basis.through >= self._sealed)

    @property
    def is_unconfirmed(self) -> bool:
        """Whether what the acts come to rests on one member's word."""
        return self._basis is not None and self._basis.line.number not in self.confirmed

    def to_confirm(self, author: Author) -> Countersign | None:
        """Return what ``author`` could say of the newest snapshot, if it was found right here, and nobody has."""
        newest = self._snapshots[-1] if self._snapshots else None
        if newest is None or self._basis is not None or newest.line.number in self.confirmed:
            return None
        fits = self._rights.may_confirm(author, newest.line.author)
        return Countersign(newest.line.number, newest.hash) if fits else None

    @property
    def newest_snapshot(self) -> Line | None:
        """The newest snapshot that counts."""
        return self._snapshots[-1].line if self._snapshots else None

    def state(self) -> ActsState:
        """Return what the acts come to."""
        return self._state

    def refusal(self, act: Act) -> str | None:
        """Return why an act counts for nothing, or None."""
        return self._state["refused"].get(str(act.line.number))

    def make_snapshot(self) -> DraftStateItem | None:
        """Return the content of a snapshot of all acts, or None where some are missing."""
        if not self.is_whole:
            return None
        return DraftStateItem(ACTS, self._log.number, state_hash(self._state), {}, jcs(self._state))

    def is_receipted(self, item: SentItem) -> bool:
        """Whether the server has signed what it says of the item that follows; not asked while no ledger is known."""
        key, log = self._surely.ledger_key(), self._log
        if key is None or item.number != log.number + 1:
            return True
        if item.receipt is None:
            return False
        try:
            hashed = decode_draft_item(item.raw).item_hash
            signature = unb64(item.receipt)
        except (MalformedDraftItemError, ValueError):
            return False
        head = next_draft_head(log.head, item.number, item.at_ms, hashed)
        signed = receipt_bytes(
            room=self._room,
            draft=self._draft,
            item=b64(hashed),
            number=item.number,
            head=b64(head),
            at_ms=item.at_ms,
        )
        return verify(key, signed, signature)

    def take(self, line: Line) -> None:
        """Take in the line that the log has got last."""
        if line.state == "refused" or line.author is None:
            return
        if line.envelope.kind is DraftItemKind.SNAPSHOT and line.plaintext is not None:
            self._take_snapshot(line, line.plaintext)
        if line.envelope.kind is DraftItemKind.COUNTERSIGN and line.plaintext is not None:
            self._take_countersign(line, line.plaintext)
        if line.envelope.kind not in _ACTS:
            return
        content = self._content(line)
        if content is None:
            self._log.refuse(line, MALFORMED, "malformed", "no table of rights")
            return
        act = Act(self._act_line(line, content), line.receipt)
        self.acts.append(act)
        step(self._state, act.line, self._context)
        if content["t"] in {"founding", "rights"} and self.refusal(act) is None and self._state["rights"] is not None:
            self._rights.add(line.at_ms, self._state["rights"])
        if line.state == "sealed":
            self._sealed = line.number

    def _content(self, line: Line) -> LineContent | None:
        if line.envelope.kind is DraftItemKind.ENTRY:
            return {"t": "unread", "reason": "sealed"} if line.plaintext is None else read_act(line.plaintext)
        table = table_in(line.envelope)
        if table is None:
            return None
        return {"t": "founding" if line.envelope.kind is DraftItemKind.FOUNDING else "rights", "table": table}

    def _act_line(self, line: Line, content: LineContent) -> ActLine:
        account, device = line.sender
        assert line.author is not None  # noqa: S101 - refused lines come no further than take()
        bare = ActLine(
            number=line.number,
            seen=line.envelope.seen_number,
            head=b64(line.head),
            account=account,
            device=device,
            delegation=line.author.delegation,
            right=line.author.right,
            at_ms=line.at_ms,
            content=content,
        )
        return ActLine(**{**_fields(bare), "proof": self._proof(bare)})

    def _proof(self, line: ActLine) -> Proof | None:
        """What the signature within an act is worth; None where it has none, or one that is not good."""
        detached = detached_in(line, self._draft)
        if detached is None:
            return None
        found = self._surely.signer(DeviceId(detached.device))  # type: ignore[arg-type]
        if found is None or not verify(found[1], detached.message, detached.sig):
            return None
        account = found[0]
        author = author_of(self._rights.newest, account, self._surely.delegation(account))
        content = line.content
        receipt = self._receipt(content["objection"]) if content["t"] == "silence_late" else "none"
        return Proof(detached.device, account, author.delegation, receipt)  # type: ignore[arg-type]

    def _receipt(self, objection: OfflineObjection) -> str:
        """Whether the server had an objection that the acts lack, by its own receipt."""
        receipt, said = objection.get("receipt"), read_objection(objection["statement"])
        if receipt is None:
            return "none"
        key = self._surely.ledger_key()
        if key is None or said is None or not said["item"]:
            return "bad"
        signed = receipt_bytes(
            room=self._room,
            draft=self._draft,
            item=said["item"],
            number=receipt["number"],
            head=receipt["head"],
            at_ms=receipt["at_ms"],
        )
        if not verify(key, signed, unb64(receipt["receipt"])):
            return "bad"
        kept = self._log.line(receipt["number"])
        return "kept" if kept is not None and b64(kept.envelope.item_hash) == said["item"] else "missing"

    def _take_snapshot(self, line: Line, plaintext: bytes) -> None:
        try:
            content = parse_draft_state(plaintext)
            state = read_state(parse_jcs(content.state), self._draft, content.through)
        except (Refusal, NotCanonicalError, MalformedStateError):
            self._log.refuse(line, MALFORMED, "malformed", "no state of the acts")
            return
        there = (content.stream, content.through) == (ACTS, line.envelope.seen_number)
        if not there or not hmac.compare_digest(hashlib.sha256(STATE_LABEL + content.state).digest(), content.hash):
            self._log.refuse(line, SNAPSHOT, "snapshot", f"through {content.through} it says {content.hash.hex()}")
            return
        ours = self._at(content.through)
        seen = _Snapshot(line, content.through, content.hash, state)
        if ours is None or self.is_unconfirmed:
            if content.through >= self._sealed and self._agrees(seen):
                self._snapshots.append(seen)
                self._adopt(self._basis or seen)
        elif state_hash(ours) == content.hash:
            self._snapshots.append(seen)
        else:
            evidence = f"through {content.through} it says {content.hash.hex()}, here {state_hash(ours).hex()}"
            self._log.refuse(line, SNAPSHOT, "snapshot", evidence)

    def _agrees(self, seen: "_Snapshot") -> bool:
        """Whether a state is not against what everybody can read: the chain, and who may do what."""
        last = next((act.line for act in reversed(self.acts) if act.line.number <= seen.through), None)
        tables = [act.line.content for act in self.acts if act.line.number <= seen.through]
        table = next((one["table"] for one in reversed(tables) if one["t"] in {"founding", "rights"}), None)
        here = None if last is None else (last.number, last.head)
        return here == (seen.state["number"], seen.state["head"]) and seen.state["rights"] == table

    def _take_countersign(self, line: Line, body: bytes) -> None:
        try:
            named = parse_countersign(body)
        except ValueError:
            self._log.refuse(line, MALFORMED, "malformed", "it confirms nothing")
            return
        seen = next((one for one in self._snapshots if one.line.number == named.snapshot), None)
        if seen is None or seen.hash != named.state_hash or not self._rights.may_confirm(line.author, seen.line.author):
            return
        self.confirmed.add(named.snapshot)
        if self._basis is not None and self._basis.line.number not in self.confirmed:
            self._adopt(seen)

    def _at(self, through: int) -> ActsState | None:
        """The state after item ``through``; None where acts before it can not be read."""
        basis = self._basis
        if basis is None and any(act.line.number <= through for act in self.acts if _is_sealed(act)):
            return None
        if basis is not None and through < basis.through:
            return None
        first, start = (0, None) if basis is None else (basis.through, basis.state)
        return reduce([act.line for act in self.acts if first < act.line.number <= through], self._context, start)

    def _adopt(self, seen: "_Snapshot") -> None:
        """Go on from a snapshot, for want of the acts that it holds."""
        later = [act.line for act in self.acts if act.line.number > seen.through]
        self._basis = seen
        self._state = reduce(later, self._context, seen.state)


@dataclass(frozen=True, slots=True)
class _Snapshot:
    """A snapshot of the acts; ``hash`` has 32 bytes."""

    line: Line
    through: int
    hash: bytes
    state: ActsState


def _is_sealed(act: Act) -> bool:
    content = act.line.content
    return content["t"] == "unread" and content["reason"] == "sealed"


def state_hash(state: ActsState) -> bytes:
    """Return the hash of what the acts come to, 32 bytes."""
    return hashlib.sha256(STATE_LABEL + jcs(state)).digest()


def _fields(line: ActLine) -> dict[str, Any]:
    return {name: getattr(line, name) for name in line.__slots__}
