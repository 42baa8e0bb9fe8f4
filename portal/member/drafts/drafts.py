"""The drafts of a member's rooms: found, loaded and brought up to the server."""

from dataclasses import dataclass, field
from typing import Final

from portal.member.answers import checked
from portal.member.drafts.acts import Surely
from portal.member.drafts.draft import Draft, KeptDraft
from portal.member.drafts.sending import DraftSender
from portal.member.drafts.serving import ServedDraft, fetch_drafts
from portal.member.member import Member
from portal.member.work import MemberError, Work, get, read_all, write
from portal.wire.drafts.acts import SILENCE_MIN_MS
from portal.wire.ids import AccountId, DeviceId, DraftId, RoomId, is_id
from portal.wire.ledger.note import parse_vkey

DEMONSTRATION_SILENCE_MIN_MS: Final = 10_000
_DELEGATIONS: Final = [{"id": is_id, "code": str}]


@dataclass(frozen=True, slots=True)
class DraftEntry:
    """A draft, and what sends to it."""

    draft: Draft
    sender: DraftSender


@dataclass
class Drafts:
    """All drafts of one member that were looked at."""

    member: Member
    delegations: dict[str, str] = field(default_factory=dict)
    """Ids by codes, as the server says."""
    silence_min_ms: int = SILENCE_MIN_MS
    _entries: dict[tuple[RoomId, DraftId], DraftEntry] = field(default_factory=dict)
    _asked: bool = False

    def of(self, room: RoomId) -> list[DraftEntry]:
        """Return the drafts of a room that are here, the oldest first."""
        found = [entry for (where, _), entry in self._entries.items() if where == room]
        return sorted(found, key=lambda entry: (entry.draft.kept.created_ms, entry.draft.draft))

    def entry(self, room: RoomId, draft: DraftId) -> DraftEntry:
        """Return a draft that is here; MemberError draft.not_found."""
        entry = self._entries.get((room, draft))
        if entry is None:
            raise MemberError("draft.not_found")
        return entry

    def sync(self, room: RoomId) -> Work[list[DraftEntry]]:
        """Bring all drafts of a room up to the server; returns them."""
        yield from self.learn()
        for served in (yield from fetch_drafts(room)):
            entry = yield from self.enter(room, served)
            yield from entry.draft.sync(served)
        return self.of(room)

    def sync_one(self, room: RoomId, draft: DraftId) -> Work[DraftEntry]:
        """Bring one draft up to the server; MemberError draft.not_found."""
        yield from self.learn()
        served = next((one for one in (yield from fetch_drafts(room)) if one.draft == draft), None)
        if served is None:
            raise MemberError("draft.not_found")
        entry = yield from self.enter(room, served)
        yield from entry.draft.sync(served)
        return entry

    def enter(self, room: RoomId, served: ServedDraft) -> Work[DraftEntry]:
        """Take up a draft, with what the store has of it."""
        known = self._entries.get((room, served.draft))
        if known is not None:
            return known
        kept = (yield from read_all(f"draft:{room}", KeptDraft)).get(served.draft)
        if kept is None:
            kept = KeptDraft(served.created_ms, served.founder, {})
            yield from write({f"draft:{room}:{served.draft}": kept})
        place = self.member.entry(room)
        draft = Draft(place.room, kept, served.draft, self.delegations, self._surely(), self.silence_min_ms)
        yield from draft.load()
        entry = self._entries[room, served.draft] = DraftEntry(draft, DraftSender(draft, place.sender))
        return entry

    def learn(self) -> Work[None]:
        """Learn which delegations there are, and how long a silence lasts here at least; again for a new delegation."""
        people = self.member.people
        codes = {person.delegation for one in people.accounts() if (person := people.person(one)) is not None}
        if self._asked and codes <= {"", *self.delegations}:
            return
        answer = checked((yield from get("/api/delegations")), _DELEGATIONS)
        self.delegations.update({one["code"]: one["id"] for one in answer})
        health = yield from get("/healthz")
        demonstration = isinstance(health, dict) and health.get("demonstration") is True
        self.silence_min_ms = DEMONSTRATION_SILENCE_MIN_MS if demonstration else SILENCE_MIN_MS
        self._asked = True

    def _surely(self) -> Surely:
        people = self.member.people

        def signer(device: DeviceId) -> tuple[AccountId, bytes] | None:
            owner = people.owner(device, people.accounts())
            return None if owner is None else (owner.account, owner.listed.key)

        def delegation(account: AccountId) -> str:
            person = people.person(account)
            return "" if person is None else self.delegations.get(person.delegation, "")

        return Surely(signer, delegation, self._ledger_key)

    def _ledger_key(self) -> bytes | None:
        """The key by which this member knows the ledger, 32 bytes."""
        vkey = self.member.ledger.state.vkey
        return None if vkey is None else parse_vkey(vkey).key
