"""Sending what waits for a draft: one item in flight, in order, across bad networks and others' items.

| the server says             | then                                                                       |
|-----------------------------|----------------------------------------------------------------------------|
| a number                    | the stream brings it; it is done                                           |
| nothing, or come later      | the same bytes again, when the connection is back                          |
| stale epoch, sequence, …    | look whether it stands in the stream; if not, seal anew (same item id)     |
| the stream is another one   | alarm: fork; nothing more is sent to this draft                            |
| snapshot taken, countersign | somebody else was first: forgotten                                         |
| anything else               | failed                                                                     |
"""

from dataclasses import dataclass
from typing import Any, Final

from portal.member.answers import checked, is_b64
from portal.member.drafts.draft import Draft, first_common_epoch
from portal.member.drafts.outgoing import DraftOut
from portal.member.drafts.serving import SUBMITTED, fetch_drafts
from portal.member.drafts.stream import Line, SentItem, StreamLog
from portal.member.e2ee.draft import DraftPlace, seal_draft_item, sign_draft_item
from portal.member.e2ee.record import RecordKey
from portal.member.plans import Wish
from portal.member.sender import Sender
from portal.member.work import Ask, MemberError, Work, is_passing, judged
from portal.wire.drafts.countersign import Countersign, countersign_body
from portal.wire.drafts.envelope import is_sealed
from portal.wire.drafts.rights import may_write
from portal.wire.drafts.streams import ACTS, DraftItemKind, Stream, parse_stream_name
from portal.wire.ids import ItemId, unb64

_ATTEMPTS: Final = 8
_SUBMIT_S: Final = 60.0
_UNSENT: Final = frozenset({"item.stale_epoch", "item.sequence", "item.conflict", "draft.behind"})
_OUTRUN: Final = frozenset({"draft.snapshot_taken", "draft.countersign"})
_MADE_ANEW: Final = frozenset({DraftItemKind.SNAPSHOT, DraftItemKind.REVISION})
UPDATES_MAX: Final = 500
UPDATES_MAX_BYTES: Final = 256 << 10
"""After so many updates, or so many bytes of them, a snapshot takes their place."""


