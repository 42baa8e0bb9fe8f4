"""A room (docs/protocol.md §4) with devices in two programs: here portal.mls, there the browser's code."""

import hashlib
import random
import struct
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Final

from nacl.signing import SigningKey

from portal.mls.committing import Change, make_commit
from portal.mls.errors import RefusedError
from portal.mls.group import Group, create_group, decode_group
from portal.mls.key_material import Author, KeyPackagePair, make_key_package
from portal.mls.leaf import Extension, LeafNode, LeafSource, Lifetime, basic
from portal.mls.processing import Committed, process
from portal.mls.proposals import ProposalType
from portal.mls.rules import Rules
from portal.mls.suites import Suite
from portal.mls.welcome import Invitation, join
from portal.wire.canonical import canonical_json, parse_canonical
from portal.wire.commit_data import commit_data
from portal.wire.envelope import Envelope, ItemKind, first_head, next_head
from portal.wire.ids import AccountId, DeviceId, ItemId, RoomId, id_bytes, new_id
from tests.mls.peer import Peer

NOW_S: Final = 1_790_000_000
BUCKET: Final = NOW_S // 86_400
HISTORY: Final = 0xF0A1
KINDS: Final = frozenset({ProposalType.ADD, ProposalType.REMOVE, ProposalType.GROUP_CONTEXT_EXTENSIONS})


@dataclass(eq=False)
class Device:
    """A device of some account. ``group`` is its state here; a browser's is in the other process."""

    account: AccountId
    device: DeviceId
    kind: str
    seed: bytes
    here: bool
    group: Group | None = None
    package: KeyPackagePair | None = None
    sequence: int = 0

    @property
    def identity(self) -> bytes:
        """Its MLS credential (docs/protocol.md §1)."""
        return canonical_json({"account": self.account, "device": self.device, "kind": self.kind, "v": 1})

    @property
    def key(self) -> bytes:
        """Its public signature key."""
        return SigningKey(self.seed).verify_key.encode()


@dataclass(frozen=True)
class Sent:
    """A commit as it lies in the record, its Welcome, and the bytes of the bare commit."""

    envelope: Envelope
    welcome: bytes | None


