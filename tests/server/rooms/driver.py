"""Members of rooms for tests: real Ed25519 signatures over opaque bodies, over the HTTP API alone.

What only members could read of commits, welcomes and grants is random bytes: the server can not look into them.
``Peer`` is one device of an account; ``Peer.settle`` puts its rows into the database, because getting in is the
accounts' affair.
"""

import hashlib
import secrets
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import flask
import sqlalchemy as sa
from nacl.signing import SigningKey
from werkzeug.test import TestResponse

from portal.config import Settings
from portal.mls.codec import decode
from portal.mls.public import PublicGroup
from portal.server.accounts import sessions
from portal.server.accounts.models import Account, AccountRole, Delegation, Device
from portal.server.app import create_app
from portal.server.core.context import EXTENSION, Portal
from portal.server.core.db import Database, Unit
from portal.server.core.limits import limiter
from portal.server.rooms.feature import Rooms
from portal.server.rooms.grants import signed_bytes
from portal.server.rooms.models import RoomDevice, RoomGroup
from portal.server.rooms.requests import Grant
from portal.wire.canonical import canonical_json
from portal.wire.device_list import DeviceKind
from portal.wire.envelope import Envelope, ItemKind, decode_envelope, first_head, next_head
from portal.wire.ids import AccountId, DelegationId, DeviceId, Id, ItemId, RoomId, b64, id_bytes, new_id, unb64
from tests.server.accounts.people import COOKIE, Browser
from tests.server.rooms.mls import Commit, Package, group_info

Json = dict[str, Any]
DAY_S = 86_400
SEALED_BYTES = 1120 + 16 + 80
NOWHERE = 1000


def today() -> int:
    """The UTC day number."""
    return int(time.time()) // DAY_S


@contextmanager
def running(settings: Settings) -> Iterator[flask.Flask]:
    """The application of one installation, with its writer running, that asks nobody to wait."""
    made = create_app(settings)
    limiter.enabled = False
    rooms = portal_of(made).get(Rooms)
    rooms.start()
    yield made
    rooms.close()
    portal_of(made).database.close()
    limiter.enabled = True


def portal_of(app: flask.Flask) -> Portal:
    """What the application is made of."""
    portal: Portal = app.extensions[EXTENSION]
    return portal


def new_delegation(database: Database) -> DelegationId:
    """A delegation of its own."""
    name = DelegationId(new_id())
    code = name[:2]
    database.write(lambda unit: unit.session.add(Delegation(id=name, name=f"Delegation {name}", code=code, colour=0)))
    return name