@dataclass
class DraftSender:
    """Sends what waits for one draft. ``rooms`` is the sender of its room, which makes commits."""

    draft: Draft
    rooms: Sender

    def add(self, stream: Stream, kind: DraftItemKind, plaintext: bytes) -> Work[ItemId]:
        """Keep an item for sending.

        Raises:
            MemberError: draft.right_required, draft.blocked, room.* if it never could be sent.
        """
        gate = self.draft.room.gate(by_draft=True)
        if gate is not None and not gate.passing:
            raise MemberError(gate.code)
        if self.draft.is_blocked:
            raise MemberError("draft.blocked")
        if not may_write(self.draft.me(), stream.kind, stream.owner, kind):
            raise MemberError("draft.right_required")
        return (yield from self.draft.outgoing.add(stream.name, kind, plaintext))

    def send_all(self) -> Work[None]:
        """Send what waits; MemberError of a passing kind ends it for now, and the rest waits."""
        while (out := self.draft.outgoing.first_waiting()) is not None:
            gate = self.draft.room.gate(by_draft=True)
            if gate is not None and gate.passing:
                raise MemberError(gate.code)
            try:
                if gate is not None or self.draft.is_blocked:
                    raise MemberError("draft.blocked" if gate is None else gate.code)  # noqa: TRY301 - it fails alike
                yield from self._send(out.item)
            except MemberError as error:
                if is_passing(error):
                    raise
                yield from self._fail(out.item, error.code)

    def deliver(self, stream: Stream, kind: DraftItemKind, plaintext: bytes) -> Work[int]:
        """Send one item and return its number; MemberError if it could not be sent, also where it goes on waiting."""
        item = yield from self.add(stream, kind, plaintext)
        yield from self.send_all()
        out = self.draft.outgoing.find(item)
        if out is not None:
            yield from self.draft.outgoing.discard(out)
            raise MemberError(out.failure or "commit.lost")
        device = self.draft.room.keyholder.device.device
        return self.draft.log(stream).number_of(device, item) or 0

    def tend(self) -> Work[bool]:
        """Confirm a snapshot that is right, or make one that is due; whether there was anything to do."""
        me = self.draft.me()
        entry = first_common_epoch(self.draft.room)
        if self.draft.acts.is_whole and _is_outdated(self.draft.log(ACTS), self.draft.acts.newest_snapshot, entry):
            return (yield from self._offer(ACTS, DraftItemKind.SNAPSHOT, b""))
        if (said := self.draft.acts.to_confirm(me)) is not None:
            return (yield from self._offer(ACTS, DraftItemKind.COUNTERSIGN, countersign_body(said)))
        for stream, document in self.draft.documents.items():
            newest = document.newest
            to_confirm = newest is not None and newest.rebuilt and newest.line.number not in document.confirmed
            if newest is not None and to_confirm and document.may_confirm(me, newest):
                body = countersign_body(Countersign(newest.line.number, newest.content.hash))
                return (yield from self._offer(stream, DraftItemKind.COUNTERSIGN, body))
            updates = document.updates_since_snapshot()
            size_bytes = sum(len(line.envelope.body) for line in updates)
            outdated = _is_outdated(document.log, None if newest is None else newest.line, entry)
            due = outdated or len(updates) >= UPDATES_MAX or size_bytes >= UPDATES_MAX_BYTES
            if due and document.document is not None:
                return (yield from self._offer(stream, DraftItemKind.SNAPSHOT, b""))
        return False

    def _offer(self, stream: Stream, kind: DraftItemKind, plaintext: bytes) -> Work[bool]:
        if self.draft.is_blocked or not may_write(self.draft.me(), stream.kind, stream.owner, kind):
            return False
        yield from self.draft.outgoing.add(stream.name, kind, plaintext)
        yield from self.send_all()
        return True

    def _send(self, item: ItemId) -> Work[None]:
        draft = self.draft
        for _ in range(_ATTEMPTS):
            out = draft.outgoing.find(item)
            if out is None:
                return
            if out.raw is None:
                yield from self.rooms.settle()
                if draft.room.needs_commit(draft.room.keyholder.now_s()):
                    yield from self.rooms.change(Wish(rotate=True))
                out = yield from self._seal(out)
            sequence = draft.log(_stream(out)).next_sequence(draft.room.keyholder.device.device)
            try:
                yield from self._submit(out)
            except MemberError as error:
                if (yield from self._refused(out, judged(error, sequence))):
                    return
                continue
            return
        raise MemberError("commit.lost")

    def _submit(self, out: DraftOut) -> Work[None]:
        draft, raw = self.draft, out.raw or b""
        path = f"/api/rooms/{draft.room.data.room}/drafts/{draft.draft}/items"
        answer: dict[str, Any] = checked((yield Ask("POST", path, raw, timeout_s=_SUBMIT_S)), SUBMITTED)
        stream = _stream(out)
        receipt = answer.get("receipt")
        item = SentItem(answer["number"], answer["at_ms"], raw, receipt if is_b64(receipt) else None)
        if (yield from draft.receive(stream, item)) or draft.log(stream).number < item.number:
            yield from self._sync()
        if (still := draft.outgoing.find(out.item)) is not None:
            yield from draft.outgoing.discard(still)  # what a snapshot holds by now is not seen to arrive any more
        draft.check_head(stream, item.number, unb64(answer["head"]))

    def _seal(self, out: DraftOut) -> Work[DraftOut]:
        """Seal an item under the newest epoch and keep it so."""
        room, stream = self.draft.room, _stream(out)
        yield from room.ensure_shares([room.data.bucket])
        key = room.ring.key(room.data.epoch)
        if key is None:
            raise MemberError("room.no_key")
        raw = self._sealed(out, stream, key)
        return (yield from self.draft.outgoing.change(out, raw=raw))

    def _sealed(self, out: DraftOut, stream: Stream, key: RecordKey) -> bytes:
        log, device = self.draft.log(stream), self.draft.room.keyholder.device
        sequence = log.next_sequence(device.device)
        place = DraftPlace(self.draft.draft, stream, device.device, sequence, out.item, log.number, log.head)
        if not is_sealed(out.kind):
            return sign_draft_item(key, out.kind, place, out.plaintext, device.key).encode()
        plaintext = out.plaintext
        if out.kind in _MADE_ANEW:
            acts, document = self.draft.acts, self.draft.documents.get(stream)
            state = acts.make_snapshot() if document is None else document.make_snapshot()
            if state is None:
                raise MemberError("draft.no_state")
            plaintext = state.to_bytes()
        return seal_draft_item(key, out.kind, place, plaintext, device.key).encode()

    def _refused(self, out: DraftOut, error: MemberError) -> Work[bool]:
        """Return True if the item is not needed any more, False if it is to be tried again; raise if it failed."""
        draft, stream = self.draft, _stream(out)
        if error.code in _OUTRUN:
            yield from draft.outgoing.discard(out)
            yield from self._sync()
            return True
        if error.code == "record.fork":
            log = draft.log(stream)
            evidence = f"the server does not know head {log.head.hex()} at {log.number}"
            log.alarm("fork", log.number, None, evidence)
        if error.code not in _UNSENT:
            raise error
        yield from draft.room.sync()
        yield from self._sync()
        still = draft.outgoing.find(out.item)
        if still is None:
            return True
        yield from draft.outgoing.change(still)
        expected = error.detail.get("expected")
        if error.code == "item.sequence" and isinstance(expected, int):
            draft.log(stream).trust_sequence(draft.room.keyholder.device.device, expected)
        return False

    def _sync(self) -> Work[None]:
        served = yield from fetch_drafts(self.draft.room.data.room)
        for one in served:
            if one.draft == self.draft.draft:
                yield from self.draft.sync(one)

    def _fail(self, item: ItemId, code: str) -> Work[None]:
        out = self.draft.outgoing.find(item)
        if out is None:
            return
        if out.kind in {DraftItemKind.SNAPSHOT, DraftItemKind.COUNTERSIGN}:
            yield from self.draft.outgoing.discard(out)  # nobody waits for it
        else:
            yield from self.draft.outgoing.change(out, raw=out.raw, failure=code)


def _is_outdated(log: StreamLog, newest: Line | None, entry: int) -> bool:
    """Whether somebody has come since, who can read neither the first items nor the newest snapshot."""
    behind = any(line.envelope.epoch < entry for line in log.lines)
    return behind and (newest is None or newest.envelope.epoch < entry)


def _stream(out: DraftOut) -> Stream:
    stream = parse_stream_name(out.stream)
    if stream is None:
        msg = f"no stream {out.stream}"
        raise ValueError(msg)
    return stream
