"""An installation with people, devices and one room, as rows: the load needs signed items, not ceremonies.

The room has no group that the server could follow, so it takes content and refuses commits.
"""

import hashlib
import secrets
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import sqlalchemy as sa
from nacl.signing import SigningKey

from portal.bench.dialects import PAYLOAD_BYTES
from portal.server.accounts.models import Account, Device, SignedInSession, SocketTicket
from portal.server.core import migrations
from portal.server.core.db import Database, Unit
from portal.server.rooms.models import RecordItem, Room, RoomMember
from portal.wire.envelope import ITEM_LABEL, Envelope, ItemKind, first_head, next_head
from portal.wire.ids import AccountId, DeviceId, ItemId, RoomId, b64, new_id

ACCOUNTS: Final = 8
DAY_S: Final = 86_400
LIFETIME_S: Final = 3600
SESSION_S: Final = 30 * DAY_S
# nonce, key commitment, tag: what sealing adds to a padded plaintext
SEALED_EXTRA_BYTES: Final = 12 + 32 + 16
BODY_BYTES: Final = SEALED_EXTRA_BYTES + PAYLOAD_BYTES


@dataclass(frozen=True, slots=True)
class SeededDevice:
    """A device with its key, and the session that holds it with its token, as the cookie has it."""

    device: DeviceId
    account: AccountId
    key: SigningKey
    session: int
    token: str


@dataclass(frozen=True, slots=True)
class Installation:
    """What was put into the database. ``head`` is head_1 of the room's record."""

    database: Database
    room: RoomId
    bucket: int
    head: bytes
    devices: tuple[SeededDevice, ...]

    def tickets(self, count: int, device: SeededDevice | None = None) -> Iterator[str]:
        """Make ``count`` socket tickets, good for an hour, of ``device`` or spread over all."""
        devices = self.devices if device is None else (device,)
        made = [secrets.token_bytes(32) for _ in range(count)]
        expires_s = int(time.time()) + LIFETIME_S

        def insert(unit: Unit) -> None:
            rows = [
                {
                    "ticket_sha256": hashlib.sha256(ticket).digest(),
                    "session_id": devices[place % len(devices)].session,
                    "expires_s": expires_s,
                }
                for place, ticket in enumerate(made)
            ]
            unit.session.execute(sa.insert(SocketTicket), rows)

        self.database.write(insert)
        return iter([b64(ticket) for ticket in made])


class Items:
    """Items of one device, in sequence; ``prepare`` makes them outside of the measured time."""

    def __init__(self, installation: Installation, device: SeededDevice, *, body_bytes: int = BODY_BYTES) -> None:
        self._installation = installation
        self._device = device
        self._body_bytes = body_bytes
        self._sequence = 0
        self._ready: deque[str] = deque()

    def prepare(self, count: int) -> None:
        """Have ``count`` items ready."""
        while len(self._ready) < count:
            self._ready.append(self._make())

    def __iter__(self) -> "Items":
        return self

    def __next__(self) -> str:
        return self._ready.popleft() if self._ready else self._make()

    def _make(self) -> str:
        self._sequence += 1
        body = secrets.token_bytes(self._body_bytes)
        return b64(_signed(self._installation, self._device, ItemKind.CONTENT, self._sequence, body).encode())


def seeded(url: str, devices: int) -> Installation:
    """Migrate the database at ``url`` and fill it; ``devices`` of ACCOUNTS people are members of one room."""
    return seeded_rooms(url, devices, 1)[0]


def seeded_rooms(url: str, devices: int, rooms: int) -> list[Installation]:
    """Migrate the database at ``url`` and fill it; the same ``devices`` of ACCOUNTS people are members of each room.

    Only device 0 has written in them, the foundings.
    """
    database = Database(url)
    migrations.upgrade(database)

    def fill(unit: Unit) -> list[Installation]:
        people = _people(unit, devices)
        return [_founded(unit, database, people) for _ in range(rooms)]

    try:
        return database.write(fill)
    finally:
        database.close()  # whoever goes on with it opens connections of their own


