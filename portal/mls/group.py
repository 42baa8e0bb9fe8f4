"""A group as one of its members has it: an immutable value with all keys of one epoch (RFC 9420 §8, §11).

`committing`, `processing`, `sending` and `welcome` make the next value from it. **Whoever made a message stores the
state that came with it before sending**: a crash in between wastes a key; sending first could, after a restart from
the older state, use the same key and nonce for another message. For commits, the group stays what it is until the
message was accepted; then the state that came with the commit takes its place.
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final

from portal.mls import tree_math
from portal.mls.codec import Reader, T, opaque, u8, u32, u64
from portal.mls.context import GroupContext, GroupInfo
from portal.mls.derive import mac
from portal.mls.errors import MalformedError, MisuseError, MlsError, RefusedError
from portal.mls.framing import AuthenticatedContent, Content, FramedContent, Sender, SenderType, interim_transcript_hash
from portal.mls.key_material import Author
from portal.mls.key_schedule import EpochSecrets, epoch_secrets, export
from portal.mls.leaf import Extension, ExtensionType, Lifetime
from portal.mls.public import PublicGroup
from portal.mls.ratchet_tree import Member, RatchetTree
from portal.mls.rules import check_members
from portal.mls.sealing import KeyPair, key_pair
from portal.mls.secret_tree import SecretTree
from portal.mls.signing import public_signature_key, sign_with_label
from portal.mls.suites import Suite
from portal.mls.wire_format import WireFormat, write_message

STATE_VERSION: Final = 1
RESUMPTION_KEPT: Final = 8
"""Of how many past epochs the resumption key is kept."""


@dataclass(frozen=True, repr=False)
class Group:
    """A member's state at one epoch.

    ``keys`` are this member's private keys by place in the tree, ``updates`` those of own Updates that nobody has
    committed yet, by reference; ``resumption`` are the resumption keys of past epochs. ``seed`` is the Ed25519 key.
    """

    public: PublicGroup
    own_leaf: int
    seed: bytes
    keys: Mapping[int, KeyPair]
    secrets: EpochSecrets
    messages: SecretTree
    confirmation_tag: bytes
    resumption: Mapping[int, bytes] = field(default_factory=dict)
    updates: Mapping[bytes, KeyPair] = field(default_factory=dict)

    @property
    def suite(self) -> Suite:
        """The cipher suite."""
        return self.public.suite

    @property
    def group_id(self) -> bytes:
        """The group's identifier."""
        return self.public.context.group_id

    @property
    def epoch(self) -> int:
        """The number of the epoch, from 0."""
        return self.public.context.epoch

    @property
    def extensions(self) -> tuple[Extension, ...]:
        """The group's extensions."""
        return self.public.context.extensions

    @property
    def epoch_authenticator(self) -> bytes:
        """What is equal for all members exactly if they share the epoch and its whole history (§8.7)."""
        return self.secrets.epoch_authenticator

    def members(self) -> tuple[Member, ...]:
        """All members, by their leaf index."""
        return tuple(self.public.tree.members())

    def export(self, label: str, context: bytes, length_bytes: int) -> bytes:
        """Return a secret of this epoch for the application (§8.5); MisuseError use.size."""
        return export(self.suite, self.secrets.exporter, label, context, length_bytes)

    def group_info(self, *, with_tree: bool = True) -> bytes:
        """Return an MLSMessage that tells this epoch to somebody outside (§12.4.3). It holds no secret."""
        tree = Extension(ExtensionType.RATCHET_TREE, self.public.tree.encode())
        info = GroupInfo(self.public.context, (tree,) if with_tree else (), self.confirmation_tag, self.own_leaf)
        signed = info.with_signature(sign_with_label(self.seed, "GroupInfoTBS", info.signed_bytes()))
        return write_message(WireFormat.GROUP_INFO, signed.encode())

    def sign(self, content: Content, authenticated_data: bytes, wire_format: WireFormat) -> AuthenticatedContent:
        """Frame and sign what this member says (§6.1)."""
        sender = Sender(SenderType.MEMBER, self.own_leaf)
        framed = FramedContent(self.group_id, self.epoch, sender, authenticated_data, content)
        message = AuthenticatedContent(wire_format, framed, b"")
        signed = message.signed_bytes(self.public.context)
        return message.with_signature(sign_with_label(self.seed, "FramedContentTBS", signed))

    def resumption_keys(self) -> dict[int, bytes]:
        """Return the resumption keys by epoch, this one's included (§8.6)."""
        return {**self.resumption, self.epoch: self.secrets.resumption_psk}

    def for_public_messages(self) -> "Group":
        """Return the group without what only private messages and resumption need: less to store, and to be stolen."""
        return replace(self, messages=self.messages.without_keys(), resumption=MappingProxyType({}))

    def encode(self) -> bytes:
        """Return the bytes to store, secret but for the signature key, which is left out."""
        keys = b"".join(u32(place) + opaque(pair.private) for place, pair in self.keys.items())
        updates = b"".join(opaque(ref) + opaque(pair.private) for ref, pair in self.updates.items())
        past = b"".join(u64(epoch) + opaque(key) for epoch, key in self.resumption.items())
        parts = (self.public.encode(), keys, self.secrets.encode(), self.messages.encode(), self.confirmation_tag)
        return u8(STATE_VERSION) + u32(self.own_leaf) + b"".join(map(opaque, (*parts, past, updates)))