@dataclass
class Room:
    """The record's end, who is listed, and the other process."""

    peer: Peer
    suite: Suite
    room: RoomId = field(default_factory=lambda: RoomId(new_id()))
    number: int = 0
    head: bytes = b""
    devices: dict[str, Device] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.head = first_head(self.room)
        self.peer.ask("suite", number=self.suite.number)

    def device(self, kind: str, *, here: bool, account: AccountId | None = None) -> Device:
        """List a new device, of a new account unless one is given."""
        owner, name = account or AccountId(new_id()), DeviceId(new_id())
        names = {"account": owner, "device": name, "kind": kind}
        seed = random.randbytes(32) if here else self.peer.raw("device", "seed", **names)
        device = Device(owner, name, kind, seed, here)
        if here:
            self.peer.ask("list", **names, key=device.key)
        self.devices[device.device] = device
        return device

    @property
    def rules(self) -> Rules:
        """The rules of rooms (docs/protocol.md §4)."""
        return Rules(self.check_leaf, KINDS, inline_only=True, path_always=True, fixed_identity=True, now_s=NOW_S)

    def check_leaf(self, leaf: LeafNode) -> None:
        """Accept the leaf of a listed device with exactly its key and kind."""
        device = self.devices.get(parse_canonical(leaf.credential.identity)["device"])
        listed = device is not None and leaf.credential.identity == device.identity and leaf.signature_key == device.key
        plain = not leaf.extensions and leaf.source is not LeafSource.UPDATE and HISTORY in leaf.capabilities.extensions
        if not listed or not plain:
            raise RefusedError("leaf.refused")

    def found(self, founder: Device, history: str = "all") -> None:
        """Make the group."""
        if founder.here:
            extension, author = (
                Extension(HISTORY, history.encode()),
                Author(self.suite, basic(founder.identity), (HISTORY,)),
            )
            lifetime = Lifetime(BUCKET * 86_400, (BUCKET + 365) * 86_400)
            founder.group = create_group(author, id_bytes(self.room), founder.seed, lifetime, [extension])
        else:
            self.peer.ask("found", device=founder.device, room=self.room, bucket=BUCKET, history=history)

    def package(self, device: Device) -> bytes:
        """Make a key package of a device."""
        if not device.here:
            return self.peer.raw("package", "package", device=device.device, now_s=NOW_S)
        lifetime = Lifetime(NOW_S - 3600, NOW_S + 90 * 86_400)
        author = Author(self.suite, basic(device.identity), (HISTORY,))
        device.package = make_key_package(author, device.seed, lifetime)
        return device.package.public

    def commit(self, by: Device, add: Iterable[Device] = (), remove: Iterable[Device] = (), **more: Any) -> Sent:
        """Commit, as one of the devices, and put it into the record. Accounts in ``going`` are out of the room."""
        packages, gone = [self.package(device) for device in add], list(remove)
        going = sorted(more.get("going", ()), key=id_bytes)
        if by.here:
            assert by.group is not None
            data = commit_data(self.number, self.head, BUCKET, more.get("going", ()))
            leaves = {member.leaf.credential.identity: member.index for member in by.group.members()}
            history = more.get("history")
            extensions = None if history is None else [Extension(HISTORY, history.encode())]
            removed = [leaves[device.identity] for device in gone]
            change = Change(packages, removed, extensions, authenticated_data=data)
            pending = make_commit(by.group, change, self.rules)
            sent = Sent(self.envelope(by, by.group.epoch, pending.message), pending.welcome)
            # What is kept beside the old state until the commit is accepted, and read again then.
            by.group = decode_group(pending.group.encode(), by.seed)
        else:
            asked = {"seenNumber": self.number, "seenHead": self.head, "bucket": BUCKET, "now_s": NOW_S, "going": going}
            names = [device.device for device in gone]
            extra = {"history": more["history"]} if "history" in more else {}
            made = self.peer.ask("commit", device=by.device, add=packages, remove=names, **asked, **extra)
            epoch = self.peer.ask("state", device=by.device)["epoch"]
            welcome = None if made["welcome"] is None else bytes.fromhex(made["welcome"])
            sent = Sent(self.envelope(by, epoch, bytes.fromhex(made["body"])), welcome)
            self.peer.ask("accept", device=by.device)
        self.number += 1
        self.head = next_head(self.head, self.number, sent.envelope.item_hash)
        return sent

    def envelope(self, by: Device, epoch: int, body: bytes) -> Envelope:
        """Put a commit into an item that its device signs."""
        by.sequence += 1
        unsigned = Envelope(
            kind=ItemKind.COMMIT,
            room=self.room,
            epoch=epoch,
            bucket=BUCKET,
            device=by.device,
            sequence=by.sequence,
            item=ItemId(new_id()),
            seen_number=self.number,
            seen_head=self.head,
            body_sha256=hashlib.sha256(body).digest(),
            signature=bytes(64),
            body=body,
        )
        return replace(unsigned, signature=SigningKey(by.seed).sign(unsigned.signed_bytes).signature)

    def take(self, device: Device, sent: Sent) -> bool:
        """Process a commit; tells whether the device is still in the group."""
        if not device.here:
            raw = sent.envelope.encode()
            return not self.peer.ask("process", device=device.device, envelope=raw)["gone"]
        assert device.group is not None
        event = process(device.group, sent.envelope.body, self.rules)
        assert isinstance(event, Committed)
        device.group = None if event.group is None else decode_group(event.group.encode(), device.seed)
        return device.group is not None

    def join(self, device: Device, sent: Sent) -> None:
        """Join by the Welcome of a commit."""
        assert sent.welcome is not None
        if not device.here:
            request = {"room": self.room, "welcome": sent.welcome, "envelope": sent.envelope.encode()}
            self.peer.ask("join", device=device.device, **request)
            return
        assert device.package is not None
        commit, pair = sent.envelope.body, device.package
        device.group = join(Invitation(sent.welcome, pair.public, pair.private, device.seed, commit), self.rules)

    def state(self, device: Device) -> dict[str, Any]:
        """What all members of an epoch must agree on, as one of them has it."""
        if not device.here:
            return dict(self.peer.ask("state", device=device.device))
        group = device.group
        assert group is not None
        context = id_bytes(self.room) + struct.pack(">I", BUCKET)
        members = ((one.index, parse_canonical(one.leaf.credential.identity)["device"]) for one in group.members())
        return {
            "epoch": group.epoch,
            "history": group.extensions[0].data.decode(),
            "authenticator": group.epoch_authenticator.hex(),
            "exported": group.export("portal record v1", context, 32).hex(),
            "members": [list(one) for one in members],
        }

    def agree(self, *devices: Device) -> bool:
        """Tell whether all these devices are in the same epoch with the same keys and members."""
        first, *others = map(self.state, devices)
        return all(state == first for state in others)
