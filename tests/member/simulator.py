"""A server in memory for tests of the member's core, that can be made to lie; and people who fill its rooms.

It answers what portal.member asks (docs/protocol.md §6) and checks nothing: what it must not get away with is for the
core to notice. The people use real keys and real MLS groups.
"""

import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from portal.member.driver import Driver
from portal.member.e2ee.devices import statement_to_json
from portal.member.e2ee.group import GroupChange, Offer, RoomGroup, found_group, make_offer, make_room_commit
from portal.member.e2ee.identity import DeviceIdentity
from portal.member.e2ee.record import RecordKey, derive_record_key, sign_item
from portal.member.e2ee.ring import Base, GrantContent, RingEntry, seal_grant
from portal.member.e2ee.vault import VaultContent, new_vault_key, seal_vault
from portal.member.member import Member, reopen
from portal.member.session import Opened, Session
from portal.member.store import Store
from portal.member.vault import Vault
from portal.member.work import Ask, MemberError
from portal.wire.envelope import Envelope, ItemKind, decode_envelope
from portal.wire.ids import AccountId, DeviceId, b64, unb64
from tests.member.people import BUCKET, NOW_S, Directory, Ledger, Somebody

Json = dict[str, Any]
_ROOM_PATH: Final = re.compile(r"/api/rooms/([\w-]{22})(?:/(\w+))?(?:\?(.*))?")


@dataclass
class Host:
    """The server: one room, its people, and this member's grants and welcome."""

    people: list[Somebody]
    ledger: Ledger = field(default_factory=Ledger)
    share: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    members: list[AccountId] = field(default_factory=list)
    grants: list[Json] = field(default_factory=list)
    welcome: Json | None = None
    vault: Json = field(default_factory=dict)
    wanting: Json = field(default_factory=lambda: {"add": [], "remove": [], "rejoin": []})
    visible_from: int = 1
    epoch: int = 0
    cards: Json = field(default_factory=dict)
    """Who answers for which account that is an interpreter."""
    asked: list[Ask] = field(default_factory=list)
    refuse: Callable[[Ask], MemberError | None] | None = None
    """What to refuse, and how."""

    def ask(self, asked: Ask) -> Any:
        """Answer one request; MemberError if ``refuse`` says so."""
        self.asked.append(asked)
        error = None if self.refuse is None else self.refuse(asked)
        if error is not None:
            raise error
        room = _ROOM_PATH.fullmatch(asked.path)
        if room is not None:
            return self._of_room(asked, room[2], room[3])
        return self._of_account(asked)

    def posted(self, ending: str) -> list[Ask]:
        """What was sent to paths with this end."""
        return [asked for asked in self.asked if asked.method != "GET" and asked.path.endswith(ending)]

    def _of_account(self, asked: Ask) -> Any:
        if asked.path == "/api/vault" and asked.method == "PUT":
            self.vault = asked.body
        answers: dict[str, Callable[[], Any]] = {
            "/api/me": lambda: {"vault_version": self.vault["version"]},
            "/api/vault": lambda: self.vault,
            "/api/rooms": lambda: [self.answer()],
            "/api/people": lambda: [_person(one) | {"interpreter": self.cards.get(one.account)} for one in self.people],
            "/api/device-lists": lambda: self._lists(asked.body["accounts"]),
            "/api/key-packages/count": lambda: {"left": 12, "last_resort": True},
            "/api/key-packages": lambda: {"left": 12, "last_resort": True},
        }
        return answers[asked.path]()

    def _lists(self, accounts: Sequence[AccountId]) -> Json:
        lists = {one.account: list(map(statement_to_json, one.statements)) for one in self.people}
        return {account: lists[account] for account in accounts if account in lists}

    def answer(self) -> Json:
        """The room as the server shows it."""
        members = [{"account": account, "role": "member", "since": 0} for account in self.members]
        fields: Json = {"room": self.ledger.room, "kind": "huddle", "state": "active", "role": "member"}
        fields |= {"number": self.ledger.number, "head": b64(self.ledger.heads[-1]), "epoch": self.epoch}
        return fields | {
            "members": members,
            "cursor": 0,
            "visible_from": self.visible_from,
            "wanting": self.wanting,
        }

    def _of_room(self, asked: Ask, what: str | None, query: str | None) -> Any:
        answers: dict[tuple[str, str | None], Callable[[], Any]] = {
            ("GET", None): self.answer,
            ("GET", "record"): lambda: self.record(int((query or "").removeprefix("after=").partition("&")[0])),
            ("GET", "grants"): lambda: self.grants,
            ("GET", "shares"): lambda: [{"bucket": BUCKET + day, "share": b64(self.share)} for day in (0, 1)],
            ("GET", "welcome"): self._welcome,
            ("POST", "items"): lambda: self._append(asked.body),
            ("POST", "commits"): lambda: self._append(unb64(asked.body["envelope"])),
        }
        return answers.get((asked.method, what), dict)()

    def _welcome(self) -> Json:
        if self.welcome is None:
            raise MemberError("welcome.none")
        return self.welcome

    def _append(self, raw: bytes) -> Json:
        """Take an item; the same bytes again are acknowledged again."""
        envelopes = [item.encode() for item in self.ledger.items]
        if raw not in envelopes:
            envelope = self.ledger.append(decode_envelope(raw))
            self.epoch += envelope.kind is ItemKind.COMMIT
            envelopes.append(raw)
        number = envelopes.index(raw) + 1
        return {"number": number, "head": b64(self.ledger.heads[number]), "at_ms": NOW_S * 1000}

    def record(self, after: int) -> bytes:
        """The record's stream from an item on."""
        stream = b""
        for number, item in enumerate(self.ledger.items, start=1):
            raw = item.encode()
            if number > after:
                stream += number.to_bytes(8, "big") + (NOW_S * 1000).to_bytes(8, "big")
                stream += len(raw).to_bytes(4, "big") + raw
        return stream