@dataclass
class Peer:
    """One device of an account, signed in, with its own count of what it sent to each room."""

    browser: Browser
    account: AccountId
    device: DeviceId
    key: SigningKey
    kind: DeviceKind = "browser"
    sequences: dict[str, int] = field(default_factory=dict)

    @classmethod
    def settle(
        cls,
        app: flask.Flask,
        roles: Sequence[str] = ("delegate",),
        delegation: str | None = None,
        account: AccountId | None = None,
    ) -> "Peer":
        """A new device of a new account (or of ``account``), signed in; of an interpreter, if that is its role."""
        database = portal_of(app).database
        owner = account or AccountId(new_id())
        device, key = DeviceId(new_id()), SigningKey.generate()
        kind: DeviceKind = "interpreter" if tuple(roles) == ("interpreter",) else "browser"

        def put(unit: Unit) -> str:
            if account is None:
                unit.session.add(_account(owner, roles, delegation))
                unit.session.flush()
            unit.session.add(_device(device, owner, key, kind))
            unit.session.flush()
            return sessions.open_session(unit, owner, DAY_S, device)

        browser = Browser(app)
        browser.client.set_cookie(COOKIE, database.write(put))
        return cls(browser, owner, device, key, kind)

    def another_device(self) -> "Peer":
        """Another device of the same account."""
        roles = ("interpreter",) if self.kind == "interpreter" else ("delegate",)
        return Peer.settle(self.browser.app, roles, account=self.account)

    # Rooms

    def found(self, kind: str = "working_group", *, history: str = "all", room: RoomId | None = None) -> RoomId:
        """Open a room."""
        name = room or RoomId(new_id())
        self.browser.ok("POST", "/api/rooms", self.founding(name, kind, history))
        self.sequences[name] = 1
        return name

    def founding(self, room: RoomId, kind: str = "working_group", history: str = "all", **changes: Any) -> Json:
        """The request that opens a room; ``changes`` are fields of the envelope."""
        body = canonical_json({"group": room, "history": history, "suite": 83, "v": 1})
        fields: Json = {"epoch": 0, "bucket": today(), "sequence": 1, "seen_number": 0, "seen_head": first_head(room)}
        raw = self.signed(ItemKind.FOUNDING, room, **({"body": body} | fields | changes))
        info = group_info(self.account, self.device, self.key, id_bytes(room), history)
        grants = [self.grant(room, 0, self.account)]
        return {"room": room, "kind": kind, "envelope": b64(raw), "grants": grants, "group_info": b64(info)}

    def room(self, room: str) -> Json:
        """The room as the server shows it to this peer."""
        shown: Json = self.browser.ok("GET", f"/api/rooms/{room}")
        return shown

    def signed(self, kind: ItemKind, room: RoomId, *, by: SigningKey | None = None, **fields: Any) -> bytes:
        """An envelope with these fields, signed by this device (or ``by`` another key)."""
        body = fields.pop("body", None) or secrets.token_bytes(60 + 256)
        defaults: Json = {
            "kind": kind,
            "room": room,
            "device": self.device,
            "item": ItemId(new_id()),
            "body": body,
            "body_sha256": hashlib.sha256(body).digest(),
            "signature": b"",
        }
        unsigned = Envelope(**(defaults | fields))
        return replace(unsigned, signature=(by or self.key).sign(unsigned.signed_bytes).signature).encode()

    def content(self, room: RoomId, state: Json | None = None, **changes: Any) -> bytes:
        """The next content item of this device; ``changes`` are fields of the envelope, or ``by``."""
        known = state or self.room(room)
        fields = {
            "epoch": known["epoch"],
            "bucket": known["bucket"],
            "sequence": self.sequences.get(room, 0) + 1,
            "seen_number": known["number"],
            "seen_head": unb64(known["head"]),
        }
        return self.signed(ItemKind.CONTENT, room, **(fields | changes))

    def submit(self, room: RoomId, raw: bytes) -> Json:
        """Append an item that must be accepted."""
        receipt: Json = self.browser.ok("POST", f"/api/rooms/{room}/items", raw)
        self.sequences[room] = decode_envelope(raw).sequence
        return receipt

    def says(self, room: RoomId, **changes: Any) -> Json:
        """Append a content item that must be accepted."""
        return self.submit(room, self.content(room, **changes))

    def refused(self, room: RoomId, raw: bytes) -> str:
        """Submit an item that must be refused; return the code, after making sure that nothing changed."""
        before = self.browser.send("GET", f"/api/rooms/{room}").get_json()
        code = self.browser.refused("POST", f"/api/rooms/{room}/items", raw)
        assert self.browser.send("GET", f"/api/rooms/{room}").get_json() == before
        return code

    # Commits

    def commit_body(  # noqa: PLR0913 - a commit has that many parts
        self,
        room: RoomId,
        *,
        add: Iterable["Peer"] = (),
        remove: Iterable["Peer"] = (),
        roles: dict[str, str] | None = None,
        members: Iterable[str] | None = None,
        going: Iterable[str] | None = None,
        state: Json | None = None,
        said: Json | None = None,
        **changes: Any,
    ) -> Json:
        """The request of a commit; ``members`` are who gets a grant (default: who is in afterwards).

        ``going`` are the accounts that it names to go (default: those of the others' leaves that it takes out).
        ``changes`` are fields of the envelope, ``said`` those of the MLS message (mls.Commit).
        """
        known = state or self.room(room)
        added, removed = list(add), list(remove)
        fields = {
            "epoch": known["epoch"],
            "bucket": max(today(), known["bucket"]),
            "sequence": self.sequences.get(room, 0) + 1,
            "seen_number": known["number"],
            "seen_head": unb64(known["head"]),
        }
        if going is None:
            going = {peer.account for peer in removed if peer not in added and peer.account != self.account}
        named = set(going)
        fields |= changes
        message = self._message(room, fields, added, removed, {"going": sorted(map(id_bytes, named))} | (said or {}))
        fields.setdefault("body", message.message())
        by = fields.pop("by", None)
        raw = self.signed(ItemKind.COMMIT, room, by=by, **fields)
        if members is None:
            now = [member["account"] for member in known["members"] if member["account"] not in named]
            members = dict.fromkeys([*now, *(peer.account for peer in added)])
        return {
            "envelope": b64(raw),
            "added": [_addition(peer, roles or {}) for peer in added],
            "removed": [peer.device for peer in removed],
            "welcome": b64(secrets.token_bytes(500)) if added else None,
            "grants": [self.grant(room, known["epoch"] + 1, AccountId(Id(account))) for account in members],
        }

    def _message(self, room: str, fields: Json, added: list["Peer"], removed: list["Peer"], said: Json) -> Commit:
        """The MLS message that does what the request says."""
        leaves = self.leaves(room)
        parts: Json = {
            "public": self.public_group(room),
            "group": id_bytes(room),
            "epoch": fields["epoch"],
            "sender": leaves.get(self.device, NOWHERE),
            "seen_number": fields["seen_number"],
            "seen_head": fields["seen_head"],
            "bucket": fields["bucket"],
            "committer": self.package(),
            "added": [peer.package() for peer in added],
            "removed": [leaves.get(peer.device, NOWHERE + place) for place, peer in enumerate(removed)],
        }
        return Commit(**(parts | said))

    def package(self, **changes: Any) -> Package:
        """A key package of this device."""
        fields: Json = {"account": self.account, "device": self.device, "key": self.key, "kind": self.kind}
        return Package(**(fields | changes))

    def public_group(self, room: str) -> PublicGroup:
        """The public half of the room's group, which members have from the commits."""
        row = sa.select(RoomGroup.state).where(RoomGroup.room_id == room)
        state = portal_of(self.browser.app).database.read(lambda unit: unit.session.scalars(row).one())
        return decode(PublicGroup, state)

    def leaves(self, room: str) -> dict[str, int]:
        """The places of the room's devices in its tree, which members know from the commits."""
        rows = sa.select(RoomDevice.device_id, RoomDevice.leaf).where(RoomDevice.room_id == room)
        found = portal_of(self.browser.app).database.read(lambda unit: unit.session.execute(rows).all())
        return {device: leaf for device, leaf in found if leaf is not None}

    def commits(self, room: RoomId, body: Json | None = None, **how: Any) -> Json:
        """Append a commit that must be accepted."""
        request = body or self.commit_body(room, **how)
        receipt: Json = self.browser.ok("POST", f"/api/rooms/{room}/commits", request)
        self.sequences[room] = decode_envelope(unb64(request["envelope"])).sequence
        return receipt

    def commit_refused(self, room: RoomId, body: Json | None = None, **how: Any) -> str:
        """Submit a commit that must be refused; return code and reason, after making sure that nothing changed."""
        request = body or self.commit_body(room, **how)
        before = self.browser.send("GET", f"/api/rooms/{room}").get_json()
        error = self.browser.error("POST", f"/api/rooms/{room}/commits", request)
        assert self.browser.send("GET", f"/api/rooms/{room}").get_json() == before
        reason = error["detail"].get("reason")
        return error["code"] if reason is None else f"{error['code']} {reason}"

    def grant(self, room: RoomId, epoch: int, account: AccountId, *, sealed: bytes | None = None) -> Json:
        """A ring grant for ``account`` as it travels."""
        sealed = secrets.token_bytes(SEALED_BYTES) if sealed is None else sealed
        signature = self.key.sign(signed_bytes(room, Grant(account, epoch, sealed, self.device, b""))).signature
        return {"account": account, "epoch": epoch, "sealed": b64(sealed), "device": self.device, "sig": b64(signature)}

    # Reading

    def record(self, room: RoomId, after: int = 0, limit: int | None = None) -> list[tuple[int, int, bytes]]:
        """(number, at_ms, envelope) of the record after ``after``."""
        query = f"after={after}" if limit is None else f"after={after}&limit={limit}"
        response = self.browser.send("GET", f"/api/rooms/{room}/record?{query}")
        assert response.status_code == 200, response.text
        assert response.content_type == "application/octet-stream"
        return list(frames(response.data))

    def raw(self, method: str, path: str, body: Any = None) -> TestResponse:
        """Any request."""
        return self.browser.send(method, path, body)


