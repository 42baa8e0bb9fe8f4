"""What has to be looked at in the ledger, again and again. Twin of static/src/member/ledger/rounds.ts.

log's newest checkpoint → members' words → own entries → people's lists → rooms' roots
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, Final, Protocol

from portal.member.content_fields import is_count
from portal.member.e2ee.bundle import LoggedRoot
from portal.member.ledger import log
from portal.member.ledger.evidence import note_of
from portal.member.ledger.follower import LogFollower
from portal.member.ledger.kept import By, LedgerStore, OwnEntry, Scanned, Signed
from portal.member.ledger.listings import Shown, judged
from portal.member.ledger.watch import scan, unexplained
from portal.member.ledger.word import word_in
from portal.member.room import Room
from portal.member.rows import Row
from portal.member.work import MemberError, Work, get, is_passing
from portal.wire.ids import AccountId, DeviceId, b64, unb64
from portal.wire.ledger.entries import NONCE_BYTES, TAG_BYTES, Entry, Kind, Statement, commitment
from portal.wire.ledger.merkle import HASH_BYTES, leaf_hash, verify_inclusion
from portal.wire.ledger.note import parse_note
from portal.wire.ledger.proof import LedgerProof

HOUR_S: Final = 3600.0
SOON_S: Final = 15.0
_ROOTS_S: Final = 600.0
PAUSE_S: Final = 10.0
"""A log that grows all the time is not asked at every message."""


class Listed(Protocol):
    """People, as the rounds see them."""

    @property
    def own(self) -> AccountId:
        """The account whose member this is."""

    def refresh(self, accounts: Iterable[AccountId]) -> Work[None]:
        """Fetch these accounts' lists anew."""

    def shown(self, account: AccountId) -> Shown | None:
        """Return a verified list as it was shown last."""

    def own_devices(self) -> list[DeviceId]:
        """Return the devices of the own list that are not revoked."""