def _people(unit: Unit, count: int) -> tuple[SeededDevice, ...]:
    accounts = [AccountId(new_id()) for _ in range(ACCOUNTS)]
    unit.session.add_all([_account(unit, account) for account in accounts])
    unit.session.flush()
    return tuple(_device(unit, accounts[place % ACCOUNTS]) for place in range(count))


def _founded(unit: Unit, database: Database, devices: tuple[SeededDevice, ...]) -> Installation:
    room, bucket = RoomId(new_id()), unit.now_s // DAY_S
    blank = Installation(database, room, bucket, first_head(room), devices)
    _room(unit, blank)
    founding = _signed(blank, devices[0], ItemKind.FOUNDING, 1, b"{}", seen_number=0)
    head = next_head(first_head(room), 1, founding.item_hash)
    unit.session.add(
        RecordItem(
            room_id=room,
            number=1,
            item_id=founding.item,
            kind=int(founding.kind),
            epoch=0,
            bucket=bucket,
            device_id=founding.device,
            sequence=1,
            head=head,
            at_ms=unit.now_ms,
            envelope=founding.encode(),
        )
    )
    return replace(blank, head=head)


def _account(unit: Unit, account: AccountId) -> Account:
    return Account(
        id=account,
        handle=account.lower(),
        name="Load",
        languages=["en"],
        delegation_id=None,
        opaque_record="",
        recovery_auth_sha256=secrets.token_bytes(32),
        sign_key=secrets.token_bytes(32),
        box_key=secrets.token_bytes(1216),
        created_s=unit.now_s,
    )


def _device(unit: Unit, account: AccountId) -> SeededDevice:
    key, device = SigningKey.generate(), DeviceId(new_id())
    unit.session.add(
        Device(
            id=device,
            account_id=account,
            key=key.verify_key.encode(),
            kind="browser",
            created_s=unit.now_s,
            last_seen_day=None,
            revoked_s=None,
        )
    )
    unit.session.flush()
    token = secrets.token_bytes(32)
    row = SignedInSession(
        token_sha256=hashlib.sha256(token).digest(),
        account_id=account,
        device_id=device,
        created_s=unit.now_s,
        lifetime_s=SESSION_S,
        ends_s=unit.now_s + SESSION_S,
        expires_s=unit.now_s + SESSION_S,
        last_seen_day=unit.now_s // DAY_S,
    )
    unit.session.add(row)
    unit.session.flush()
    return SeededDevice(device, account, key, row.id, b64(token))


def _room(unit: Unit, blank: Installation) -> None:
    unit.session.add(
        Room(
            id=blank.room,
            kind="plenary",
            state="active",
            history="all",
            epoch=0,
            bucket=blank.bucket,
            previous_bucket=blank.bucket,
            created_ms=unit.now_ms,
        )
    )
    unit.session.flush()
    members = dict.fromkeys(device.account for device in blank.devices)
    common = {"room_id": blank.room, "since_ms": unit.now_ms, "visible_from": 1, "cursor": 0}
    unit.session.add_all([RoomMember(account_id=account, role="member", **common) for account in members])
    unit.session.flush()


def _signed(
    installation: Installation, device: SeededDevice, kind: ItemKind, sequence: int, body: bytes, seen_number: int = 0
) -> Envelope:
    fields: dict[str, object] = {
        "kind": kind,
        "room": installation.room,
        "epoch": 0,
        "bucket": installation.bucket,
        "device": device.device,
        "sequence": sequence,
        "item": ItemId(new_id()),
        "seen_number": seen_number,
        "seen_head": first_head(installation.room),
        "body_sha256": hashlib.sha256(body).digest(),
        "body": body,
    }
    unsigned = Envelope(signature=b"", **fields)  # type: ignore[arg-type]
    return Envelope(signature=device.key.sign(ITEM_LABEL + unsigned.header).signature, **fields)  # type: ignore[arg-type]