class Scene:
    """A room of Ada's, real to the last byte, and a Python member whom she has let in or not yet."""

    def __init__(self, store: Store, history: str = "all") -> None:
        self.ada, self.me = Somebody(), Somebody()
        self.browser, self.device = self.ada.adds(), self.me.adds()
        self.host = Host([self.ada, self.me], members=[self.ada.account])
        self.ledger = self.host.ledger
        self.room = self.ledger.room
        self.group = found_group(self.room, BUCKET, history, self.browser)
        self.ledger.found(self.browser, history)
        self.store = store
        self.driver = Driver(store, self.host)
        self.now_s = float(NOW_S)
        self.member = self._member()
        self.offer = make_offer(self.device, NOW_S)
        self.keep_offer(self.offer)

    @property
    def here(self) -> Any:
        """The room as the member has it."""
        return self.member.entry(self.room).room

    def catch_up(self) -> None:
        """Have the member take up everything."""
        self.driver.run(self.member.catch_up())

    def keep_offer(self, offer: Offer) -> None:
        """Put an offer's private half into the member's store."""
        self.store.write({f"offer:{offer.ref.hex()}": offer})

    def key(self, group: RoomGroup | None = None) -> RecordKey:
        """The record key of Ada's present epoch."""
        entry = (group or self.group).ring_entry()
        return derive_record_key(entry.value, self.host.share, self.room, entry.epoch, entry.bucket)

    def says(self, text: bytes, by: DeviceIdentity | None = None, **changes: Any) -> Envelope:
        """Append a message of Ada's first device, or another."""
        plaintext = b'{"v":1,"at":0,"t":"message","text":"' + text + b'","lang":"en"}'
        return self.ledger.say(by or self.browser, self.key(), plaintext, **changes)

    def lets_in(self, *, welcome: bool = True) -> Envelope:
        """Ada adds the member's device; without ``welcome`` only its account's ring grant comes."""
        envelope = self.commits(add=[self.offer.public])
        self.host.members = [self.ada.account, self.me.account]
        if welcome:
            self.host.welcome = {"welcome": b64(self.newest_welcome), "number": self.ledger.number}
        return envelope

    def commits(
        self,
        add: Sequence[bytes] = (),
        remove: Sequence[DeviceId] = (),
        going: Sequence[AccountId] = (),
        bucket: int = BUCKET,
    ) -> Envelope:
        """Append a commit of Ada's, with a ring grant for the member."""
        older = self.group
        change = GroupChange(bucket, self.ledger.number, self.ledger.heads[-1], add, remove, going)
        directory = Directory(*self.host.people)
        made = make_room_commit(self.group, change, directory, NOW_S)
        envelope = self.ledger.signed(self.browser, ItemKind.COMMIT, older.epoch, made.body, bucket)
        self.ledger.append(envelope)
        self.newest_welcome = made.welcome or b""
        self.group = made.group
        self.host.epoch = self.group.epoch
        self.grant(self.group, [older.ring_entry()])
        return envelope

    def grant(self, group: RoomGroup, older: Sequence[RingEntry] = (), by: DeviceIdentity | None = None) -> None:
        """Deposit a ring grant for the member."""
        base = Base(0, self.ledger.heads[0])
        content = GrantContent(self.me.account, self.room, group.epoch, base, (*older, group.ring_entry()))
        self.host.grants.append(seal_grant(content, self.me.boxes[-1].public, by or self.browser).to_json())

    def restart(self) -> None:
        """Take up the member from the store alone."""
        member = self.driver.run(reopen(lambda: self.now_s))
        assert member is not None
        self.member = member

    def _member(self) -> Member:
        vault_key = new_vault_key()
        content = VaultContent(self.me.sign.seed, tuple(box.seed for box in self.me.boxes))
        self.host.vault = seal_vault(content, vault_key, self.me.account, 1).to_json()
        vault = Vault.opened(self.me.account, vault_key, self.host.vault)
        key = self.device.key.seed
        session = Session(self.me.account, "me", self.device.device, "browser", key, vault_key, ("", ""))
        self.store.write({"session": session, **vault.keep()})
        return Member(Opened(session, vault), lambda: self.now_s)


def forged(envelope: Envelope, by: DeviceIdentity) -> Envelope:
    """The same item, signed by somebody else's key."""
    return sign_item(replace(envelope, signature=bytes(64)), by.key)


def _person(somebody: Somebody) -> Json:
    fields: Json = {"account": somebody.account, "name": f"N {somebody.account[:4]}", "handle": somebody.account[:8]}
    return fields | {"delegation": None, "roles": [], "languages": ["en"], "disabled": False}