class Rounds:
    """Looks at everything at once, or hears single words."""

    def __init__(self, store: LedgerStore, people: Listed, own: DeviceId) -> None:
        self.store = store
        self.log_follower = LogFollower(store)
        self._people = people
        self._own = own
        self._rooted_s: float | None = None

    def look(self, rooms: Iterable[Room]) -> Work[None]:
        """Look at everything now.

        Raises:
            MemberError: of a passing kind: try again soon.
        """
        if not (yield from self.log_follower.advance()):
            return
        tree = self.store.state.newest
        if tree is None or tree.size == 0:
            return
        yield from self._watch_own(tree)
        yield from self._judge_people(tree)
        # What enters every ten minutes need not be asked for more often, however often this comes.
        if self._rooted_s is not None and 0 <= self.store.now_s() - self._rooted_s < _ROOTS_S:
            return
        for room in rooms:
            yield from self._compare_root(room, tree)
        self._rooted_s = self.store.now_s()

    def hear(self, room: Room, rows: Sequence[Row]) -> Work[None]:
        """Take in what the authors of these rows say of the ledger: of each device what it said last."""
        if self.store.state.vkey is None:
            return
        newest = {
            row.device: row
            for row in rows
            if row.state == "open" and row.account is not None and row.plaintext is not None and row.device != self._own
        }
        for row in newest.values():
            word = word_in(row.plaintext or b"")
            if word is not None and row.account is not None and word != self.store.word():
                yield from self.log_follower.hear(word, By(room.data.room, row.account, row.device, row.item))

    def compare(self) -> Work[None]:
        """Hold what members said against the log."""
        if self.store.state.pending:
            yield from self.log_follower.advance()

    @property
    def is_waiting(self) -> bool:
        """Whether somebody's list waits to be entered, or somebody's word to be compared."""
        entering = any(listing.proven < listing.newest for listing in self.store.listings.values())
        return self.store.state.vkey is not None and (entering or bool(self.store.state.pending))

    def _watch_own(self, tree: Signed) -> Work[None]:
        """Every entry about the own list must be one that the list explains; its devices ones that the person knows."""
        yield from self._note_devices()
        own = self._people.own
        shown = self._people.shown(own)
        places = [] if shown is None else [place.index for place in shown.places if place is not None]

        def keep(scanned: Scanned | None, entries: tuple[OwnEntry, ...]) -> Work[None]:
            yield from self.store.change(scanned=scanned, own=entries)

        before = self.store.state.scanned, self.store.state.own
        try:
            yield from scan(own, before, tree, min(places, default=None), keep)
        except MemberError as error:
            if is_passing(error):
                raise
            yield from self.store.withheld("entries", error.code)
            return
        # After the entries were read: what explains them was there before them.
        yield from self._people.refresh([own])
        shown = self._people.shown(own)
        for entry in [] if shown is None else unexplained(own, self.store.state.own, shown):
            yield from self._shout(entry, tree)
        yield from self._note_devices()

    def _note_devices(self) -> Work[None]:
        present, known = self._people.own_devices(), self.store.state.devices
        yield from self._close_removed(present)
        fresh = [] if known is None else [device for device in present if device not in known]
        for device in fresh:
            yield from self.store.found("own-device", f"own-device {device}", self._people.own, detail=device)
        if known is None or fresh:
            yield from self.store.change(devices=tuple(dict.fromkeys([*(known or ()), *present])))

    def _close_removed(self, present: Sequence[DeviceId]) -> Work[None]:
        """A device that was removed asks for no answer any more."""
        gone = {
            one.id
            for one in self.store.state.findings
            if one.kind == "own-device" and not one.answered and one.detail not in present
        }
        if gone:
            after = (replace(one, answered=True) if one.id in gone else one for one in self.store.state.findings)
            yield from self.store.change(findings=tuple(after))

    def _shout(self, entry: OwnEntry, tree: Signed) -> Work[None]:
        key = self.store.key
        hashes = yield from log.inclusion(entry.index, tree.size)
        said = {
            "evidence": "portal ledger entry",
            "v": 1,
            "key": self.store.state.vkey,
            "kind": int(Kind.DEVICE_LIST),
            "account": self._people.own,
            "index": entry.index,
            "commitment": b64(entry.commitment),
            "hashes": [b64(one) for one in hashes],
            "checkpoint": None if key is None else note_of(key, tree),
        }
        text = json.dumps(said, ensure_ascii=False, separators=(",", ":")) + "\n"
        index = str(entry.index)
        yield from self.store.found("own-entry", f"own-entry {index}", self._people.own, detail=index, evidence=text)

    def _judge_people(self, tree: Signed) -> Work[None]:
        placeless = [account for account in self._open() if self.store.listings[account].place is None]
        yield from self._people.refresh(placeless)
        passing: MemberError | None = None
        for account in self._open():
            try:
                after = yield from judged(account, self.store.listings[account], tree, self.store.now_s())
            except MemberError as error:
                passing = error
                continue
            yield from self.store.put_listings({account: after})
        if passing is not None:
            raise passing

    def _open(self) -> list[AccountId]:
        listings = self.store.listings.items()
        return [account for account, one in listings if account != self._people.own and one.proven < one.newest]

    def _compare_root(self, room: Room, tree: Signed) -> Work[None]:
        """The newest root of the room that the ledger holds must be one of the chain that is here."""
        if room.data.standing != "member" or room.data.base is None:
            return
        root = yield from self._newest_root(room, tree)
        if root is None:
            return
        if (yield from _proof_of(room, root, tree)) is not None:
            yield from room.check_head(root["number"], unb64(root["head"]))
        else:
            yield from self.store.withheld(f"root {room.data.room}", str(root["index"]))

    def logged_roots(self, room: Room) -> Work[list[LoggedRoot]]:
        """Return the newest head of the room in the ledger, with its proof."""
        tree, key = self.store.state.newest, self.store.key
        root = None if tree is None else (yield from self._newest_root(room, tree))
        base = room.data.base
        if tree is None or key is None or root is None or base is None or root["number"] < base.number:
            return []
        proof = yield from _proof_of(room, root, tree)
        if proof is None:
            return []
        text = LedgerProof(root["index"], tuple(proof), parse_note(note_of(key, tree))).to_text()
        return [LoggedRoot(root["number"], unb64(root["nonce"]), unb64(root["tag"]), key.to_text(), text)]

    def logged_entry(
        self, kind: Kind, statement: Statement, index: int, opening: tuple[bytes, bytes]
    ) -> Work[tuple[str, str] | None]:
        """Return the ledger's key and a proof, both as text, that it holds an entry; None if that can not be shown.

        ``opening``: the entry's nonce (32 bytes) and tag (16 bytes).
        """
        tree, key = self.store.state.newest, self.store.key
        if tree is None or key is None or index >= tree.size:
            return None
        nonce, tag = opening
        leaf = leaf_hash(Entry(kind, tag, commitment(kind, nonce, statement)).to_bytes())
        proof = yield from _refused_is_empty(index, tree.size)
        if not verify_inclusion(leaf, index, tree.size, proof, tree.root):
            return None
        return key.to_text(), LedgerProof(index, tuple(proof), parse_note(note_of(key, tree))).to_text()

    def _newest_root(self, room: Room, tree: Signed) -> Work[dict[str, Any] | None]:
        """The newest root that the ledger holds of items that are here, by the server's word."""
        try:
            answer = yield from get(f"/api/rooms/{room.data.room}/roots")
        except MemberError as error:
            if is_passing(error):
                raise
            return None  # not a member any more
        roots = [root for root in answer if _is_root(root)] if isinstance(answer, list) else []
        held = (one for one in roots if one["number"] <= room.data.number and one["index"] < tree.size)
        return next(held, None)