def create_group(
    author: Author, group_id: bytes, seed: bytes, lifetime: Lifetime, extensions: Sequence[Extension] = ()
) -> Group:
    """Make a group with nobody but ``author`` in it, at epoch 0 (§11).

    ``seed`` is the Ed25519 key. The lifetime is only that of the first leaf, which nobody is asked to accept.

    Raises:
        MlsError: use.key, leaf.capabilities if the author can not read the group's own extensions.
    """
    suite = author.suite
    leaf, pair = author.leaf(public_signature_key(seed), lifetime)
    leaf = leaf.with_signature(sign_with_label(seed, "LeafNodeTBS", leaf.signed_bytes(group_id, 0)))
    tree = RatchetTree((leaf,))
    context = GroupContext(suite.number, group_id, 0, tree.root_hash(suite), b"", tuple(extensions))
    check_members(tree, context.extensions, suite)
    derived = epoch_secrets(suite, secrets.token_bytes(suite.hash_bytes))
    tag = mac(suite, derived.confirmation_key, context.confirmed_transcript_hash)
    public = PublicGroup(suite, context, tree, interim_transcript_hash(suite, b"", tag))
    return started(public, 0, seed, {0: pair}, derived, tag)


def started(
    public: PublicGroup, own_leaf: int, seed: bytes, keys: Mapping[int, KeyPair], epoch: EpochSecrets, tag: bytes
) -> Group:
    """Return a group at the beginning of an epoch. The encryption secret is gone: the secret tree has taken it over.

    Raises:
        RefusedError: tree.own if a key is missing that this member has to have.
    """
    require_complete(public.tree, own_leaf, keys)
    messages = SecretTree.of(public.suite, epoch.encryption, public.tree.leaves)
    kept = MappingProxyType(dict(keys))
    return Group(public, own_leaf, seed, kept, replace(epoch, encryption=b""), messages, tag)


def require_complete(tree: RatchetTree, own_leaf: int, keys: Mapping[int, KeyPair]) -> None:
    """Check that ``keys`` are exactly those that a member has to have: of its leaf and of all nodes above it.

    Blank nodes have none, and of nodes at which the member is unmerged it has none.

    Raises:
        RefusedError: tree.own, tree.blank if nobody is at ``own_leaf``.
    """
    tree.member(own_leaf)
    due = {}
    for place in (2 * own_leaf, *tree_math.direct_path(2 * own_leaf, tree.leaves)):
        node = tree.parent(place)
        key = tree.key(place)
        if key is not None and (node is None or own_leaf not in node.unmerged_leaves):
            due[place] = key
    if due != {place: pair.public for place, pair in keys.items()}:
        raise RefusedError("tree.own", f"leaf {own_leaf}")


def decode_group(raw: bytes, seed: bytes) -> Group:
    """Read what ``Group.encode`` wrote; ``seed`` is the Ed25519 key, which has to be that of the group's leaf.

    Raises:
        MlsError: malformed.state, use.key.
    """
    try:
        group = _read_group(raw, seed)
        leaf = group.public.tree.member(group.own_leaf)
    except MlsError as error:
        raise MalformedError("malformed.state", error.code) from error
    if leaf.signature_key != public_signature_key(seed):
        raise MisuseError("use.key", "not the key of this group's leaf")
    return group


def _read_group(raw: bytes, seed: bytes) -> Group:
    reader = Reader(raw)
    if reader.number(1) != STATE_VERSION:
        raise MalformedError("malformed.state", "version")
    own_leaf = reader.number(4)
    public = _whole(reader.opaque(), PublicGroup.read)
    suite = public.suite
    group = Group(
        public,
        own_leaf,
        seed,
        dict(reader.vector(lambda inner: (inner.number(4), key_pair(suite, inner.opaque())))),
        _whole(reader.opaque(), lambda inner: EpochSecrets.read(inner, suite)),
        _whole(reader.opaque(), lambda inner: SecretTree.read(inner, suite)),
        reader.opaque(),
        dict(reader.vector(lambda inner: (inner.number(8), inner.opaque()))),
        dict(reader.vector(lambda inner: (inner.opaque(), key_pair(suite, inner.opaque())))),
    )
    reader.end()
    if group.messages.leaves != public.tree.leaves:
        raise MalformedError("malformed.state", "secret tree")
    require_complete(public.tree, own_leaf, group.keys)
    return group


def _whole(raw: bytes, read: Callable[[Reader], T]) -> T:
    reader = Reader(raw)
    value = read(reader)
    reader.end()
    return value