def frames(raw: bytes) -> Iterable[tuple[int, int, bytes]]:
    """Take a record stream apart: u64 number, u64 at_ms, u32 length, envelope."""
    at = 0
    while at < len(raw):
        number, at_ms = (int.from_bytes(raw[at + 8 * i : at + 8 * i + 8], "big") for i in range(2))
        size = int.from_bytes(raw[at + 16 : at + 20], "big")
        at += 20 + size
        assert at <= len(raw)
        yield number, at_ms, raw[at - size : at]


def check_chain(room: RoomId, record: Iterable[tuple[int, int, bytes]], head: str) -> None:
    """Recompute the heads from the envelopes alone: numbers without gaps, and this head at the end."""
    expected, last_ms = first_head(room), 0
    for place, (number, at_ms, raw) in enumerate(record, start=1):
        assert number == place
        assert at_ms >= last_ms
        last_ms = at_ms
        expected = next_head(expected, number, decode_envelope(raw).item_hash)
    assert expected == unb64(head)


def _account(name: AccountId, roles: Sequence[str], delegation: str | None) -> Account:
    return Account(
        id=name,
        handle=f"person.{secrets.token_hex(6)}",
        name="Ada Example",
        languages=["en"],
        delegation_id=delegation,
        opaque_record="",
        recovery_auth_sha256=secrets.token_bytes(32),
        sign_key=secrets.token_bytes(32),
        box_key=secrets.token_bytes(1216),
        created_s=0,
        role_rows=[AccountRole(account_id=name, role=role) for role in roles],
    )


def _device(name: DeviceId, account: AccountId, key: SigningKey, kind: DeviceKind) -> Device:
    return Device(
        id=name,
        account_id=account,
        key=bytes(key.verify_key),
        kind=kind,
        created_s=0,
        last_seen_day=None,
        revoked_s=None,
    )


def _addition(peer: Peer, roles: dict[str, str]) -> Json:
    addition: Json = {"account": peer.account, "device": peer.device}
    return addition | ({"role": roles[peer.account]} if peer.account in roles else {})