def _proof_of(room: Room, root: dict[str, Any], tree: Signed) -> Work[list[bytes] | None]:
    """The hashes that show that the tree holds this root, or None if it does not."""
    statement = {"head": root["head"], "number": root["number"], "room": room.data.room}
    committed = commitment(Kind.ROOM_ROOT, unb64(root["nonce"]), statement)
    leaf = leaf_hash(Entry(Kind.ROOM_ROOT, unb64(root["tag"]), committed).to_bytes())
    proof = yield from _refused_is_empty(root["index"], tree.size)
    return proof if verify_inclusion(leaf, root["index"], tree.size, proof, tree.root) else None


def answered(store: LedgerStore, id_: str) -> Work[None]:
    """Note that the person has seen a finding. Of another key: it is the log's from now on."""
    found = next((one for one in store.state.findings if one.id == id_), None)
    if found is None:
        raise MemberError("item.unknown", item=id_)
    seen = replace(found, answered=True, id=f"key {found.at_s}" if found.kind == "key" else found.id)
    findings = tuple(seen if one is found else one for one in store.state.findings)
    anew: dict[str, Any] = {"vkey": None, "newest": None, "scanned": None, "own": (), "pending": ()}
    yield from store.change(findings=findings, **(anew if found.kind == "key" else {}))


def _refused_is_empty(index: int, size: int) -> Work[list[bytes]]:
    try:
        return (yield from log.inclusion(index, size))
    except MemberError as error:
        if is_passing(error):
            raise
        return []


_ROOT_BYTES: Final = {"head": HASH_BYTES, "nonce": NONCE_BYTES, "tag": TAG_BYTES}


def _is_root(said: Any) -> bool:
    if not isinstance(said, dict) or not is_count(said.get("number")) or not is_count(said.get("index")):
        return False
    try:
        return all(len(unb64(said[name])) == length for name, length in _ROOT_BYTES.items())
    except (ValueError, TypeError, KeyError, AttributeError):
        return False
