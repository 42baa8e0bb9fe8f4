"""Accounts and records for tests of the member's core: real keys, no server."""

from dataclasses import dataclass, field, replace
from typing import Final

from portal.member.e2ee.box import BoxKey
from portal.member.e2ee.devices import add_device, found, revoke_device, verify_device_list
from portal.member.e2ee.identity import DeviceIdentity
from portal.member.e2ee.record import Place, RecordKey, seal_content, sign_item
from portal.member.e2ee.signing import SigningKey
from portal.wire.device_list import DeviceKind, DeviceList, ListedDevice, SignedStatement
from portal.wire.envelope import Envelope, ItemKind, first_head, next_head
from portal.wire.founding import founding_body
from portal.wire.ids import AccountId, DeviceId, ItemId, RoomId, new_id

NOW_S: Final = 1_790_000_000
BUCKET: Final = NOW_S // 86_400


@dataclass
class Somebody:
    """An account with its keys and its device list."""

    account: AccountId = field(default_factory=lambda: AccountId(new_id()))
    sign: SigningKey = field(default_factory=SigningKey.generate)
    boxes: list[BoxKey] = field(default_factory=lambda: [BoxKey.generate()])
    statements: list[SignedStatement] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.statements.append(found(self.account, self.sign, self.boxes[0].public, NOW_S))

    @property
    def devices(self) -> DeviceList:
        """The list as it stands."""
        return verify_device_list(self.account, self.statements)

    def adds(self, kind: DeviceKind = "browser") -> DeviceIdentity:
        """A new device."""
        device = DeviceIdentity(self.account, DeviceId(new_id()), kind, SigningKey.generate())
        listing = device.device, device.key.public, kind
        self.statements.append(add_device(self.devices, self.sign, NOW_S, listing, 1))
        return device

    def revokes(self, device: DeviceIdentity, at_s: int = NOW_S) -> None:
        """Revoke one."""
        self.boxes.append(BoxKey.generate())
        self.statements.append(revoke_device(self.devices, self.sign, at_s, device.device, self.boxes[-1].public))


class Directory:
    """Devices of these people, as their lists stand when it is asked."""

    def __init__(self, *people: Somebody) -> None:
        self.people = {somebody.account: somebody for somebody in people}

    def device(self, account: AccountId, device: DeviceId) -> ListedDevice | None:
        """See portal.member.e2ee.devices.Directory."""
        somebody = self.people.get(account)
        return None if somebody is None else somebody.devices.devices.get(device)


@dataclass
class Ledger:
    """A room's record, as an honest server keeps it."""

    room: RoomId = field(default_factory=lambda: RoomId(new_id()))
    items: list[Envelope] = field(default_factory=list)
    heads: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.heads.append(first_head(self.room))

    @property
    def number(self) -> int:
        """Of the newest item."""
        return len(self.items)

    def next_sequence(self, device: DeviceIdentity) -> int:
        """The number that the device's next item has."""
        return 1 + sum(item.device == device.device for item in self.items)

    def append(self, envelope: Envelope) -> Envelope:
        """Put an item at the end."""
        self.items.append(envelope)
        self.heads.append(next_head(self.heads[-1], self.number, envelope.item_hash))
        return envelope

    def signed(self, by: DeviceIdentity, kind: ItemKind, epoch: int, body: bytes, bucket: int = BUCKET) -> Envelope:
        """An item whose body is made, as ``by`` sends it now."""
        unsigned = Envelope(
            kind=kind,
            room=self.room,
            epoch=epoch,
            bucket=bucket,
            device=by.device,
            sequence=self.next_sequence(by),
            item=ItemId(new_id()),
            seen_number=self.number,
            seen_head=self.heads[-1],
            body_sha256=bytes(32),
            signature=bytes(64),
            body=body,
        )
        return sign_item(unsigned, by.key)

    def found(self, by: DeviceIdentity, history: str = "all") -> Envelope:
        """Append the founding."""
        return self.append(self.signed(by, ItemKind.FOUNDING, 0, founding_body(self.room, history)))

    def place(self, by: DeviceIdentity) -> Place:
        """Where the device's next item stands."""
        return Place(by.device, self.next_sequence(by), ItemId(new_id()), self.number, self.heads[-1])

    def say(self, by: DeviceIdentity, key: RecordKey, plaintext: bytes, **changes: object) -> Envelope:
        """Append an item of content; ``changes`` are fields of its place."""
        place = replace(self.place(by), **changes)  # type: ignore[arg-type]
        return self.append(seal_content(key, place, plaintext, by.key))
